/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpodgate: which pods may enter a Kubernetes cluster, as function calls.
 *
 *     const char *paths[] = { "cluster.yaml", NULL };
 *     PodgateOptions options = { .size = sizeof(options), .paths = paths };
 *     char *error = NULL;
 *     PodgateState *state = podgate_state_open(&options, &error);
 *     char *report = NULL;
 *     if (state && podgate_admit(state, NULL, "pod.yaml", text, length, &report, &error) ==
 *                      PODGATE_NO) {
 *         puts(report);
 *     }
 *
 * A state is what a cluster holds: it is read once and never changes. Any number of threads may ask
 * one state at the same time. Nothing here writes to a file or to the standard streams.
 *
 * Texts that a function hands out are C strings which the caller frees with podgate_free(). A
 * pointer to where one is put may be NULL: then it is not made. Texts that are given are not kept,
 * and are UTF-8. Structs begin with their own size, so that later versions may add members.
 *
 * What is declared here is stable within a major version of the library, and nothing else is
 * exported.
 */
#ifndef PODGATE_PODGATE_H
#define PODGATE_PODGATE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PODGATE_API __attribute__((visibility("default")))

/* The library's version, "0.1.0". */
PODGATE_API const char *podgate_version(void);

/* Frees a text that a function handed out; NULL is allowed. */
PODGATE_API void podgate_free(char *text);

typedef enum PodgateAnswer {
    PODGATE_YES = 0,   /* allowed */
    PODGATE_NO = 1,    /* denied */
    PODGATE_ERROR = 2, /* the call or its input is wrong, and nothing was decided: see the error */
} PodgateAnswer;

/* -- what a cluster holds -----------------------------------------------------------------------
 */

typedef struct PodgateState PodgateState;

/* A manifest in memory: YAML or JSON, any number of documents and Lists. */
typedef struct PodgateText {
    const char *name; /* for messages: "cluster.yaml" */
    const char *ptr;
    size_t length;
} PodgateText;

typedef struct PodgateOptions {
    size_t size; /* sizeof(PodgateOptions) */
    /* As which Kubernetes to decide, "1.20"; NULL for the newest that is known. */
    const char *kubernetes_version;
    /* Files and folders, as --state takes them; ends with NULL. NULL for none. */
    const char *const *paths;
    const PodgateText *texts;
    size_t text_count;
    /* Platforms' default objects ("eks"); ends with NULL. NULL for none. */
    const char *const *presets;
    /* Leave out the roles and bindings that Kubernetes makes by itself. */
    bool no_kubernetes_preset;
} PodgateOptions;

/* options may be NULL for an empty cluster. NULL and *error when something cannot be read or makes
 * no sense. */
PODGATE_API PodgateState *podgate_state_open(const PodgateOptions *options, char **error);
/* NULL is allowed. Nobody may be asking it any more. */
PODGATE_API void podgate_state_close(PodgateState *state);

/* -- asking
 * ---------------------------------------------------------------------------------------- */

/* Who asks, completely: nothing is added to the groups. */
typedef struct PodgateUser {
    size_t size; /* sizeof(PodgateUser) */
    const char *name;
    const char *const *groups; /* ends with NULL; NULL for none */
} PodgateUser;

/* Answers an AdmissionReview (admission.k8s.io/v1 or v1beta1, JSON), as an admission webhook does.
 * *answer: the AdmissionReview to send back. */
PODGATE_API PodgateAnswer podgate_review(const PodgateState *state, const char *review,
                                         size_t length, char **answer, char **error);

/* Would the pods of a manifest be admitted? Workloads are decided as the pods that their
 * controllers create; objects that make no pods count as if they had been applied.
 *
 * user    who sends pods that no controller creates; NULL for a user without rights of his own
 * name    of the manifest, for messages
 * report  an AdmitReport in JSON, as `podgate admit -o json` prints it
 * Returns PODGATE_NO when at least one is denied. */
PODGATE_API PodgateAnswer podgate_admit(const PodgateState *state, const PodgateUser *user,
                                        const char *name, const char *manifest, size_t length,
                                        char **report, char **error);

/* What is to be done. A resource, or, when path is not NULL, a URL that is none. NULL is "". */
typedef struct PodgateAccess {
    size_t size; /* sizeof(PodgateAccess) */
    const char *verb;
    const char *group; /* of the API: "apps"; "" for the core group */
    const char *resource;
    const char *subresource;
    const char *name;
    const char *namespace_; /* "" for all namespaces, and for what is in none */
    const char *path;       /* "/healthz" */
} PodgateAccess;

/* May the user do this, as RBAC has it? *reason: the binding that allows it, or the refusal in the
 * API server's words. */
PODGATE_API PodgateAnswer podgate_can_i(const PodgateState *state, const PodgateUser *user,
                                        const PodgateAccess *access, char **reason, char **error);

#ifdef __cplusplus
}
#endif

#endif
