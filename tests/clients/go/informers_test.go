// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	toolswatch "k8s.io/client-go/tools/watch"
)

var mapsResource = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// journal collects what handlers are told, by the names of objects.
type journal struct {
	mu     sync.Mutex
	counts map[string]int
}

func (l *journal) note(what string, object any) {
	key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object)
	if err != nil {
		key = err.Error()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.counts == nil {
		l.counts = map[string]int{}
	}
	l.counts[what+" "+key]++
}

func (l *journal) count(what string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[what]
}

func (l *journal) handler() cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { l.note("add", o) },
		UpdateFunc: func(_, o any) { l.note("update", o) },
		DeleteFunc: func(o any) { l.note("delete", o) },
	}
}

func TestSharedInformers(t *testing.T) {
	ctx, namespace := begin(t)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client := clientset(t)
	maps := client.CoreV1().ConfigMaps(namespace)
	_, err := maps.Create(ctx, configMap(namespace, "first", nil), metav1.CreateOptions{})
	must(t, err)
	factory := informers.NewSharedInformerFactoryWithOptions(client, time.Second, informers.WithNamespace(namespace))
	informer := factory.Core().V1().ConfigMaps()
	lister := informer.Lister().ConfigMaps(namespace)
	factory.Apps().V1().Deployments().Informer()
	factory.Core().V1().Pods().Informer()
	factory.Coordination().V1().Leases().Informer()
	var seen journal
	registration, err := informer.Informer().AddEventHandler(seen.handler())
	must(t, err)
	factory.StartWithContext(ctx)
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		want(t, fmt.Sprint(kind), synced, true)
	}
	want(t, "handlers", cache.WaitForCacheSync(ctx.Done(), registration.HasSynced), true)
	_, err = lister.Get("first")
	must(t, err)
	_, err = maps.Create(ctx, configMap(namespace, "second", map[string]string{"a": "1"}), metav1.CreateOptions{})
	must(t, err)
	_, err = maps.Update(ctx, configMap(namespace, "second", map[string]string{"a": "2"}), metav1.UpdateOptions{})
	must(t, err)
	must(t, maps.Delete(ctx, "first", metav1.DeleteOptions{}))
	for _, what := range []string{"add " + namespace + "/first", "add " + namespace + "/second",
		"update " + namespace + "/second", "delete " + namespace + "/first"} {
		eventually(t, ctx, what, func() bool { return seen.count(what) > 0 })
	}
	// a resync tells of what did not change, again and again
	before := seen.count("update " + namespace + "/second")
	eventually(t, ctx, "resyncs", func() bool { return seen.count("update "+namespace+"/second") >= before+2 })
	found, err := lister.List(labels.Everything())
	must(t, err)
	names := map[string]string{}
	for _, m := range found {
		names[m.Name] = m.Data["a"]
	}
	delete(names, "kube-root-ca.crt")
	want(t, "cache", fmt.Sprint(names), "map[second:2]")
	cancel()
	factory.Shutdown()
}

// Informers of three kinds of client see the same; a transform and an index on the way.
func TestInformersOfEveryClient(t *testing.T) {
	ctx, namespace := begin(t)
	client := clientset(t)
	dynamicClient, err := dynamic.NewForConfig(settings(t))
	must(t, err)
	metadataClient, err := metadata.NewForConfig(settings(t))
	must(t, err)
	all := map[string]cache.SharedIndexInformer{
		"typed": informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace)).
			Core().V1().ConfigMaps().Informer(),
		"dynamic": dynamicinformer.NewFilteredDynamicSharedInformerFactory(dynamicClient, 0, namespace, nil).
			ForResource(mapsResource).Informer(),
		"metadata": metadatainformer.NewFilteredSharedInformerFactory(metadataClient, 0, namespace, nil).
			ForResource(mapsResource).Informer(),
	}
	for name, informer := range all {
		must(t, informer.SetTransform(func(o any) (any, error) {
			o.(metav1.Object).SetManagedFields(nil)
			return o, nil
		}))
		must(t, informer.AddIndexers(cache.Indexers{"color": func(o any) ([]string, error) {
			return []string{o.(metav1.Object).GetLabels()["color"]}, nil
		}}))
		go informer.RunWithContext(ctx)
		want(t, name, cache.WaitForCacheSync(ctx.Done(), informer.HasSynced), true)
	}
	for i := range 20 {
		made := configMap(namespace, fmt.Sprintf("m-%d", i), nil)
		made.Labels = map[string]string{"color": []string{"red", "blue"}[i%2]}
		_, err := client.CoreV1().ConfigMaps(namespace).Create(ctx, made, metav1.CreateOptions{})
		must(t, err)
	}
	for name, informer := range all {
		eventually(t, ctx, name, func() bool {
			red, err := informer.GetIndexer().ByIndex("color", "red")
			return err == nil && len(red) == 10
		})
		red, _ := informer.GetIndexer().ByIndex("color", "red")
		want(t, name+" managed fields", len(red[0].(metav1.Object).GetManagedFields()), 0)
	}
}

// What WatchList is made of, by hand: what is there, a bookmark that says so, what comes.
func TestWatchList(t *testing.T) {
	ctx, namespace := begin(t)
	maps := clientset(t).CoreV1().ConfigMaps(namespace)
	_, err := maps.Create(ctx, configMap(namespace, "a", nil), metav1.CreateOptions{})
	must(t, err)
	yes := true
	watcher, err := maps.Watch(ctx, metav1.ListOptions{
		SendInitialEvents: &yes, AllowWatchBookmarks: true, FieldSelector: "metadata.name!=kube-root-ca.crt",
		ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan})
	if minor(t) < 32 {
		if err == nil {
			t.Fatal("initial events before 1.32")
		}
		return
	}
	must(t, err)
	defer watcher.Stop()
	event := <-watcher.ResultChan()
	want(t, "first", event.Type, watch.Added)
	event = <-watcher.ResultChan()
	want(t, "second", event.Type, watch.Bookmark)
	bookmark := event.Object.(*corev1.ConfigMap)
	want(t, "annotation", bookmark.Annotations[metav1.InitialEventsAnnotationKey], "true")
	_, err = maps.Create(ctx, configMap(namespace, "b", nil), metav1.CreateOptions{})
	must(t, err)
	for event = range watcher.ResultChan() {
		if event.Type != watch.Bookmark {
			break
		}
	}
	want(t, "third", event.Object.(*corev1.ConfigMap).Name, "b")
}

// A RetryWatcher goes on behind the last event that it saw when the server ends a watch.
func TestRetryWatcher(t *testing.T) {
	ctx, namespace := begin(t)
	maps := clientset(t).CoreV1().ConfigMaps(namespace)
	list, err := maps.List(ctx, metav1.ListOptions{})
	must(t, err)
	one := int64(1)
	watcher, err := toolswatch.NewRetryWatcherWithContext(ctx, list.ResourceVersion, &cache.ListWatch{
		WatchFunc: func(options metav1.ListOptions) (watch.Interface, error) {
			options.TimeoutSeconds = &one
			options.FieldSelector = "metadata.name!=kube-root-ca.crt"
			return maps.Watch(ctx, options)
		}})
	must(t, err)
	defer watcher.Stop()
	for i := range 5 {
		name := fmt.Sprintf("m-%d", i)
		_, err = maps.Create(ctx, configMap(namespace, name, nil), metav1.CreateOptions{})
		must(t, err)
		for event := range watcher.ResultChan() {
			if event.Type == watch.Bookmark {
				continue
			}
			want(t, "event", event.Type, watch.Added)
			want(t, "name", event.Object.(*corev1.ConfigMap).Name, name)
			break
		}
		time.Sleep(500 * time.Millisecond) // so that it ends at times; more or less is no matter
	}
}

// UntilWithSync, as kubectl wait does it.
func TestUntilWithSync(t *testing.T) {
	ctx, namespace := begin(t)
	dynamicClient, err := dynamic.NewForConfig(settings(t))
	must(t, err)
	maps := dynamicClient.Resource(mapsResource).Namespace(namespace)
	go func() {
		object := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "awaited"}}}
		_, _ = maps.Create(ctx, object, metav1.CreateOptions{})
	}()
	event, err := toolswatch.UntilWithSync(ctx, cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return maps.List(ctx, options)
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return maps.Watch(ctx, options)
		},
	}, dynamicClient), &unstructured.Unstructured{}, nil, func(event watch.Event) (bool, error) {
		return event.Object.(*unstructured.Unstructured).GetName() == "awaited", nil
	})
	must(t, err)
	want(t, "event", reflect.TypeOf(event.Object).String(), "*unstructured.Unstructured")
}
