/* SPDX-License-Identifier: Apache-2.0 */
/* Patches of every kind. The input is a row of JSON documents: one to patch, and patches or other
 * documents. A patch changes nothing but its target, and that only when it succeeds; what a diff
 * finds makes one document of the other. */
#include "fuzz.h"

#include "doc/doc.h"
#include "doc/json.h"
#include "doc/merge.h"
#include "doc/patch.h"
#include "doc/strategic.h"

/* A schema in which everything may be patched: lists of objects by name, names in capitals as a
 * whole. */
static StrategicLookup any_field(const void *schema, StrategicType type, Str name, bool is_list,
                                 StrategicField *out)
{
    (void)is_list;
    bool is_plain = name.len && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
    *out = (StrategicField){ .type = type, .merge = !is_plain, .merge_key = STR("name") };
    if (name.len && name.ptr[0] == 's') {
        out->merge_key = STR_ABSENT; /* a set of scalars */
    }
    (void)schema;
    return name.len ? STRATEGIC_FOUND : STRATEGIC_NO_FIELD;
}

static Str any_name(const void *schema, StrategicType type)
{
    (void)schema;
    (void)type;
    return STR("struct");
}

static const StrategicFacts facts = { NULL, any_field, any_name, any_name };

static bool has_null(const Value *v)
{
    VALUE_EACH_ITEM(item, v) {
        if (has_null(item)) {
            return true;
        }
    }
    VALUE_EACH_MEMBER(m, v) {
        if (has_null(&m->value)) {
            return true;
        }
    }
    return v->kind == VALUE_NULL;
}

static Str text_of(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    return buf_str(&b);
}

static void check_diff(const Value *from, const Value *to, Arena *a)
{
    Value patch = patch_diff(from, to, a);
    Value got = *from;
    HOLDS(patch_apply(&got, &patch, a, NULL));
    HOLDS(value_equal(&got, to));
    if (!has_null(from) && !has_null(to)) {
        patch = merge_diff(from, to, a);
        got = merge_apply(from, &patch, a);
        HOLDS(value_equal(&got, to));
    }
}

static void check_patch(const Value *doc, const Value *patch, Arena *a)
{
    Err err = { 0 };
    Value one = *doc;
    Value two = *doc;
    bool ok = patch_apply(&one, patch, a, &err);
    HOLDS(ok || err.msg.len);
    if (err.code != ERR_LIMIT) {
        HOLDS(patch_apply_sharing(&two, patch, a, NULL) == ok);
        HOLDS(value_equal(&one, &two));
    }
    Value three = *doc;
    err = (Err){ 0 };
    HOLDS(patch_apply_as_server(&three, patch, a, &err) || err.msg.len);
    Value merged = merge_apply(doc, patch, a);
    text_of(&merged, a);
    if (merge_apply_as_server(doc, patch, a, &merged, NULL)) {
        text_of(&merged, a);
    }
    err = (Err){ 0 };
    if (strategic_apply(doc, patch, &facts, NULL, a, &merged, &err)) {
        text_of(&merged, a);
    } else {
        HOLDS(err.msg.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    DocList docs;
    Str text = str_from((const char *)data, size);
    if (docs_read(STR("f"), text, &doc_limits_request, &a, &docs, NULL)) {
        for (size_t i = 1; i < docs.count && i < 4; i++) {
            const Value *doc = &docs.items[0].root;
            const Value *other = &docs.items[i].root;
            Str doc_before = text_of(doc, &a);
            Str other_before = text_of(other, &a);
            check_patch(doc, other, &a);
            check_diff(doc, other, &a);
            check_diff(other, doc, &a);
            HOLDS(str_eq(text_of(doc, &a), doc_before));
            HOLDS(str_eq(text_of(other, &a), other_before));
        }
    }
    arena_done(&a);
    return 0;
}
