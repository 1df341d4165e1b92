// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const finalizer = "example.org/tidy"

func init() { log.SetLogger(logr.Discard()) }

// newManager gives a manager that looks at one namespace, and runs it until the test ends.
func newManager(t *testing.T, namespace string, election bool) manager.Manager {
	t.Helper()
	skip := true
	made, err := ctrl.NewManager(settings(t), ctrl.Options{
		Scheme:                        scheme.Scheme,
		Cache:                         cache.Options{DefaultNamespaces: map[string]cache.Config{namespace: {}}},
		Metrics:                       metricsserver.Options{BindAddress: "0"},
		Controller:                    config.Controller{SkipNameValidation: &skip},
		LeaderElection:                election,
		LeaderElectionID:              "manager.example.org",
		LeaderElectionNamespace:       namespace,
		LeaderElectionReleaseOnCancel: true,
	})
	must(t, err)
	return made
}

func start(t *testing.T, ctx context.Context, m manager.Manager) context.CancelFunc {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- m.Start(ctx) }()
	stop := func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the manager: %v", err)
		}
		ended <- nil
	}
	t.Cleanup(stop)
	return stop
}

// A controller as people write them: a ConfigMap that tells of each Deployment, owned by it, and a
// finalizer that leaves a trace when it goes.
type teller struct {
	client.Client
}

func (r *teller) Reconcile(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	var d appsv1.Deployment
	if err := r.Get(ctx, request.NamespacedName, &d); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if !d.DeletionTimestamp.IsZero() {
		trace := corev1ac.ConfigMap("trace-of-"+d.Name, d.Namespace).WithData(map[string]string{"uid": string(d.UID)})
		if err := r.Apply(ctx, trace, client.FieldOwner("teller"), client.ForceOwnership); err != nil {
			return reconcile.Result{}, err
		}
		before := d.DeepCopy()
		if controllerutil.RemoveFinalizer(&d, finalizer) {
			return reconcile.Result{}, client.IgnoreNotFound(r.Patch(ctx, &d, client.MergeFrom(before)))
		}
		return reconcile.Result{}, nil
	}
	if controllerutil.AddFinalizer(&d, finalizer) {
		if err := r.Update(ctx, &d); err != nil {
			return reconcile.Result{}, err
		}
	}
	told := corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: "about-" + d.Name}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, &told, func() error {
		told.Data = map[string]string{"available": strconv.Itoa(int(d.Status.AvailableReplicas))}
		return controllerutil.SetControllerReference(&d, &told, r.Scheme())
	})
	return reconcile.Result{}, err
}

func TestManager(t *testing.T) {
	ctx, namespace := begin(t)
	m := newManager(t, namespace, true)
	must(t, ctrl.NewControllerManagedBy(m).For(&appsv1.Deployment{}).Owns(&corev1.ConfigMap{}).
		Complete(&teller{Client: m.GetClient()}))
	must(t, m.GetFieldIndexer().IndexField(ctx, &corev1.ConfigMap{}, "available", func(o client.Object) []string {
		return []string{o.(*corev1.ConfigMap).Data["available"]}
	}))
	start(t, ctx, m)
	<-m.Elected()
	cached, direct := m.GetClient(), m.GetAPIReader()
	const many = 10
	for i := range many {
		must(t, cached.Create(ctx, deployment(namespace, fmt.Sprintf("d-%d", i), 2)))
	}
	eventually(t, ctx, "all are told of as available", func() bool {
		var found corev1.ConfigMapList
		err := cached.List(ctx, &found, client.InNamespace(namespace), client.MatchingFields{"available": "2"})
		return err == nil && len(found.Items) == many
	})
	// what is taken away comes again
	about := client.ObjectKey{Namespace: namespace, Name: "about-d-0"}
	var told corev1.ConfigMap
	must(t, direct.Get(ctx, about, &told))
	first := told.UID
	must(t, cached.Delete(ctx, &told))
	eventually(t, ctx, "it is told again", func() bool {
		return direct.Get(ctx, about, &told) == nil && told.UID != first
	})
	// with its owner it goes for good, and the finalizer did its work
	d := deployment(namespace, "d-0", 0)
	must(t, cached.Delete(ctx, d, client.PropagationPolicy(metav1.DeletePropagationForeground)))
	eventually(t, ctx, "the deployment and what it owned are gone", func() bool {
		return apierrors.IsNotFound(direct.Get(ctx, client.ObjectKeyFromObject(d), d)) &&
			apierrors.IsNotFound(direct.Get(ctx, about, &told))
	})
	must(t, direct.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "trace-of-d-0"}, &told))
	must(t, cached.DeleteAllOf(ctx, &appsv1.Deployment{}, client.InNamespace(namespace)))
	eventually(t, ctx, "all are gone", func() bool {
		var left appsv1.DeploymentList
		return direct.List(ctx, &left, client.InNamespace(namespace)) == nil && len(left.Items) == 0
	})
}

// Two managers of one name: the second waits, and works when the first has gone.
func TestManagersTakeTurns(t *testing.T) {
	ctx, namespace := begin(t)
	first := newManager(t, namespace, true)
	second := newManager(t, namespace, true)
	stop := start(t, ctx, first)
	<-first.Elected()
	start(t, ctx, second)
	select {
	case <-second.Elected():
		t.Fatal("two lead")
	case <-time.After(time.Second):
	}
	stop()
	select {
	case <-second.Elected():
	case <-ctx.Done():
		t.Fatal("nobody leads")
	}
}

// A race of many: each controller adds its name to every object, all write the same objects.
func TestManyControllersAtOnce(t *testing.T) {
	ctx, namespace := begin(t)
	const controllers, objects = 12, 10
	var direct client.Reader
	for i := range controllers {
		name := fmt.Sprintf("c-%d", i)
		m := newManager(t, namespace, false)
		direct = m.GetAPIReader()
		must(t, ctrl.NewControllerManagedBy(m).Named(name).
			For(&corev1.ConfigMap{}).WithEventFilter(predicate.NewPredicateFuncs(func(o client.Object) bool {
			return o.GetLabels()["race"] == "yes"
		})).
			Complete(reconcile.Func(func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
				var found corev1.ConfigMap
				if err := m.GetClient().Get(ctx, request.NamespacedName, &found); err != nil {
					return reconcile.Result{}, client.IgnoreNotFound(err)
				}
				if found.Data[name] != "" {
					return reconcile.Result{}, nil
				}
				if i%3 == 0 { // a third of them applies, a third patches, the others write it all
					change := corev1ac.ConfigMap(found.Name, namespace).WithData(map[string]string{name: "seen"})
					return reconcile.Result{}, m.GetClient().Apply(ctx, change, client.FieldOwner(name))
				}
				before := found.DeepCopy()
				if found.Data == nil {
					found.Data = map[string]string{}
				}
				found.Data[name] = "seen"
				if i%3 == 1 {
					return reconcile.Result{}, m.GetClient().Patch(ctx, &found, client.StrategicMergeFrom(before))
				}
				err := m.GetClient().Update(ctx, &found)
				if apierrors.IsConflict(err) {
					return reconcile.Result{RequeueAfter: time.Millisecond}, nil
				}
				return reconcile.Result{}, err
			})))
		start(t, ctx, m)
	}
	writer := clientset(t).CoreV1().ConfigMaps(namespace)
	for i := range objects {
		made := configMap(namespace, fmt.Sprintf("m-%d", i), nil)
		made.Labels = map[string]string{"race": "yes"}
		_, err := writer.Create(ctx, made, metav1.CreateOptions{})
		must(t, err)
	}
	eventually(t, ctx, "every controller was at every object", func() bool {
		var found corev1.ConfigMapList
		if direct.List(ctx, &found, client.InNamespace(namespace), client.MatchingLabels{"race": "yes"}) != nil {
			return false
		}
		seen := 0
		for _, m := range found.Items {
			seen += len(m.Data)
		}
		return seen == controllers*objects
	})
}
