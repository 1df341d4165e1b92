/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of pods and of the errors that validation finds in them. */
#ifndef PODGATE_KUBE_POD_TEST_VALIDATE_H
#define PODGATE_KUBE_POD_TEST_VALIDATE_H

#include "kube/meta.h"
#include "kube/pod/defaults.h"
#include "kube/pod/test_pod.h"
#include "kube/pod/validate.h"

typedef struct ErrorRow {
    const char *name;
    int minor;        /* 0 for 20 */
    const char *spec; /* members of the spec; without containers it gets one, c */
    const char *want; /* "path: message" of each error on a line of its own; "" for none */
} ErrorRow;

#define CONTAINER(members) "'containers':[{'name':'c','image':'i:1'," members "}]"
#define VOLUME(source) "'volumes':[{'name':'v'," source "}]"

static inline Str test_errors_text(const FieldErrors *errs)
{
    Buf b = buf_new(errs->arena);
    for (const FieldError *e = errs->first; e; e = e->next) {
        if (e != errs->first) {
            buf_byte(&b, '\n');
        }
        field_error_write(e, &b);
    }
    return buf_str(&b);
}

static inline Value test_pod(const char *metadata, const char *spec, const KubeTarget *t, Arena *a)
{
    bool has_containers = str_contains(str_from_c(spec), STR("'containers':"));
    Value pod = test_json(
        arena_cstr(a, arena_printf(a, "{'metadata':{'name':'p','namespace':'n'%s},'spec':{%s%s%s}}",
                                   metadata, spec, *spec && !has_containers ? "," : "",
                                   has_containers ? ""
                                                  : "'containers':[{'name':'c',"
                                                    "'image':'i:1'}]")),
        a);
    pod_apply_defaults(&pod, t, a);
    return pod;
}

static inline void test_error_rows(const ErrorRow *rows, size_t count)
{
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        KubeTarget t = kube_target(rows[i].minor ? rows[i].minor : 20);
        Value pod = test_pod("", rows[i].spec, &t, &a);
        FieldErrors errs = field_errors_new(&a);
        pod_validate_create(&pod, &t, &errs);
        test_same_text(rows[i].name, test_errors_text(&errs), rows[i].want);
        arena_reset(&a);
    }
    arena_done(&a);
}

#endif
