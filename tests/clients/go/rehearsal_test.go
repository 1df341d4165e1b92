// SPDX-License-Identifier: Apache-2.0

// Package clients runs Go's client libraries, as they are, against the server that KUBECONFIG names
// (podgate up -- go test ./...). Each test has a namespace of its own, and all run at once.
package clients

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// How long a test waits for what must come; none depends on how soon it comes.
const patience = 2 * time.Minute

// settings gives a new client configuration, without the limit that clients set themselves.
func settings(t *testing.T) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	must(t, err)
	config.QPS = -1
	return config
}

func clientset(t *testing.T) *kubernetes.Clientset {
	t.Helper()
	made, err := kubernetes.NewForConfig(settings(t))
	must(t, err)
	return made
}

// minor is the version of the server: 20 of 1.20.
func minor(t *testing.T) int {
	t.Helper()
	info, err := clientset(t).Discovery().ServerVersion()
	must(t, err)
	number, err := strconv.Atoi(info.Minor)
	must(t, err)
	return number
}

// begin is at the top of each test: it runs beside the others, in a namespace of its own.
func begin(t *testing.T) (context.Context, string) {
	t.Helper()
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	namespaces := clientset(t).CoreV1().Namespaces()
	made, err := namespaces.Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() { _ = namespaces.Delete(context.Background(), made.Name, metav1.DeleteOptions{}) })
	return ctx, made.Name
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want[T comparable](t *testing.T, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Fatalf("%s: got %v, want %v", what, got, wanted)
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, ctx context.Context, what string, holds func() bool) {
	t.Helper()
	err := wait.PollUntilContextCancel(ctx, 10*time.Millisecond, true,
		func(context.Context) (bool, error) { return holds(), nil })
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func configMap(namespace, name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Data:       data,
	}
}
