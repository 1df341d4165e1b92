/* SPDX-License-Identifier: Apache-2.0 */
/* Objects cut down to their metadata. */
#include "server/table/partial.h"

#include "kube/kinds.h"

/* -- metadata ---------------------------------------------------------------------------------- */

/*
 * What a version of a kind keeps in annotations, because it has no fields for it. The server holds
 * it in fields, so that the metadata alone does not have these.
 */
static const struct {
    const char *group;
    const char *kind;
    const char *annotation;
} held_in_fields[] = {
    { "apps", "DaemonSet", "deprecated.daemonset.template.generation" },
    { "apps", "Deployment", "deprecated.deployment.rollback.to" },
    { "autoscaling", "HorizontalPodAutoscaler", "autoscaling.alpha.kubernetes.io/metrics" },
    { "autoscaling", "HorizontalPodAutoscaler", "autoscaling.alpha.kubernetes.io/current-metrics" },
    { "autoscaling", "HorizontalPodAutoscaler", "autoscaling.alpha.kubernetes.io/conditions" },
    { "autoscaling", "HorizontalPodAutoscaler", "autoscaling.alpha.kubernetes.io/behavior" },
};

static Value without_fields(const Value *metadata, Str group, Str kind, Arena *a)
{
    Value own = *metadata;
    for (size_t i = 0; i < COUNT_OF(held_in_fields); i++) {
        Str name = str_from_c(held_in_fields[i].annotation);
        if (!str_eq(group, str_from_c(held_in_fields[i].group)) ||
            !str_eq(kind, str_from_c(held_in_fields[i].kind)) ||
            !value_get(value_get(&own, STR("annotations")), name)) {
            continue;
        }
        own = value_copy(&own, a);
        Value *annotations = value_get(&own, STR("annotations"));
        value_remove(annotations, name);
        if (value_len(annotations) == 0) {
            value_remove(&own, STR("annotations"));
        }
    }
    return own;
}

/* Custom resources keep their members by name; metadata alone is of a type that has an order. */
static Value in_order(const Value *metadata, Arena *a)
{
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    const SchemaType *type = schema_find_type(STR("meta/v1.ObjectMeta"));
    Value ordered;
    return schema_normalise(type, metadata, &target, a, &ordered, NULL, NULL) ? ordered : *metadata;
}

static Value own_metadata(const Value *object, Arena *a)
{
    KubeKind known;
    Str group, version;
    const Value *metadata = value_get(object, STR("metadata"));
    Str api_version = value_get_str(object, STR("apiVersion"));
    Str kind = value_get_str(object, STR("kind"));
    if (!value_is(metadata, VALUE_OBJECT)) {
        return value_object();
    }
    if (!kube_kind_find(api_version, kind, &known)) {
        return in_order(metadata, a);
    }
    kube_split_api_version(api_version, &group, &version);
    return without_fields(metadata, group, kind, a);
}

/* -- objects and lists ------------------------------------------------------------------------- */

Value partial_of_object(Str api_version, const Value *object, Arena *a)
{
    Value partial = value_object();
    value_set_lit(&partial, "kind", value_str(STR("PartialObjectMetadata")), a);
    value_set_lit(&partial, "apiVersion", value_str(api_version), a);
    value_set_lit(&partial, "metadata", own_metadata(object, a), a);
    return partial;
}

Value partial_of_list(Str api_version, const KubeTarget *target, const Value *items,
                      const Value *metadata, Arena *a)
{
    enum { REMAINING_SINCE = 24 };
    static const char *const kept[] = { "selfLink", "resourceVersion", "continue",
                                        "remainingItemCount" };
    Value list = value_object(), head = value_object(), partials = value_array();
    VALUE_EACH_ITEM(item, items) {
        value_add(&partials, partial_of_object(api_version, item, a), a);
    }
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        Str key = str_from_c(kept[i]);
        const Value *value = value_get(metadata, key);
        bool is_remaining = str_eq(key, STR("remainingItemCount"));
        bool is_empty = value_is(value, VALUE_STRING) && value->len == 0;
        if (value && !is_empty && (!is_remaining || target->minor >= REMAINING_SINCE)) {
            value_set(&head, key, *value, a);
        }
    }
    value_set_lit(&list, "kind", value_str(STR("PartialObjectMetadataList")), a);
    value_set_lit(&list, "apiVersion", value_str(api_version), a);
    value_set_lit(&list, "metadata", head, a);
    value_set_lit(&list, "items", partials.len ? partials : value_null(), a);
    return list;
}

/* -- the wrong one of the two ------------------------------------------------------------------ */

/* The Go package of a kind's type, where it is not the first part of the group's name. */
static Str go_package(Str group, Str kind)
{
    static const struct {
        const char *group;
        const char *kind; /* NULL: any */
        const char *package;
    } packages[] = {
        { "", NULL, "core" },
        { "events.k8s.io", NULL, "core" },
        { "extensions", "Ingress", "networking" },
        { "extensions", "NetworkPolicy", "networking" },
        { "extensions", "PodSecurityPolicy", "policy" },
        { "extensions", NULL, "apps" },
        { "internal.apiserver.k8s.io", NULL, "apiserverinternal" },
    };
    for (size_t i = 0; i < COUNT_OF(packages); i++) {
        if (str_eq(group, str_from_c(packages[i].group)) &&
            (!packages[i].kind || str_eq(kind, str_from_c(packages[i].kind)))) {
            return str_from_c(packages[i].package);
        }
    }
    Str first, rest;
    str_split_once(group, '.', &first, &rest);
    return first;
}

Status partial_status_mismatch(Str group, Str kind, bool is_custom, bool is_list, Arena *a)
{
    const char *suffix = is_list ? "List" : "";
    Str package = is_custom ? STR("unstructured") : go_package(group, kind);
    Str type = is_custom ? STR("Unstructured") : kind;
    return (Status){
        .code = 406,
        .reason = STR("NotAcceptable"),
        .message = arena_printf(
            a,
            is_list ? "you requested PartialObjectMetadata, but the requested object is a list "
                      "(*%.*s.%.*s%s)"
                    : "you requested PartialObjectMetadataList, but the requested object is not a "
                      "list (*%.*s.%.*s%s)",
            STR_ARG(package), STR_ARG(type), suffix),
    };
}
