// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	appsv1ac "k8s.io/client-go/applyconfigurations/apps/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	metav1ac "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/retry"
)

func deployment(namespace, name string, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "registry.example/app:1"}}},
			},
		},
	}
}

// Objects may be sent in either encoding. Of answers, a client that prefers protobuf takes JSON, too.
func TestEncodings(t *testing.T) {
	ctx, namespace := begin(t)
	encodings := map[string]string{"json": "application/json", "protobuf": "application/vnd.kubernetes.protobuf"}
	for name, contentType := range encodings {
		config := settings(t)
		config.ContentType = contentType
		client, err := kubernetes.NewForConfig(config)
		must(t, err)
		deployments := client.AppsV1().Deployments(namespace)
		made, err := deployments.Create(ctx, deployment(namespace, name, 2), metav1.CreateOptions{})
		must(t, err)
		want(t, "image", made.Spec.Template.Spec.Containers[0].Image, "registry.example/app:1")
		eventually(t, ctx, name+" is available", func() bool {
			read, err := clientset(t).AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
			return err == nil && read.Status.AvailableReplicas == 2
		})
		list, err := deployments.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name})
		must(t, err)
		want(t, "listed", len(list.Items), 1)
		watcher, err := deployments.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name})
		must(t, err)
		event := <-watcher.ResultChan()
		watcher.Stop()
		want(t, "watched", event.Object.(*appsv1.Deployment).Name, name)
		_, err = deployments.Get(ctx, "missing", metav1.GetOptions{})
		want(t, "not found", apierrors.IsNotFound(err), true)
	}
}

// Whatever discovery offers can be listed, by whoever knows nothing of it.
func TestDiscoveryAndDynamicLists(t *testing.T) {
	ctx, _ := begin(t)
	client := clientset(t)
	dynamicClient, err := dynamic.NewForConfig(settings(t))
	must(t, err)
	_, lists, err := client.Discovery().ServerGroupsAndResources()
	must(t, err)
	listed := 0
	for _, list := range discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "watch"}}, lists) {
		for _, resource := range list.APIResources {
			group, err := schema.ParseGroupVersion(list.GroupVersion)
			must(t, err)
			_, err = dynamicClient.Resource(group.WithResource(resource.Name)).List(ctx, metav1.ListOptions{Limit: 2})
			must(t, err)
			listed++
		}
	}
	if listed < 40 {
		t.Fatalf("%d resources listed", listed)
	}
}

func TestRESTMapper(t *testing.T) {
	begin(t)
	client := clientset(t)
	mapper := restmapper.NewShortcutExpander(
		restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery())),
		client.Discovery(), nil)
	rows := []struct {
		resource, kind string
		scope          meta.RESTScopeName
	}{
		{"deploy", "apps/v1, Kind=Deployment", meta.RESTScopeNameNamespace},
		{"cm", "/v1, Kind=ConfigMap", meta.RESTScopeNameNamespace},
		{"crd", "apiextensions.k8s.io/v1, Kind=CustomResourceDefinition", meta.RESTScopeNameRoot},
		{"leases", "coordination.k8s.io/v1, Kind=Lease", meta.RESTScopeNameNamespace},
		{"node", "/v1, Kind=Node", meta.RESTScopeNameRoot},
	}
	for _, row := range rows {
		kind, err := mapper.KindFor(schema.GroupVersionResource{Resource: row.resource})
		must(t, err)
		want(t, row.resource, kind.String(), row.kind)
		mapping, err := mapper.RESTMapping(kind.GroupKind(), kind.Version)
		must(t, err)
		want(t, row.resource, mapping.Scope.Name(), row.scope)
	}
	_, err := mapper.KindFor(schema.GroupVersionResource{Resource: "nothing"})
	want(t, "no match", meta.IsNoMatchError(err), true)
}

// The documents that kubectl, Helm and others read types from.
func TestOpenAPI(t *testing.T) {
	begin(t)
	client := clientset(t).Discovery()
	document, err := client.OpenAPISchema()
	must(t, err)
	found := false
	for _, definition := range document.GetDefinitions().GetAdditionalProperties() {
		found = found || definition.GetName() == "io.k8s.api.apps.v1.Deployment"
	}
	want(t, "has Deployment", found, true)
	if minor(t) < 24 {
		return // there is no version 3 yet
	}
	paths, err := client.OpenAPIV3().Paths()
	must(t, err)
	text, err := paths["apis/apps/v1"].Schema("application/json")
	must(t, err)
	want(t, "has Deployment", strings.Contains(string(text), "io.k8s.api.apps.v1.Deployment"), true)
}

func TestTypedApply(t *testing.T) {
	ctx, namespace := begin(t)
	deployments := clientset(t).AppsV1().Deployments(namespace)
	labels := map[string]string{"app": "applied"}
	config := appsv1ac.Deployment("applied", namespace).WithLabels(labels).WithSpec(appsv1ac.DeploymentSpec().
		WithReplicas(1).WithSelector(metav1ac.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(corev1ac.PodTemplateSpec().WithLabels(labels).WithSpec(corev1ac.PodSpec().
			WithContainers(corev1ac.Container().WithName("main").WithImage("registry.example/app:1").
				WithPorts(corev1ac.ContainerPort().WithContainerPort(80))))))
	mine := metav1.ApplyOptions{FieldManager: "mine"}
	made, err := deployments.Apply(ctx, config, mine)
	must(t, err)
	again, err := deployments.Apply(ctx, config, mine)
	must(t, err)
	want(t, "generation of the same again", again.Generation, made.Generation)
	// another one wants another image
	other := appsv1ac.Deployment("applied", namespace).WithSpec(appsv1ac.DeploymentSpec().WithTemplate(
		corev1ac.PodTemplateSpec().WithSpec(corev1ac.PodSpec().WithContainers(
			corev1ac.Container().WithName("main").WithImage("registry.example/app:2")))))
	_, err = deployments.Apply(ctx, other, metav1.ApplyOptions{FieldManager: "other"})
	want(t, "conflict", apierrors.IsConflict(err), true)
	want(t, "causes", apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict), true)
	forced, err := deployments.Apply(ctx, other, metav1.ApplyOptions{FieldManager: "other", Force: true})
	must(t, err)
	want(t, "image", forced.Spec.Template.Spec.Containers[0].Image, "registry.example/app:2")
	// what is ours, out of the object: without the image
	extracted, err := appsv1ac.ExtractDeployment(forced, "mine")
	must(t, err)
	containers := extracted.Spec.Template.Spec.Containers
	want(t, "ours", containers[0].Image == nil && *containers[0].Ports[0].ContainerPort == 80, true)
	// status has managers of its own
	_, err = deployments.ApplyStatus(ctx, appsv1ac.Deployment("applied", namespace).WithStatus(
		appsv1ac.DeploymentStatus().WithConditions(appsv1ac.DeploymentCondition().WithType("example.org/Seen").
			WithStatus(corev1.ConditionTrue))), metav1.ApplyOptions{FieldManager: "status"})
	must(t, err)
}

func TestPatchTypes(t *testing.T) {
	ctx, namespace := begin(t)
	deployments := clientset(t).AppsV1().Deployments(namespace)
	made := deployment(namespace, "d", 0)
	made.Spec.Template.Spec.Containers = append(made.Spec.Template.Spec.Containers,
		corev1.Container{Name: "side", Image: "registry.example/side:1"})
	_, err := deployments.Create(ctx, made, metav1.CreateOptions{})
	must(t, err)
	change := `{"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "registry.example/side:2"}]}}}}`
	rows := []struct {
		kind    types.PatchType
		text    string
		options metav1.PatchOptions
		left    int
	}{
		{types.StrategicMergePatchType, change, metav1.PatchOptions{}, 2},
		{types.ApplyPatchType, `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 0}}`,
			metav1.PatchOptions{FieldManager: "m"}, 2},
		{types.MergePatchType, change, metav1.PatchOptions{}, 1},
		{types.JSONPatchType, `[{"op": "copy", "from": "/spec/template/spec/containers/0", "path": "/spec/template/spec/containers/-"},
			{"op": "replace", "path": "/spec/template/spec/containers/1/name", "value": "third"}]`, metav1.PatchOptions{}, 2},
	}
	for _, row := range rows {
		done, err := deployments.Patch(ctx, "d", row.kind, []byte(row.text), row.options)
		must(t, err)
		want(t, string(row.kind), len(done.Spec.Template.Spec.Containers), row.left)
	}
	_, err = deployments.Patch(ctx, "d", types.MergePatchType, []byte(`{"spec": {"replicas": -1}}`), metav1.PatchOptions{})
	want(t, "invalid", apierrors.IsInvalid(err), true)
}

// Thirty writers of one object: each one's change is there in the end.
func TestRetryOnConflict(t *testing.T) {
	ctx, namespace := begin(t)
	maps := clientset(t).CoreV1().ConfigMaps(namespace)
	_, err := maps.Create(ctx, configMap(namespace, "counter", map[string]string{}), metav1.CreateOptions{})
	must(t, err)
	const writers = 30
	errors := make(chan error, writers)
	backoff := retry.DefaultRetry
	backoff.Steps = 1000
	for i := range writers {
		go func() {
			errors <- retry.RetryOnConflict(backoff, func() error {
				read, err := maps.Get(ctx, "counter", metav1.GetOptions{})
				if err != nil {
					return err
				}
				if read.Data == nil {
					read.Data = map[string]string{}
				}
				read.Data[fmt.Sprint(i)] = "was here"
				_, err = maps.Update(ctx, read, metav1.UpdateOptions{})
				return err
			})
		}()
	}
	for range writers {
		must(t, <-errors)
	}
	read, err := maps.Get(ctx, "counter", metav1.GetOptions{})
	must(t, err)
	want(t, "changes", len(read.Data), writers)
}

func TestLeaderElection(t *testing.T) {
	ctx, namespace := begin(t)
	client := clientset(t)
	leads := make(chan string, 10)
	candidate := func(name string) context.CancelFunc {
		ctx, cancel := context.WithCancel(ctx)
		lock, err := resourcelock.New(resourcelock.LeasesResourceLock, namespace, "lock", client.CoreV1(),
			client.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: name})
		must(t, err)
		go leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: lock, LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second,
			RetryPeriod: 100 * time.Millisecond, ReleaseOnCancel: true,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(ctx context.Context) { leads <- name; <-ctx.Done() },
				OnStoppedLeading: func() {},
			}})
		return cancel
	}
	end := candidate("first")
	want(t, "leader", <-leads, "first")
	endOther := candidate("second")
	defer endOther()
	end() // and so it is released
	want(t, "leader", <-leads, "second")
	lease, err := client.CoordinationV1().Leases(namespace).Get(ctx, "lock", metav1.GetOptions{})
	must(t, err)
	want(t, "holder", *lease.Spec.HolderIdentity, "second")
	want(t, "transitions", *lease.Spec.LeaseTransitions >= 1, true)
}

func TestEventRecorder(t *testing.T) {
	ctx, namespace := begin(t)
	client := clientset(t)
	about, err := client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap(namespace, "about", nil), metav1.CreateOptions{})
	must(t, err)
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&corev1client.EventSinkImpl{Interface: client.CoreV1().Events(namespace)})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "recorder"})
	for range 3 { // the same again is counted, by a patch
		recorder.Eventf(about, corev1.EventTypeWarning, "Tried", "tried %d times", 7)
	}
	eventually(t, ctx, "the event", func() bool {
		found, err := client.CoreV1().Events(namespace).Search(scheme.Scheme, about)
		return err == nil && len(found.Items) == 1 && found.Items[0].Count == 3 &&
			found.Items[0].Message == "tried 7 times"
	})
	newer, err := client.EventsV1().Events(namespace).List(ctx, metav1.ListOptions{})
	must(t, err)
	want(t, "by the newer API", newer.Items[0].Note, "tried 7 times")
}

func TestPager(t *testing.T) {
	ctx, namespace := begin(t)
	maps := clientset(t).CoreV1().ConfigMaps(namespace)
	const many = 250
	for i := range many {
		made := configMap(namespace, fmt.Sprintf("m-%03d", i), nil)
		made.Labels = map[string]string{"paged": "yes"}
		_, err := maps.Create(ctx, made, metav1.CreateOptions{})
		must(t, err)
	}
	pages := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return maps.List(ctx, options)
	})
	pages.PageSize = 40
	count := 0
	must(t, pages.EachListItem(ctx, metav1.ListOptions{LabelSelector: "paged=yes"}, func(o runtime.Object) error {
		want(t, "order", o.(metav1.Object).GetName(), fmt.Sprintf("m-%03d", count))
		count++
		return nil
	}))
	want(t, "all", count, many)
}

func TestScaleClient(t *testing.T) {
	ctx, namespace := begin(t)
	client := clientset(t)
	_, err := client.AppsV1().Deployments(namespace).Create(ctx, deployment(namespace, "d", 0), metav1.CreateOptions{})
	must(t, err)
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	scales, err := scale.NewForConfig(settings(t), mapper, dynamic.LegacyAPIPathResolverFunc,
		scale.NewDiscoveryScaleKindResolver(client.Discovery()))
	must(t, err)
	resource := schema.GroupResource{Group: "apps", Resource: "deployments"}
	must(t, retry.RetryOnConflict(retry.DefaultBackoff, func() error { // its controller writes, too
		read, err := scales.Scales(namespace).Get(ctx, resource, "d", metav1.GetOptions{})
		if err != nil {
			return err
		}
		read.Spec.Replicas = 2
		_, err = scales.Scales(namespace).Update(ctx, resource, read, metav1.UpdateOptions{})
		return err
	}))
	eventually(t, ctx, "two pods", func() bool {
		d, err := client.AppsV1().Deployments(namespace).Get(ctx, "d", metav1.GetOptions{})
		return err == nil && d.Status.ReadyReplicas == 2
	})
}

func TestMetadataClient(t *testing.T) {
	ctx, namespace := begin(t)
	client, err := metadata.NewForConfig(settings(t))
	must(t, err)
	_, err = clientset(t).CoreV1().ConfigMaps(namespace).Create(ctx,
		configMap(namespace, "a", map[string]string{"large": strings.Repeat("x", 100000)}), metav1.CreateOptions{})
	must(t, err)
	maps := client.Resource(mapsResource).Namespace(namespace)
	read, err := maps.Get(ctx, "a", metav1.GetOptions{})
	must(t, err)
	want(t, "name", read.Name, "a")
	patched, err := maps.Patch(ctx, "a", types.MergePatchType, []byte(`{"metadata": {"labels": {"l": "v"}}}`), metav1.PatchOptions{})
	must(t, err)
	want(t, "label", patched.Labels["l"], "v")
	must(t, maps.Delete(ctx, "a", metav1.DeleteOptions{}))
}

// A token for a service account, and a client that has no other credentials.
func TestTokenRequest(t *testing.T) {
	ctx, namespace := begin(t)
	accounts := clientset(t).CoreV1().ServiceAccounts(namespace)
	_, err := accounts.Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "walker"}}, metav1.CreateOptions{})
	must(t, err)
	answer, err := accounts.CreateToken(ctx, "walker", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	must(t, err)
	config := rest.AnonymousClientConfig(settings(t))
	config.BearerToken = answer.Status.Token
	client, err := kubernetes.NewForConfig(config)
	must(t, err)
	_, err = client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{})
	want(t, "forbidden", apierrors.IsForbidden(err), true)
	want(t, "who", strings.Contains(err.Error(), "system:serviceaccount:"+namespace+":walker"), true)
	config.BearerToken, config.Impersonate.UserName = "", "nobody"
	client, err = kubernetes.NewForConfig(config)
	must(t, err)
	_, err = client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{})
	want(t, "anonymous may not impersonate", apierrors.IsForbidden(err), true)
}

// Both protocols of exec are answered by an error that says why.
func TestExecSaysWhy(t *testing.T) {
	ctx, namespace := begin(t)
	client := clientset(t)
	eventually(t, ctx, "service account", func() bool {
		_, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
		return err == nil
	})
	_, err := client.CoreV1().Pods(namespace).Create(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "p"},
		Spec:       deployment(namespace, "x", 0).Spec.Template.Spec}, metav1.CreateOptions{})
	must(t, err)
	url := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name("p").SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Command: []string{"true"}, Stdout: true}, scheme.ParameterCodec).URL()
	spdy, err := remotecommand.NewSPDYExecutor(settings(t), "POST", url)
	must(t, err)
	websocket, err := remotecommand.NewWebSocketExecutor(settings(t), "GET", url.String())
	must(t, err)
	for name, executor := range map[string]remotecommand.Executor{"spdy": spdy, "websocket": websocket} {
		err := executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &strings.Builder{}})
		if err == nil || !strings.Contains(err.Error(), "no containers") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = client.CoreV1().Pods(namespace).GetLogs("p", &corev1.PodLogOptions{}).DoRaw(ctx)
	want(t, "log", err != nil && strings.Contains(err.Error(), "no containers"), true)
}

func TestDryRun(t *testing.T) {
	ctx, namespace := begin(t)
	client, err := dynamic.NewForConfig(settings(t))
	must(t, err)
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "dry"}}}
	maps := client.Resource(mapsResource).Namespace(namespace)
	made, err := maps.Create(ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	must(t, err)
	want(t, "has a UID", made.GetUID() != "", true)
	_, err = maps.Get(ctx, "dry", metav1.GetOptions{})
	want(t, "not found", apierrors.IsNotFound(err), true)
}

// Unknown fields: refused where the client asks for it and the server knows how, else dropped.
func TestFieldValidation(t *testing.T) {
	ctx, namespace := begin(t)
	client := clientset(t)
	text := []byte(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "f"}, "dataa": {"a": "b"}}`)
	err := client.CoreV1().RESTClient().Post().Namespace(namespace).Resource("configmaps").
		Param("fieldValidation", "Strict").Body(text).SetHeader("Content-Type", "application/json").Do(ctx).Error()
	if minor(t) < 25 {
		must(t, err)
		return
	}
	want(t, "refused", apierrors.IsBadRequest(err) && strings.Contains(err.Error(), `unknown field "dataa"`), true)
}
