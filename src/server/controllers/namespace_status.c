/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of a namespace on its way out.
 *
 * Source: Kubernetes pkg/controller/namespace/deletion/status_condition_utils.go
 */
#include "server/controllers/namespace_status.h"

#include <stdlib.h>

/* -- what stays -------------------------------------------------------------------------------- */

static void count_up(NamespaceCount **list, size_t *count, Str name, size_t by, Arena *a)
{
    for (size_t i = 0; i < *count; i++) {
        if (str_eq((*list)[i].name, name)) {
            (*list)[i].count += by;
            return;
        }
    }
    NamespaceCount *grown = new(a, NamespaceCount, *count + 1);
    if (*count) {
        memcpy(grown, *list, *count * sizeof *grown);
    }
    grown[(*count)++] = (NamespaceCount){ name, by };
    *list = grown;
}

void namespace_content_add(NamespaceContent *content, Str resource, Str group,
                           const Value *const *items, size_t count, Arena *a)
{
    if (count == 0) {
        return;
    }
    Str name = arena_printf(a, "%.*s.%.*s", STR_ARG(resource), STR_ARG(group));
    count_up(&content->resources, &content->resource_count, name, count, a);
    for (size_t i = 0; i < count; i++) {
        VALUE_EACH_ITEM(f, value_at(items[i], "metadata", "finalizers", NULL)) {
            count_up(&content->finalizers, &content->finalizer_count, value_as_str(f), 1, a);
        }
    }
}

/* -- in words ---------------------------------------------------------------------------------- */

static int by_text(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

/* "PREFIX: configmaps. has 1 resource instances, pods. has 2 resource instances" */
static Str list_text(const char *prefix, const char *verb, const NamespaceCount *list, size_t count,
                     Arena *a)
{
    Str *texts = new(a, Str, count);
    for (size_t i = 0; i < count; i++) {
        texts[i] = arena_printf(a, "%.*s %s %zu resource instances", STR_ARG(list[i].name), verb,
                                list[i].count);
    }
    qsort(texts, count, sizeof *texts, by_text);
    Buf b = buf_new(a);
    buf_add(&b, str_from_c(prefix));
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, i ? STR(", ") : STR(": "));
        buf_add(&b, texts[i]);
    }
    return buf_str(&b);
}

/* -- conditions -------------------------------------------------------------------------------- */

typedef struct Condition {
    Str type;
    bool is_bad;
    Str reason;
    Str message;
} Condition;

static Value *find(Value *conditions, Str type)
{
    VALUE_EACH_ITEM(item, conditions) {
        if (str_eq(value_get_str(item, STR("type")), type)) {
            return item;
        }
    }
    return NULL;
}

/* True when something changed. */
static bool set_condition(Value *conditions, const Condition *c, Str now, Arena *a)
{
    Str status = c->is_bad ? STR("True") : STR("False");
    Value *there = find(conditions, c->type);
    bool same_status = there && str_eq(value_get_str(there, STR("status")), status);
    if (same_status && str_eq(value_get_str(there, STR("reason")), c->reason) &&
        str_eq(value_get_str(there, STR("message")), c->message)) {
        return false;
    }
    const Value *before = value_get_lit(there, "lastTransitionTime");
    Value made = value_object();
    Value since = same_status && before ? *before : value_str(now);
    value_set_lit(&made, "type", value_str(c->type), a);
    value_set_lit(&made, "status", value_str(status), a);
    value_set_lit(&made, "lastTransitionTime", since, a);
    value_set_lit(&made, "reason", value_str(c->reason), a);
    value_set_lit(&made, "message", value_str(c->message), a);
    if (there) {
        *there = made;
    } else {
        value_add(conditions, made, a);
    }
    return true;
}

bool namespace_set_conditions(Value *namespace, const NamespaceContent *content, Str now, Arena *a)
{
    Condition conditions[] = {
        { STR_INIT("NamespaceDeletionDiscoveryFailure"), false, STR_INIT("ResourcesDiscovered"),
          STR_INIT("All resources successfully discovered") },
        { STR_INIT("NamespaceDeletionGroupVersionParsingFailure"), false,
          STR_INIT("ParsedGroupVersions"), STR_INIT("All legacy kube types successfully parsed") },
        { STR_INIT("NamespaceDeletionContentFailure"), false, STR_INIT("ContentDeleted"),
          STR_INIT("All content successfully deleted, may be waiting on finalization") },
        { STR_INIT("NamespaceContentRemaining"), false, STR_INIT("ContentRemoved"),
          STR_INIT("All content successfully removed") },
        { STR_INIT("NamespaceFinalizersRemaining"), false, STR_INIT("ContentHasNoFinalizers"),
          STR_INIT("All content-preserving finalizers finished") },
    };
    if (content->resource_count) {
        conditions[3].is_bad = true;
        conditions[3].reason = STR("SomeResourcesRemain");
        conditions[3].message = list_text("Some resources are remaining", "has", content->resources,
                                          content->resource_count, a);
    }
    if (content->finalizer_count) {
        conditions[4].is_bad = true;
        conditions[4].reason = STR("SomeFinalizersRemain");
        conditions[4].message = list_text("Some content in the namespace has finalizers remaining",
                                          "in", content->finalizers, content->finalizer_count, a);
    }
    Value *status = value_need_object(namespace, STR("status"), a);
    if (status == NULL) {
        return false;
    }
    Value *list = value_get_lit(status, "conditions");
    if (!value_is(list, VALUE_ARRAY)) {
        list = value_set_lit(status, "conditions", value_array(), a);
    }
    bool changed = false;
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        changed |= set_condition(list, &conditions[i], now, a);
    }
    return changed;
}
