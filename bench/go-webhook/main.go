// SPDX-License-Identifier: Apache-2.0

// The least that an admission webhook in Go is: net/http, the types of the API, and the library by
// which an API server decides Pod Security. For comparison.
//
//	go-webhook CERT KEY LEVEL     prints its port, and serves until it is ended
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	admission "k8s.io/api/admission/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

const bodyBytesMax = 8 << 20

func fail(err error) {
	fmt.Fprintln(os.Stderr, "go-webhook:", err)
	os.Exit(2)
}

type webhook struct {
	evaluator policy.Evaluator
	level     api.LevelVersion
}

func (w *webhook) decide(request *admission.AdmissionRequest) (*admission.AdmissionResponse, error) {
	var pod core.Pod
	if err := json.Unmarshal(request.Object.Raw, &pod); err != nil {
		return nil, err
	}
	found := policy.AggregateCheckResults(w.evaluator.EvaluatePod(w.level, &pod.ObjectMeta, &pod.Spec))
	response := &admission.AdmissionResponse{UID: request.UID, Allowed: found.Allowed}
	if !found.Allowed {
		response.Result = &meta.Status{
			Code:   http.StatusForbidden,
			Reason: meta.StatusReasonForbidden,
			Message: fmt.Sprintf("pods %q is forbidden: violates PodSecurity %q: %s", request.Name, w.level.String(),
				found.ForbiddenDetail()),
		}
	}
	return response, nil
}

func (w *webhook) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	var review admission.AdmissionReview
	body, err := io.ReadAll(http.MaxBytesReader(out, in.Body, bodyBytesMax))
	if err == nil {
		err = json.Unmarshal(body, &review)
	}
	if err == nil && review.Request == nil {
		err = fmt.Errorf("no request")
	}
	if err == nil {
		review.Response, err = w.decide(review.Request)
	}
	if err != nil {
		http.Error(out, err.Error(), http.StatusBadRequest)
		return
	}
	review.Request = nil
	answer, err := json.Marshal(&review)
	if err != nil {
		http.Error(out, err.Error(), http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "application/json")
	out.Write(answer)
}

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: go-webhook CERT KEY LEVEL"))
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		fail(err)
	}
	level, err := api.ParseLevel(os.Args[3])
	if err != nil {
		fail(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	w := &webhook{evaluator, api.LevelVersion{Level: level, Version: api.LatestVersion()}}
	http.Handle("/validate", w)
	fail(http.ServeTLS(listener, nil, os.Args[1], os.Args[2]))
}
