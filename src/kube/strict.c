/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unknown and repeated fields. Where Go hands a value to a decoder of its own (a quantity, any
 * JSON) nothing is looked at any more, and neither is what an unknown field holds.
 */
#include "kube/strict.h"

#include "base/map.h"
#include "doc/json_go.h"
#include "doc/limits.h"
#include "doc/yaml.h"
#include "kube/json_schema.h"

typedef struct Strict {
    const KubeTarget *target;
    Arena *arena;
    Str *errors;                        /* room for STRICT_ERRORS_MAX */
    uint64_t hashes[STRICT_ERRORS_MAX]; /* of the errors */
    size_t count;
} Strict;

/* A step to a value: a key, or a place in a list. */
typedef struct Step {
    const struct Step *parent;
    Str key; /* absent: index */
    size_t index;
    uint64_t hash; /* of the whole path */
    unsigned depth;
} Step;

static uint64_t mix(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ hash >> 32;
}

static Step step_key(const Step *parent, Str key)
{
    return (Step){ .parent = parent,
                   .key = key,
                   .hash = mix(parent ? parent->hash : 1, str_hash(key)),
                   .depth = parent ? parent->depth + 1 : 1 };
}

static Step step_index(const Step *parent, size_t index)
{
    return (Step){ .parent = parent,
                   .index = index,
                   .hash = mix(parent ? parent->hash : 1, ~(uint64_t)index),
                   .depth = parent ? parent->depth + 1 : 1 };
}

/* Unlike paths elsewhere, a map's key stands behind a point: metadata.labels.app. */
static void write_steps(const Step *s, Buf *b)
{
    if (!s) {
        return;
    }
    write_steps(s->parent, b);
    if (!s->key.ptr) {
        buf_printf(b, "[%zu]", s->index);
        return;
    }
    buf_add(b, s->parent ? STR(".") : STR(""));
    buf_add(b, s->key);
}

/* Equal errors are known by their hashes, so that a long path is not written again for each. */
static void add_field(Strict *st, Str what, const Step *parent, Str key)
{
    const Step step = step_key(parent, key);
    uint64_t hash = mix(step.hash, str_hash(what));
    for (size_t i = 0; i < st->count; i++) {
        if (st->hashes[i] == hash) {
            return;
        }
    }
    if (st->count == STRICT_ERRORS_MAX) {
        return;
    }
    Buf path = buf_new(st->arena);
    write_steps(&step, &path);
    Buf b = buf_new(st->arena);
    buf_add(&b, what);
    buf_lit(&b, " field ");
    buf_go_quoted(&b, buf_str(&path));
    st->hashes[st->count] = hash;
    st->errors[st->count++] = buf_str(&b);
}

/* Whether to go into a value at all: an unread document may be deeper than any other. */
static bool is_too_deep(const Step *at)
{
    return at && at->depth > DOC_DEPTH_MAX;
}

/* -- objects of any keys ------------------------------------------------------------------------
 */

typedef void (*CheckFn)(Strict *st, const void *type, const Value *v, const Step *at);

static void check_list(Strict *st, CheckFn check, const void *type, const Value *list,
                       const Step *at)
{
    for (uint32_t i = 0; list->kind == VALUE_ARRAY && i < list->len; i++) {
        Step step = step_index(at, i);
        check(st, type, &list->items[i], &step);
    }
}

static void check_map(Strict *st, CheckFn check, const void *type, const Value *map, const Step *at)
{
    Map seen = map_new(st->arena);
    VALUE_EACH_MEMBER(m, map) {
        if (map_has(&seen, member_key(m))) {
            add_field(st, STR("duplicate"), at, member_key(m));
        }
        map_set(&seen, member_key(m), m);
        Step step = step_key(at, member_key(m));
        check(st, type, &m->value, &step);
    }
}

/* A value of no known type. */
static void check_any(Strict *st, const void *unused, const Value *v, const Step *at)
{
    (void)unused;
    if (is_too_deep(at)) {
        return;
    }
    if (v->kind == VALUE_OBJECT) {
        check_map(st, check_any, NULL, v, at);
    } else {
        check_list(st, check_any, NULL, v, at);
    }
}

/* -- the schema of a CustomResourceDefinition ---------------------------------------------------
 */

static void check_schema(Strict *st, const void *message, const Value *v, const Step *at);

/* What decodes itself. */
static void check_nothing(Strict *st, const void *unused, const Value *v, const Step *at)
{
    (void)st;
    (void)unused;
    (void)v;
    (void)at;
}

static void check_row(Strict *st, const JsonSchemaRow *row, const Value *v, const Step *at)
{
    switch ((JsonSchemaForm)row->form) {
    case JSON_SCHEMA_SCHEMA:
        check_schema(st, &json_schema_props, v, at);
        break;
    case JSON_SCHEMA_DOCS:
        check_schema(st, &json_schema_docs, v, at);
        break;
    case JSON_SCHEMA_SCHEMAS:
        check_list(st, check_schema, &json_schema_props, v, at);
        break;
    case JSON_SCHEMA_RULES:
        check_list(st, check_schema, &json_schema_rule, v, at);
        break;
    case JSON_SCHEMA_SCHEMA_MAP:
        check_map(st, check_schema, &json_schema_props, v, at);
        break;
    case JSON_SCHEMA_SCHEMA_OR_STRINGS:
        check_map(st, check_nothing, NULL, v, at);
        break;
    default:
        break;
    }
}

static void check_schema(Strict *st, const void *message, const Value *v, const Step *at)
{
    if (is_too_deep(at)) {
        return;
    }
    uint64_t seen = 0;
    const JsonSchemaMessage *of = message;
    VALUE_EACH_MEMBER(m, v) {
        const JsonSchemaRow *row = json_schema_row(of, member_key(m), st->target->minor);
        if (!row) {
            add_field(st, STR("unknown"), at, member_key(m));
            continue;
        }
        if (seen >> row->number & 1) {
            add_field(st, STR("duplicate"), at, member_key(m));
        }
        seen |= (uint64_t)1 << row->number;
        Step step = step_key(at, member_key(m));
        check_row(st, row, &m->value, &step);
    }
}

/* -- types --------------------------------------------------------------------------------------
 */

static void check_typed(Strict *st, const void *type, const Value *v, const Step *at);

static void check_struct(Strict *st, const SchemaType *t, const Value *v, const Step *at)
{
    bool seen[SCHEMA_FIELDS_MAX] = { false };
    VALUE_EACH_MEMBER(m, v) {
        const SchemaField *f = schema_field(t, member_key(m), st->target);
        if (!f) {
            add_field(st, STR("unknown"), at, member_key(m));
            continue;
        }
        bool *was = &seen[f - schema_fields_of(t)];
        if (*was) {
            add_field(st, STR("duplicate"), at, member_key(m));
        }
        *was = true;
        Step step = step_key(at, member_key(m));
        if (str_eq(member_key(m), STR("openAPIV3Schema"))) {
            check_schema(st, &json_schema_props, &m->value, &step);
        } else {
            check_typed(st, schema_field_type(f), &m->value, &step);
        }
    }
}

static void check_typed(Strict *st, const void *type, const Value *v, const Step *at)
{
    const SchemaType *t = type;
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT:
        check_struct(st, t, v, at);
        break;
    case SCHEMA_LIST:
        check_list(st, check_typed, schema_item(t), v, at);
        break;
    case SCHEMA_MAP:
        check_map(st, check_typed, schema_item(t), v, at);
        break;
    default:
        break;
    }
}

/* first: an error that goes before the others; may be absent */
static StrList check_document(const SchemaType *t, const Value *v, Str first,
                              const KubeTarget *target, Arena *a)
{
    Str *errors = new(a, Str, STRICT_ERRORS_MAX + 1);
    errors[0] = first;
    size_t before = first.ptr ? 1 : 0;
    Strict st = { .target = target, .arena = a, .errors = errors + before };
    if (t) {
        check_typed(&st, t, v, NULL);
    } else {
        check_any(&st, NULL, v, NULL);
    }
    return (StrList){ errors, before + st.count };
}

StrList strict_errors(const SchemaType *t, Str json, const KubeTarget *target, Arena *a)
{
    Value v;
    Err err;
    return json_go_read(json, a, &v, &err) ? check_document(t, &v, STR_ABSENT, target, a)
                                           : (StrList){ NULL, 0 };
}

/* What go-yaml says; absent when no key was repeated. */
static Str yaml_error(const YamlRepeatedKey *repeated, Arena *a)
{
    if (!repeated) {
        return STR_ABSENT;
    }
    Buf b = buf_new(a);
    buf_lit(&b, "yaml: unmarshal errors:");
    for (; repeated; repeated = repeated->next) {
        buf_printf(&b, "\n  line %zu: key ", repeated->line);
        buf_go_quoted(&b, repeated->key);
        buf_lit(&b, " already set in map");
    }
    return buf_str(&b);
}

StrList strict_errors_yaml(const SchemaType *t, Str yaml, const KubeTarget *target, Arena *a)
{
    const YamlRepeatedKey *repeated = NULL;
    Value v;
    Err err;
    return yaml_read_go(yaml, &doc_limits_request, a, &v, &repeated, &err)
               ? check_document(t, &v, yaml_error(repeated, a), target, a)
               : (StrList){ NULL, 0 };
}

Str strict_error_text(StrList errors, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "strict decoding error: ");
    for (size_t i = 0; i < errors.count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_add(&b, errors.items[i]);
    }
    return buf_str(&b);
}

/* -- the parameter ------------------------------------------------------------------------------
 */

bool field_validation_parse(Str parameter, const KubeTarget *target, FieldValidation *out,
                            FieldErrors *errs)
{
    /* There from 1.23 on, behind a feature gate that was off; on from 1.25 on. */
    enum { KNOWN_SINCE = 23, ON_SINCE = 25 };
    static const Str values[] = { STR_INIT(""), STR_INIT("Ignore"), STR_INIT("Strict"),
                                  STR_INIT("Warn") };
    static const FieldValidation meanings[] = { FIELD_VALIDATION_WARN, FIELD_VALIDATION_IGNORE,
                                                FIELD_VALIDATION_STRICT, FIELD_VALIDATION_WARN };
    if (target->minor < KNOWN_SINCE) {
        *out = FIELD_VALIDATION_IGNORE;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        if (str_eq(values[i], parameter)) {
            *out = target->minor < ON_SINCE ? FIELD_VALIDATION_IGNORE : meanings[i];
            return true;
        }
    }
    if (errs) {
        field_not_supported(errs, path_root("fieldValidation"), parameter,
                            (StrList){ values, COUNT_OF(values) });
    }
    return false;
}
