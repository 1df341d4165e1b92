/* SPDX-License-Identifier: Apache-2.0 */
/* Stored objects as a request sees them. */
#include "base/url.h"
#include "kube/groups/convert.h"
#include "kube/selectable.h"
#include "server/api/call.h"

Str api_query(const ApiCall *call, const char *key)
{
    return url_query_get(call->info.query, str_from_c(key), call->arena);
}

Str api_namespace(const ApiCall *call)
{
    return call->kind.namespaced ? call->info.namespace : STR("");
}

ObjectKey api_key(const ApiCall *call, Str name)
{
    return (ObjectKey){ call->kind.group, call->kind.kind, api_namespace(call), name };
}

const Value *api_of_kind(const KubeKind *kind, const Value *object, const KubeTarget *target,
                         Arena *a)
{
    if (kind->custom) {
        return custom_kind_read(kind, object, a);
    }
    if (str_eq(value_get_str(object, STR("apiVersion")), kind->api_version)) {
        return object;
    }
    Value *out = new(a, Value, 1);
    (void)!kube_convert(object, kind->api_version, target, a, out);
    return out;
}

const Value *api_in_version(ApiCall *call, const Value *object)
{
    return call->kind.custom && call->kind.custom->crd.is_webhook_conversion
               ? api_convert_read(call, object)
               : api_of_kind(&call->kind, object, call->request->target, call->arena);
}

const Value *api_find(ApiCall *call, Str name)
{
    const Value *stored = call->facts->object(call->facts->cluster, api_key(call, name));
    return stored ? api_in_version(call, stored) : NULL;
}

Str api_object_name(const Value *object)
{
    Str name = value_as_str(value_at(object, "metadata", "name", NULL));
    return name.ptr ? name : STR("");
}

Str api_object_namespace(const Value *object)
{
    Str namespace = value_as_str(value_at(object, "metadata", "namespace", NULL));
    return namespace.ptr ? namespace : STR("");
}

bool api_answer_not_found(ApiCall *call, Str name)
{
    return api_answer_status(
        call, status_not_found(call->arena, call->kind.group, call->kind.resource, name));
}

/* -- selectors ------------------------------------------------------------------------------------
 */

bool api_read_labels(ApiCall *call, LabelSelector *labels)
{
    Err err;
    Str text = api_query(call, "labelSelector");
    return label_selector_parse_as(text.ptr ? text : STR(""), call->request->target->minor,
                                   call->arena, labels, &err) ||
           api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
}

bool api_read_selectors(ApiCall *call, LabelSelector *labels, FieldSelector *fields)
{
    Err err;
    if (!api_read_labels(call, labels)) {
        return false;
    }
    Str text = api_query(call, "fieldSelector");
    if (!field_selector_parse(text.ptr ? text : STR(""), call->arena, fields, &err)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(err.msg));
    }
    Str message;
    if (!field_selector_check(fields, &call->kind, call->request->target, call->arena, &message)) {
        return api_answer_bad_request(call, "%.*s", STR_ARG(message));
    }
    return true;
}

bool api_matches(const KubeKind *kind, const LabelSelector *labels, const FieldSelector *fields,
                 const Value *object)
{
    return (fields->count == 0 || field_selector_matches(fields, kind, object)) &&
           label_selector_matches(labels, value_at(object, "metadata", "labels", NULL));
}
