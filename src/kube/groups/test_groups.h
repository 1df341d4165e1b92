/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of objects and what is wrong with them, or what they become. For the tests of
 * kube/groups. */
#ifndef PODGATE_KUBE_GROUPS_TEST_GROUPS_H
#define PODGATE_KUBE_GROUPS_TEST_GROUPS_H

#include "doc/json.h"
#include "kube/schema.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct GroupKind {
    void (*defaults)(Value *object, const KubeTarget *t, Arena *a); /* or NULL */
    void (*create)(const Value *object, const KubeTarget *t, FieldErrors *errs);
    void (*update)(const Value *object, const Value *old, const KubeTarget *t, FieldErrors *errs);
} GroupKind;

typedef struct GroupRow {
    const char *name;
    const char *object; /* JSON with ' for " */
    const char *want;   /* a line for each error; or JSON */
    const char *old;    /* of an update */
    int minor;          /* 0 for 1.20 */
} GroupRow;

static inline Value group_read(const char *name, const char *text, int minor, Arena *a)
{
    char *copy = arena_alloc(a, strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);
    for (char *c = copy; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    Value v;
    Value out;
    Err err;
    if (!json_read(STR("row"), str_from_c(copy), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", name, STR_ARG(err.msg));
    }
    const SchemaType *type = schema_find(value_get_str(&v, STR("apiVersion")),
                                         value_get_str(&v, STR("kind")));
    assert_non_null(type);
    KubeTarget t = kube_target(minor ? minor : 20);
    if (!schema_decode(type, &v, &t, a, &out, NULL, &err)) {
        fail_msg("%s: %.*s", name, STR_ARG(err.msg));
    }
    return out;
}

static inline void group_set_version(Value *object, Arena *a)
{
    value_set_lit(value_get_lit(object, "metadata"), "resourceVersion", value_str(STR("1")), a);
}

static inline void group_expect(const char *name, Str got, const char *want, const char *sep)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("%s:\n got%s%.*s\nwant%s%s", name, sep, STR_ARG(got), sep, want);
    }
}

/* Each row has exactly the errors that it wants. */
static inline void group_check_errors(const GroupKind *kind, const GroupRow *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Arena a;
        arena_init(&a, 0);
        KubeTarget t = kube_target(rows[i].minor ? rows[i].minor : 20);
        Value object = group_read(rows[i].name, rows[i].object, rows[i].minor, &a);
        FieldErrors errs = field_errors_new(&a);
        if (kind->defaults) {
            kind->defaults(&object, &t, &a);
        }
        if (rows[i].old) {
            Value old = group_read(rows[i].name, rows[i].old, rows[i].minor, &a);
            if (kind->defaults) {
                kind->defaults(&old, &t, &a);
            }
            group_set_version(&object, &a);
            group_set_version(&old, &a);
            kind->update(&object, &old, &t, &errs);
        } else {
            kind->create(&object, &t, &errs);
        }
        Buf b = buf_new(&a);
        for (const FieldError *e = errs.first; e; e = e->next) {
            field_error_write(e, &b);
            buf_add(&b, e->next ? STR("\n") : STR(""));
        }
        group_expect(rows[i].name, buf_str(&b), rows[i].want, "\n");
        arena_done(&a);
    }
}

/* Each row with its defaults is what it wants, as JSON. */
static inline void group_check_defaults(const GroupKind *kind, const GroupRow *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Arena a;
        arena_init(&a, 0);
        KubeTarget t = kube_target(rows[i].minor ? rows[i].minor : 20);
        Value object = group_read(rows[i].name, rows[i].object, rows[i].minor, &a);
        kind->defaults(&object, &t, &a);
        Value want = group_read(rows[i].name, rows[i].want, rows[i].minor, &a);
        if (!value_equal(&object, &want)) {
            Buf b = buf_new(&a);
            json_write(&object, &b);
            fail_msg("%s:\n got %.*s\nwant %s", rows[i].name, STR_ARG(buf_str(&b)), rows[i].want);
        }
        arena_done(&a);
    }
}

#define GROUP_ERRORS(kind, rows) group_check_errors((kind), (rows), COUNT_OF(rows))
#define GROUP_DEFAULTS(kind, rows) group_check_defaults((kind), (rows), COUNT_OF(rows))

#endif
