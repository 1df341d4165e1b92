/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the files that read a pod into its view, and for no others: one member each, told apart by
 * the length of the key first. Paths are links on the stack, rendered for an error only.
 */
#ifndef PODGATE_KUBE_POD_VIEW_READ_H
#define PODGATE_KUBE_POD_VIEW_READ_H

#include "kube/pod_view.h"

typedef struct Reader {
    Arena *arena;
    Err *err;
} Reader;

/* In a switch over m->key_len: the compiler makes one comparison of words of it. */
#define KEY(literal) (memcmp(m->key, literal, sizeof(literal) - 1) == 0)

/* "spec.x: must be a string, not a number"; always false. */
bool pod_read_bad_type(const Reader *r, const Path *at, const Value *v, const char *want);
bool pod_read_bad_member(const Reader *r, const Path *at, const Member *m, const char *want);
/* Item i of a list of objects; a null item is the empty object, as in Go. */
bool pod_read_item(const Reader *r, const Path *item, const Value *v, const Value **out);
bool pod_read_str_list(const Reader *r, const Path *at, const Member *m, StrList *out);
bool pod_read_int_list(const Reader *r, const Path *at, const Member *m, Int64List *out);

bool pod_read_security(const Reader *r, const Path *at, const Member *m, PodSecurityView *out);
bool pod_read_container_security(const Reader *r, const Path *at, const Member *m,
                                 ContainerSecurityView *out);
/* path is the container's; the caller has set class and index. */
bool pod_read_container(const Reader *r, const Path *path, const Value *v, ContainerView *out);

/* Each leaves *out alone for a null. */

static inline bool get_str(const Reader *r, const Path *at, const Member *m, Str *out)
{
    if (m->value.kind == VALUE_STRING) {
        *out = (Str){ m->value.s, m->value.len };
        return true;
    }
    return m->value.kind == VALUE_NULL || pod_read_bad_member(r, at, m, "a string");
}

static inline bool get_opt_bool(const Reader *r, const Path *at, const Member *m, OptBool *out)
{
    if (m->value.kind == VALUE_BOOL) {
        *out = (OptBool){ true, m->value.b };
        return true;
    }
    return m->value.kind == VALUE_NULL || pod_read_bad_member(r, at, m, "a boolean");
}

static inline bool get_bool(const Reader *r, const Path *at, const Member *m, bool *out)
{
    OptBool b = { false, false };
    if (!get_opt_bool(r, at, m, &b)) {
        return false;
    }
    *out = b.value;
    return true;
}

static inline bool get_int(const Reader *r, const Path *at, const Member *m, OptInt64 *out)
{
    OptInt64 n = value_as_int(&m->value);
    if (n.set) {
        *out = n;
        return true;
    }
    return m->value.kind == VALUE_NULL || pod_read_bad_member(r, at, m, "an integer");
}

/* *out stays NULL for a null. */
static inline bool get_object(const Reader *r, const Path *at, const Member *m, const Value **out)
{
    if (m->value.kind == VALUE_OBJECT) {
        *out = &m->value;
        return true;
    }
    return m->value.kind == VALUE_NULL || pod_read_bad_member(r, at, m, "an object");
}

/* *out stays NULL for a null and for an empty list. */
static inline bool get_array(const Reader *r, const Path *at, const Member *m, const Value **out)
{
    if (m->value.kind == VALUE_ARRAY) {
        *out = m->value.len ? &m->value : NULL;
        return true;
    }
    return m->value.kind == VALUE_NULL || pod_read_bad_member(r, at, m, "an array");
}

#endif
