// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// An operator's own type, as a generator would write it.
type Gadget struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              GadgetSpec   `json:"spec"`
	Status            GadgetStatus `json:"status,omitempty"`
}

type GadgetSpec struct {
	Size  int32  `json:"size"`
	Color string `json:"color,omitempty"`
}

type GadgetStatus struct {
	Ready bool `json:"ready"`
}

type GadgetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Gadget `json:"items"`
}

func (g *Gadget) DeepCopyObject() runtime.Object {
	out := *g
	g.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return &out
}

func (l *GadgetList) DeepCopyObject() runtime.Object {
	out := *l
	out.Items = make([]Gadget, len(l.Items))
	for i := range l.Items {
		out.Items[i] = *l.Items[i].DeepCopyObject().(*Gadget)
	}
	return &out
}

var gadgets = schema.GroupVersion{Group: "gadgets.example.org", Version: "v1"}

func init() {
	scheme.Scheme.AddKnownTypes(gadgets, &Gadget{}, &GadgetList{})
	metav1.AddToGroupVersion(scheme.Scheme, gadgets)
	if err := apiextensionsv1.AddToScheme(scheme.Scheme); err != nil {
		panic(err)
	}
}

func gadgetDefinition() *apiextensionsv1.CustomResourceDefinition {
	one := float64(1)
	text := `"grey"`
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "gadgets." + gadgets.Group},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: gadgets.Group, Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Kind: "Gadget", ListKind: "GadgetList", Plural: "gadgets", Singular: "gadget"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Subresources: &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{
						"spec": {Type: "object", Required: []string{"size"}, Properties: map[string]apiextensionsv1.JSONSchemaProps{
							"size":  {Type: "integer", Format: "int32", Minimum: &one},
							"color": {Type: "string", Default: &apiextensionsv1.JSON{Raw: []byte(text)}}}},
						"status": {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"ready": {Type: "boolean"}}},
					}}},
			}},
		},
	}
}

// An operator: its definition, a controller of its objects with status, what they own, what goes with them.
func TestOperator(t *testing.T) {
	ctx, namespace := begin(t)
	// As operators' own tests begin, with a cluster that is there.
	yes := true
	environment := &envtest.Environment{UseExistingCluster: &yes, Config: settings(t),
		CRDs: []*apiextensionsv1.CustomResourceDefinition{gadgetDefinition()}}
	config, err := environment.Start()
	must(t, err)
	t.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			t.Errorf("the environment: %v", err)
		}
	})
	direct, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	must(t, err)
	m := newManager(t, namespace, false)
	must(t, ctrl.NewControllerManagedBy(m).For(&Gadget{}).Owns(&corev1.ConfigMap{}).
		Complete(reconcile.Func(func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
			var g Gadget
			if err := m.GetClient().Get(ctx, request.NamespacedName, &g); err != nil {
				return reconcile.Result{}, client.IgnoreNotFound(err)
			}
			told := corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: g.Namespace, Name: "about-" + g.Name}}
			_, err := controllerutil.CreateOrPatch(ctx, m.GetClient(), &told, func() error {
				told.Data = map[string]string{"color": g.Spec.Color}
				return controllerutil.SetControllerReference(&g, &told, m.GetScheme())
			})
			if err != nil || g.Status.Ready {
				return reconcile.Result{}, err
			}
			g.Status.Ready = true
			return reconcile.Result{}, m.GetClient().Status().Update(ctx, &g)
		})))
	start(t, ctx, m)
	kube := m.GetClient()
	const many = 20
	for i := range many {
		must(t, kube.Create(ctx, &Gadget{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: fmt.Sprintf("g-%d", i)},
			Spec: GadgetSpec{Size: int32(i) + 1}}))
	}
	eventually(t, ctx, "all are ready", func() bool {
		var found GadgetList
		ready := 0
		must(t, direct.List(ctx, &found, client.InNamespace(namespace)))
		for _, g := range found.Items {
			if g.Status.Ready && g.Spec.Color == "grey" {
				ready++
			}
		}
		return ready == many
	})
	err = kube.Create(ctx, &Gadget{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "none"}})
	want(t, "refused", apierrors.IsInvalid(err) && strings.Contains(err.Error(), "should be greater than or equal to 1"), true)
	about := corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "about-g-7"}}
	must(t, direct.Get(ctx, client.ObjectKeyFromObject(&about), &about))
	want(t, "color", about.Data["color"], "grey")
	must(t, kube.Delete(ctx, &Gadget{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "g-7"}}))
	eventually(t, ctx, "it goes with its owner", func() bool {
		return apierrors.IsNotFound(direct.Get(ctx, client.ObjectKeyFromObject(&about), &about))
	})
}
