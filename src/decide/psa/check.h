/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the files that hold one check each, and for the registry: what a check is, and the few forms
 * that the messages of all of them are made of.
 */
#ifndef PODGATE_DECIDE_PSA_CHECK_H
#define PODGATE_DECIDE_PSA_CHECK_H

#include "decide/psa/psa.h"

/* What one check says of one pod. Starts out as "fine". */
typedef struct PsaCheckOut {
    Arena *arena;
    bool failed;
    bool wants_places;
    Str reason;
    Buf detail;
    PsaPlace *first_place;
    PsaPlace *last_place;
} PsaCheckOut;

typedef void PsaCheckRun(const PodView *pod, PsaCheckOut *out);

/* One version of a rule: in force from v1.since_minor until the next one. */
typedef struct PsaCheckVersion {
    int since_minor;
    PsaCheckRun *run;
} PsaCheckVersion;

enum { PSA_CHECK_VERSIONS_MAX = 5 };

struct PsaCheck {
    Str id;
    PsaLevel level; /* the level that brings it in; restricted contains baseline */
    Str title;
    PsaCheckVersion
        versions[PSA_CHECK_VERSIONS_MAX]; /* rising; ends with a NULL run or when full */
    /* A restricted check may take the place of a baseline check, whatever the pod. */
    const PsaCheck *replaces;
    int replaces_since_minor;
};

#define PSA_CHECK_DECLARE(name) extern const PsaCheck psa_check_##name;
#include "decide/psa/checks.def"
PSA_CHECK_LIST(PSA_CHECK_DECLARE)
#undef PSA_CHECK_DECLARE

/* The rule in force at a version, or NULL before the first. */
PsaCheckRun *psa_check_run_at(const PsaCheck *check, int64_t minor);

/* -- what is wrong ---------------------------------------------------------------------------- */

/* Marks the check as failed. reason is a literal; the detail is written after it. Returns where. */
static inline Buf *psa_fail(PsaCheckOut *out, Str reason)
{
    out->failed = true;
    out->reason = reason;
    out->detail = buf_new(out->arena);
    return &out->detail;
}

void psa_place_add(PsaCheckOut *out, const ContainerView *c, Str list, size_t index, Str field);
void psa_place_add_annotation(PsaCheckOut *out, Str key);

/* Notes a field of a container, or of the pod's spec when c is NULL: "securityContext.runAsUser".
 */
static inline void psa_place(PsaCheckOut *out, const ContainerView *c, Str field)
{
    if (__builtin_expect(out->wants_places, 0)) {
        psa_place_add(out, c, STR_ABSENT, 0, field);
    }
}

/* The same for an item of a list: "ports", 2, "hostPort"; field may be absent. */
static inline void psa_place_item(PsaCheckOut *out, const ContainerView *c, Str list, size_t index,
                                  Str field)
{
    if (__builtin_expect(out->wants_places, 0)) {
        psa_place_add(out, c, list, index, field);
    }
}

/* The same for metadata.annotations[key]. */
static inline void psa_place_annotation(PsaCheckOut *out, Str key)
{
    if (__builtin_expect(out->wants_places, 0)) {
        psa_place_add_annotation(out, key);
    }
}

/* -- lists of names and values ------------------------------------------------------------------
 */

/* Strings in the order found, repeats and all; psa_list_to_set() makes a sorted set of them. */
typedef struct PsaList {
    Str *items;
    size_t count;
    size_t cap;
} PsaList;

void psa_list_grow(PsaList *l, Arena *a);

static inline void psa_list_add(PsaList *l, Str s, Arena *a)
{
    if (l->count == l->cap) {
        psa_list_grow(l, a);
    }
    l->items[l->count++] = s;
}

/* Ascending by bytes, each once. */
void psa_list_to_set(PsaList *l);

static inline bool psa_str_in(Str s, const Str *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(s, items[i])) {
            return true;
        }
    }
    return false;
}

/* one when there is exactly one, else many */
static inline void psa_write_plural(size_t count, Str one, Str many, Buf *b)
{
    buf_add(b, count == 1 ? one : many);
}

/* `"a", "b"`; nothing is escaped */
void psa_write_quoted(const PsaList *l, Buf *b);
/* `a, b` */
void psa_write_plain(const PsaList *l, Buf *b);
/* `container "a"`, `containers "a", "b"` */
void psa_write_containers(const PsaList *names, Buf *b);
/* Who set something: `pod`, `container "a"`, `pod and containers "a", "b"`. */
void psa_write_setters(bool pod, const PsaList *containers, Buf *b);

/* -- fields that several checks read ------------------------------------------------------------
 */

/* RuntimeDefault and Localhost, of a seccomp or AppArmor profile. */
static inline bool psa_profile_is_confined(const ProfileView *p)
{
    return str_eq(p->type, STR("RuntimeDefault")) || str_eq(p->type, STR("Localhost"));
}

static inline bool psa_pod_is_windows(const PodView *pod)
{
    return str_eq(pod->os, STR("windows"));
}

/* hostUsers: false: root in the pod is nobody on the node. */
static inline bool psa_pod_has_user_namespace(const PodView *pod)
{
    return pod->host_users.set && !pod->host_users.value;
}

/* What of the seccompProfile fields is set to a bad value, for the two checks that read them. */
typedef struct PsaSeccomp {
    bool pod;
    PsaList containers;
    PsaList values;
} PsaSeccomp;
void psa_seccomp_read(const PodView *pod, PsaCheckOut *out, PsaSeccomp *bad);
/* The failure of both checks when some value is bad. */
void psa_seccomp_fail(PsaSeccomp *bad, PsaCheckOut *out);

/* Containers whose procMount is not Default: one rule, two checks. */
void psa_proc_mount_check(const PodView *pod, PsaCheckOut *out);

#endif
