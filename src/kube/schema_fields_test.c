/* SPDX-License-Identifier: Apache-2.0 */
/* A walk through every field of pods, policies, roles and bindings: a value of each wrong type is
 * refused with the path of the field, and null is as good as nothing. */
#include "doc/json.h"
#include "kube/schema.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

enum { STEPS_MAX = 40 };

/* One step from the root to a value. */
typedef struct Step {
    Str name;
    bool is_item; /* of a list, the first */
    bool is_key;  /* of a map, "k" */
} Step;

typedef struct Walk {
    const SchemaType *root;
    KubeTarget target;
    Arena *arena;
    Step steps[STEPS_MAX];
    size_t depth;
    size_t fields;
    size_t tried;
} Walk;

/* The smallest document that has v at the place. */
static Value wrap(const Walk *w, Value v)
{
    for (size_t i = w->depth; i-- > 0;) {
        const Step *s = &w->steps[i];
        Value outer = s->is_item ? value_array() : value_object();
        if (s->is_item) {
            value_add(&outer, v, w->arena);
        } else {
            value_set(&outer, s->is_key ? STR("k") : s->name, v, w->arena);
        }
        v = outer;
    }
    return v;
}

static Str path_text(const Walk *w)
{
    Buf b = buf_new(w->arena);
    for (size_t i = 0; i < w->depth; i++) {
        if (w->steps[i].is_item) {
            buf_lit(&b, "[0]");
        } else if (w->steps[i].is_key) {
            buf_lit(&b, "[k]");
        } else {
            buf_add(&b, i ? STR(".") : STR(""));
            buf_add(&b, w->steps[i].name);
        }
    }
    return buf_str(&b);
}

static void refuses(Walk *w, Value wrong)
{
    Value doc = wrap(w, wrong);
    Str path = path_text(w);
    Value out;
    Err err = { 0 };
    if (schema_decode(w->root, &doc, &w->target, w->arena, &out, NULL, &err)) {
        fail_msg("%.*s: accepts %.*s", STR_ARG(path), STR_ARG(value_kind_name(&wrong)));
    }
    Str want = arena_concat(w->arena, path, STR(": "));
    if (err.code != ERR_TYPE || !str_starts_with(err.msg, want)) {
        fail_msg("%.*s: got %.*s", STR_ARG(path), STR_ARG(err.msg));
    }
    SchemaReport report = schema_report_new(w->arena);
    if (schema_check(w->root, &doc, &w->target, &report) || report.count != 1 ||
        report.first->kind != SCHEMA_NOTE_TYPE || !str_eq(report.first->path, path)) {
        fail_msg("%.*s: %zu notes", STR_ARG(path), report.count);
    }
    w->tried++;
}

static void takes_null(Walk *w)
{
    Value doc = wrap(w, value_null());
    Value out;
    Value again;
    Err err = { 0 };
    if (!schema_normalise(w->root, &doc, &w->target, w->arena, &out, NULL, &err) ||
        !schema_normalise(w->root, &out, &w->target, w->arena, &again, NULL, &err) ||
        !value_equal(&out, &again)) {
        fail_msg("%.*s: null: %.*s", STR_ARG(path_text(w)), STR_ARG(err.msg));
    }
}

static void walk_type(Walk *w, const SchemaType *t);

static void walk_step(Walk *w, const SchemaType *t, Step step)
{
    assert_true(w->depth < STEPS_MAX);
    w->steps[w->depth++] = step;
    ArenaMark mark = arena_mark(w->arena);
    takes_null(w);
    walk_type(w, t);
    arena_rewind(w->arena, mark);
    w->depth--;
}

/* A value of each kind that JSON has. */
static const struct {
    Value value;
    unsigned fits; /* a bit for each SchemaKind */
} values[] = {
#define FITS(kind) (1u << SCHEMA_##kind)
    { { .kind = VALUE_BOOL, .b = true }, FITS(BOOL) },
    { { .kind = VALUE_INT, .i = 1 },
      FITS(INT32) | FITS(INT64) | FITS(INT_OR_STRING) | FITS(QUANTITY) },
    { { .kind = VALUE_INT, .i = INT64_MAX }, FITS(INT64) | FITS(QUANTITY) },
    { { .kind = VALUE_UINT, .u = UINT64_MAX }, FITS(QUANTITY) },
    { { .kind = VALUE_FLOAT, .f = 1.5 }, FITS(QUANTITY) },
    { { .kind = VALUE_STRING, .len = 1, .s = "?" }, FITS(STRING) | FITS(INT_OR_STRING) },
    { { .kind = VALUE_ARRAY }, FITS(LIST) },
    { { .kind = VALUE_OBJECT }, FITS(MAP) | FITS(STRUCT) },
};

static void walk_type(Walk *w, const SchemaType *t)
{
    SchemaKind kind = schema_kind(t);
    for (size_t i = 0; i < COUNT_OF(values) && kind != SCHEMA_RAW; i++) {
        if (!(values[i].fits >> kind & 1)) {
            refuses(w, values[i].value);
        }
    }
    if (kind == SCHEMA_LIST) {
        walk_step(w, schema_item(t), (Step){ .is_item = true });
    } else if (kind == SCHEMA_MAP) {
        walk_step(w, schema_item(t), (Step){ .is_key = true });
    }
    for (unsigned i = 0; i < t->field_count; i++) {
        const SchemaField *f = &schema_fields_of(t)[i];
        if (schema_field_is_in(f, &w->target)) {
            w->fields++;
            walk_step(w, schema_field_type(f), (Step){ .name = schema_field_name(f) });
        }
    }
}

static void every_field(void **state)
{
    (void)state;
    static const struct {
        const char *api_version;
        const char *kind;
        int minor;
        size_t fields_min;
    } rows[] = {
        { "v1", "Pod", 20, 1000 },
        { "v1", "Pod", KUBE_MINOR_NEWEST, 1100 },
        { "policy/v1beta1", "PodSecurityPolicy", 20, 60 },
        { "extensions/v1beta1", "PodSecurityPolicy", 20, 60 },
        { "podgate.io/v1", "PodSecurityPolicy", 30, 60 },
        { "rbac.authorization.k8s.io/v1", "Role", 20, 25 },
        { "rbac.authorization.k8s.io/v1", "ClusterRole", 20, 25 },
        { "rbac.authorization.k8s.io/v1", "RoleBinding", 20, 25 },
        { "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", 20, 25 },
        { "v1", "ServiceAccount", 20, 25 },
        { "v1", "Namespace", 20, 25 },
        { "admission.k8s.io/v1", "AdmissionReview", 20, 25 },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Walk w = { .root = schema_find(str_from_c(rows[i].api_version), str_from_c(rows[i].kind)),
                   .target = kube_target(rows[i].minor),
                   .arena = &a };
        assert_non_null(w.root);
        for (unsigned j = 0; j < w.root->field_count; j++) {
            const SchemaField *f = &schema_fields_of(w.root)[j];
            walk_step(&w, schema_field_type(f), (Step){ .name = schema_field_name(f) });
        }
        if (w.fields < rows[i].fields_min || w.tried < 4 * w.fields) {
            fail_msg("%s: only %zu fields, %zu values", rows[i].kind, w.fields, w.tried);
        }
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field),
    };
    return cmocka_run_group_tests_name("kube/schema_fields", tests, NULL, NULL);
}
