// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	ssautils "github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
)

// A folder of Git as Flux reads it: a cluster role, and what is in a namespace.
const manifests = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: NAMESPACE-reader}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, list]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: NAMESPACE}
data: {color: red}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: NAMESPACE}
spec:
  selector: {app: web}
  ports: [{port: 80, protocol: TCP}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAMESPACE}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: "registry.example/web:1", ports: [{containerPort: 80, protocol: TCP}]}
`

// The engine of Flux's kustomize-controller: apply by stages, wait, find drift, put it right, prune.
func TestFlux(t *testing.T) {
	ctx, namespace := begin(t)
	httpClient, err := rest.HTTPClientFor(settings(t))
	must(t, err)
	mapper, err := apiutil.NewDynamicRESTMapper(settings(t), httpClient)
	must(t, err)
	kube, err := client.New(settings(t), client.Options{Scheme: scheme.Scheme, Mapper: mapper})
	must(t, err)
	manager := ssa.NewResourceManager(kube, polling.NewStatusPoller(kube, mapper, polling.Options{}),
		ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"})
	read := func() []*unstructured.Unstructured {
		objects, err := ssautils.ReadObjects(strings.NewReader(strings.ReplaceAll(manifests, "NAMESPACE", namespace)))
		must(t, err)
		manager.SetOwnerLabels(objects, "apps", namespace)
		return objects
	}
	apply := func(want ssa.Action) *ssa.ChangeSet {
		t.Helper()
		set, err := manager.ApplyAllStaged(ctx, read(), ssa.DefaultApplyOptions())
		must(t, err)
		for _, entry := range set.Entries {
			if entry.Action != want {
				t.Errorf("%s: %s, want %s", entry.Subject, entry.Action, want)
			}
		}
		return set
	}
	set := apply(ssa.CreatedAction)
	want(t, "applied", len(set.Entries), 4)
	must(t, manager.WaitForSetWithContext(ctx, set.ToObjMetadataSet(),
		ssa.WaitOptions{Interval: 50 * time.Millisecond, Timeout: patience}))
	apply(ssa.UnchangedAction)
	// somebody's kubectl edit is found, and put right
	settingsMap := configMap(namespace, "settings", nil)
	must(t, kube.Patch(ctx, settingsMap, client.RawPatch("application/merge-patch+json", []byte(`{"data": {"color": "blue"}}`)),
		client.FieldOwner("kubectl-edit")))
	objects := read()
	for _, object := range objects {
		entry, _, _, err := manager.Diff(ctx, object, ssa.DefaultDiffOptions())
		must(t, err)
		drifted := object.GetKind() == "ConfigMap"
		want(t, "drift of "+entry.Subject, entry.Action == ssa.ConfiguredAction, drifted)
	}
	_, err = manager.ApplyAllStaged(ctx, read(), ssa.DefaultApplyOptions())
	must(t, err)
	must(t, kube.Get(ctx, client.ObjectKeyFromObject(settingsMap), settingsMap))
	want(t, "color", settingsMap.Data["color"], "red")
	set, err = manager.DeleteAll(ctx, objects, ssa.DefaultDeleteOptions())
	must(t, err)
	want(t, "pruned", len(set.Entries), 4)
	must(t, manager.WaitForTermination(objects, ssa.WaitOptions{Interval: 50 * time.Millisecond, Timeout: patience}))
	want(t, "left", fmt.Sprint(client.IgnoreNotFound(kube.Get(ctx, client.ObjectKeyFromObject(settingsMap), settingsMap))), "<nil>")
}
