// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// certificate makes one for 127.0.0.1, signed by itself, and its PEM.
func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hooks"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// Colors: grey where none is said; never pink; a warning about brown.
type colors struct{}

func (colors) Default(_ context.Context, m *corev1.ConfigMap) error {
	if m.Data["color"] == "" {
		m.Data = map[string]string{"color": "grey"}
	}
	return nil
}

func (colors) ValidateCreate(_ context.Context, m *corev1.ConfigMap) (admission.Warnings, error) {
	switch m.Data["color"] {
	case "pink":
		return nil, errors.New("pink is not a color")
	case "brown":
		return admission.Warnings{"brown is out of fashion"}, nil
	}
	return nil, nil
}

func (c colors) ValidateUpdate(ctx context.Context, _, m *corev1.ConfigMap) (admission.Warnings, error) {
	return c.ValidateCreate(ctx, m)
}

func (colors) ValidateDelete(context.Context, *corev1.ConfigMap) (admission.Warnings, error) {
	return nil, errors.New("colors stay")
}

type warnings struct {
	mu   sync.Mutex
	seen []string
}

func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, text)
}

// Webhooks as controller-runtime serves them, asked by the server over HTTPS.
func TestWebhooks(t *testing.T) {
	ctx, namespace := begin(t)
	cert, authority := certificate(t)
	serve := func(hook *admission.Webhook) *string {
		handler, err := admission.StandaloneWebhook(hook, admission.StandaloneOptions{})
		must(t, err)
		server := httptest.NewUnstartedServer(handler)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
		server.StartTLS()
		t.Cleanup(server.Close)
		return &server.URL
	}
	config := settings(t)
	var told warnings
	config.WarningHandler = &told
	client, err := kubernetes.NewForConfig(config)
	must(t, err)
	namespaces := client.CoreV1().Namespaces()
	ns, err := namespaces.Get(ctx, namespace, metav1.GetOptions{})
	must(t, err)
	ns.Labels = map[string]string{"hooks": namespace}
	_, err = namespaces.Update(ctx, ns, metav1.UpdateOptions{})
	must(t, err)
	none := admissionregistrationv1.SideEffectClassNone
	selector := &metav1.LabelSelector{MatchLabels: ns.Labels}
	rule := func(operations ...admissionregistrationv1.OperationType) []admissionregistrationv1.RuleWithOperations {
		return []admissionregistrationv1.RuleWithOperations{{Operations: operations,
			Rule: admissionregistrationv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"configmaps"}}}}
	}
	create, update, remove := admissionregistrationv1.Create, admissionregistrationv1.Update, admissionregistrationv1.Delete
	_, err = client.AdmissionregistrationV1().MutatingWebhookConfigurations().Create(ctx, &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: namespace}, Webhooks: []admissionregistrationv1.MutatingWebhook{{
			Name: "default.colors.example.org", SideEffects: &none, AdmissionReviewVersions: []string{"v1"},
			NamespaceSelector: selector, Rules: rule(create, update),
			ClientConfig: admissionregistrationv1.WebhookClientConfig{CABundle: authority,
				URL: serve(admission.WithDefaulter[*corev1.ConfigMap](scheme.Scheme, colors{}))},
		}}}, metav1.CreateOptions{})
	must(t, err)
	_, err = client.AdmissionregistrationV1().ValidatingWebhookConfigurations().Create(ctx, &admissionregistrationv1.ValidatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: namespace}, Webhooks: []admissionregistrationv1.ValidatingWebhook{{
			Name: "validate.colors.example.org", SideEffects: &none, AdmissionReviewVersions: []string{"v1"},
			NamespaceSelector: selector, Rules: rule(create, update, remove),
			ClientConfig: admissionregistrationv1.WebhookClientConfig{CABundle: authority,
				URL: serve(admission.WithValidator[*corev1.ConfigMap](scheme.Scheme, colors{}))},
		}}}, metav1.CreateOptions{})
	must(t, err)
	t.Cleanup(func() {
		_ = client.AdmissionregistrationV1().MutatingWebhookConfigurations().Delete(context.Background(), namespace, metav1.DeleteOptions{})
		_ = client.AdmissionregistrationV1().ValidatingWebhookConfigurations().Delete(context.Background(), namespace, metav1.DeleteOptions{})
	})
	maps := client.CoreV1().ConfigMaps(namespace)
	made, err := maps.Create(ctx, configMap(namespace, "plain", nil), metav1.CreateOptions{})
	must(t, err)
	want(t, "color", made.Data["color"], "grey")
	_, err = maps.Create(ctx, configMap(namespace, "pink", map[string]string{"color": "pink"}), metav1.CreateOptions{})
	refusal := `admission webhook "validate.colors.example.org" denied the request: pink is not a color`
	want(t, "refused", err != nil && strings.Contains(err.Error(), refusal), true)
	want(t, "forbidden", apierrors.IsForbidden(err), true)
	_, err = maps.Create(ctx, configMap(namespace, "brown", map[string]string{"color": "brown"}), metav1.CreateOptions{})
	must(t, err)
	told.mu.Lock()
	want(t, "warnings", strings.Join(told.seen, ","), "brown is out of fashion")
	told.mu.Unlock()
	made.Data["color"] = "pink"
	_, err = maps.Update(ctx, made, metav1.UpdateOptions{})
	want(t, "refused", apierrors.IsForbidden(err), true)
	want(t, "stays", apierrors.IsForbidden(maps.Delete(ctx, "plain", metav1.DeleteOptions{})), true)
}
