/* SPDX-License-Identifier: Apache-2.0 */
/* The paths of resources, and what may be done at them: clients look for what PATCH takes. */
#include "server/discovery/openapi_build.h"

/* -- parameters ------------------------------------------------------------------------------- */

/* Which operations take a parameter of the query. */
enum Operation {
    OP_CREATE = 1,
    OP_DELETE = 2,
    OP_DELETE_ALL = 4,
    OP_LIST = 8,
    OP_PATCH = 16,
    OP_UPDATE = 32
};

static const struct {
    const char *name;
    const char *type;
    unsigned operations;
    int since;
} query_parameters[] = {
    { "allowWatchBookmarks", "boolean", OP_LIST, 0 },
    { "continue", "string", OP_LIST | OP_DELETE_ALL, 0 },
    { "dryRun", "string", OP_CREATE | OP_DELETE | OP_DELETE_ALL | OP_PATCH | OP_UPDATE, 0 },
    { "fieldManager", "string", OP_CREATE | OP_PATCH | OP_UPDATE, 0 },
    { "fieldSelector", "string", OP_LIST | OP_DELETE_ALL, 0 },
    { "fieldValidation", "string", OP_CREATE | OP_PATCH | OP_UPDATE, 23 },
    { "force", "boolean", OP_PATCH, 0 },
    { "gracePeriodSeconds", "integer", OP_DELETE | OP_DELETE_ALL, 0 },
    { "labelSelector", "string", OP_LIST | OP_DELETE_ALL, 0 },
    { "limit", "integer", OP_LIST | OP_DELETE_ALL, 0 },
    { "orphanDependents", "boolean", OP_DELETE | OP_DELETE_ALL, 0 },
    { "propagationPolicy", "string", OP_DELETE | OP_DELETE_ALL, 0 },
    { "resourceVersion", "string", OP_LIST | OP_DELETE_ALL, 0 },
    { "resourceVersionMatch", "string", OP_LIST | OP_DELETE_ALL, 0 },
    { "sendInitialEvents", "boolean", OP_LIST | OP_DELETE_ALL, 27 },
    { "timeoutSeconds", "integer", OP_LIST | OP_DELETE_ALL, 0 },
    { "watch", "boolean", OP_LIST, 0 },
};

static void add_parameter(const OpenApiBuild *b, Value *list, const char *in, const char *name,
                          const char *type)
{
    Arena *a = b->arena;
    Value v = value_object();
    bool required = strcmp(in, "path") == 0;
    value_set_lit(&v, "in", value_str(str_from_c(in)), a);
    value_set_lit(&v, "name", value_str(str_from_c(name)), a);
    if (required) {
        value_set_lit(&v, "required", value_bool(true), a);
    }
    Value schema = value_object();
    Value *typed = b->is_v3 ? &schema : &v;
    value_set_lit(typed, "type", value_str(str_from_c(type)), a);
    value_set_lit(typed, "uniqueItems", value_bool(true), a);
    if (b->is_v3) {
        value_set_lit(&v, "schema", schema, a);
    }
    value_add(list, v, a);
}

static void add_query_parameters(const OpenApiBuild *b, Value *list, enum Operation operation)
{
    for (size_t i = 0; i < COUNT_OF(query_parameters); i++) {
        if ((query_parameters[i].operations & operation) &&
            b->target->minor >= query_parameters[i].since) {
            add_parameter(b, list, "query", query_parameters[i].name, query_parameters[i].type);
        }
    }
}

/* -- bodies ----------------------------------------------------------------------------------- */

/* Media types of bodies, and the like. */
typedef struct MediaTypes {
    const char *const *items;
    size_t count;
} MediaTypes;
#define MEDIA_TYPES(...)                                                                       \
    {                                                                                          \
        (const char *const[]){ __VA_ARGS__ }, COUNT_OF(((const char *const[]){ __VA_ARGS__ })) \
    }

static const MediaTypes schemes = MEDIA_TYPES("https");
static const MediaTypes any_type = MEDIA_TYPES("*/*");
static const MediaTypes patch_types = MEDIA_TYPES(
    "application/json-patch+json", "application/merge-patch+json",
    "application/strategic-merge-patch+json", "application/apply-patch+yaml");
static const MediaTypes object_types = MEDIA_TYPES("application/json", "application/yaml",
                                                   "application/vnd.kubernetes.protobuf");
static const MediaTypes custom_patch_types = MEDIA_TYPES(
    "application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml");
static const MediaTypes custom_types = MEDIA_TYPES("application/json", "application/yaml");

/* What is taken, and what is sent. */
static const MediaTypes *taken_types(bool is_custom, bool is_patch)
{
    if (is_custom) {
        return is_patch ? &custom_patch_types : &custom_types;
    }
    return is_patch ? &patch_types : &any_type;
}

static const MediaTypes *sent_types(bool is_custom)
{
    return is_custom ? &custom_types : &object_types;
}

static Value strings(const MediaTypes *types, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < types->count; i++) {
        value_add(&list, value_str(str_from_c(types->items[i])), a);
    }
    return list;
}

/* {"application/json": {"schema": ...}, ...} */
static Value content(const MediaTypes *types, Value schema, Arena *a)
{
    Value v = value_object();
    for (size_t i = 0; i < types->count; i++) {
        Value of_type = value_object();
        value_set_lit(&of_type, "schema", schema, a);
        value_set(&v, str_from_c(types->items[i]), of_type, a);
    }
    return v;
}

static void add_body(const OpenApiBuild *b, Value *operation, Value *parameters, Value model,
                     bool required, const MediaTypes *types)
{
    Arena *a = b->arena;
    Value body = value_object();
    if (b->is_v3) {
        value_set_lit(&body, "content", content(types, model, a), a);
        if (required) {
            value_set_lit(&body, "required", value_bool(true), a);
        }
        value_set_lit(operation, "requestBody", body, a);
        return;
    }
    value_set_lit(&body, "in", value_str(STR("body")), a);
    value_set_lit(&body, "name", value_str(STR("body")), a);
    if (required) {
        value_set_lit(&body, "required", value_bool(true), a);
    }
    value_set_lit(&body, "schema", model, a);
    value_add(parameters, body, a);
}

static void add_response(const OpenApiBuild *b, Value *responses, const char *code,
                         const char *words, Value model, const MediaTypes *types)
{
    Arena *a = b->arena;
    Value v = value_object();
    value_set_lit(&v, "description", value_str(str_from_c(words)), a);
    if (model.kind == VALUE_OBJECT) {
        if (b->is_v3) {
            value_set_lit(&v, "content", content(types, model, a), a);
        } else {
            value_set_lit(&v, "schema", model, a);
        }
    }
    value_set(responses, str_from_c(code), v, a);
}

/* -- operations ------------------------------------------------------------------------------- */

/* Where an operation stands. */
typedef struct PathPlace {
    const OpenApiResource *resource;
    const ResourceEntry *entry;
    bool named;
    bool in_namespace;
    bool in_all; /* a namespaced resource, in all namespaces */
    Value model; /* of the bodies; null for none */
} PathPlace;

/* "rbac.authorization.k8s.io" and "v1" into "RbacAuthorizationV1" (or "rbacAuthorization_v1") */
static Str group_title(Str group, Str version, bool is_tag, Arena *a)
{
    Buf b = buf_new(a);
    Str rest = group.len ? str_cut_suffix(group, STR(".k8s.io")) : STR("core");
    for (size_t i = 0; i < rest.len; i++) {
        bool first = i == 0 || rest.ptr[i - 1] == '.';
        char c = rest.ptr[i];
        bool raised = first && c >= 'a' && c <= 'z' && !(is_tag && i == 0);
        if (c != '.') {
            buf_byte(&b, raised ? (char)(c - 'a' + 'A') : c);
        }
    }
    if (is_tag) {
        buf_byte(&b, '_');
    }
    for (size_t i = 0; i < version.len; i++) {
        bool raised = i == 0 && !is_tag && version.ptr[i] == 'v';
        buf_byte(&b, raised ? 'V' : version.ptr[i]);
    }
    return buf_str(&b);
}

static void buf_title(Buf *b, Str word)
{
    for (size_t i = 0; i < word.len; i++) {
        bool raised = i == 0 && word.ptr[0] >= 'a' && word.ptr[0] <= 'z';
        buf_byte(b, raised ? (char)(word.ptr[i] - 'a' + 'A') : word.ptr[i]);
    }
}

/* "patchCoreV1NamespacedPodStatus" */
static Str operation_id(const PathPlace *p, const char *verb, const char *middle, Arena *a)
{
    Buf b = buf_new(a);
    buf_add(&b, str_from_c(verb));
    buf_add(&b, group_title(p->resource->group, p->resource->version, false, a));
    buf_add(&b, str_from_c(middle));
    if (p->in_namespace) {
        buf_lit(&b, "Namespaced");
    }
    buf_add(&b, p->resource->served->kind);
    if (p->entry->subresource.len) {
        buf_title(&b, p->entry->subresource);
    }
    if (p->in_all) {
        buf_lit(&b, "ForAllNamespaces");
    }
    return buf_str(&b);
}

/* What an operation is over HTTP: a row for each verb. */
typedef struct OperationRow {
    unsigned verb; /* ResourceVerbs */
    const char *method;
    const char *verb_name; /* begins operationId */
    const char *middle;    /* goes on */
    const char *action;
    enum Operation parameters;
} OperationRow;

static const OperationRow object_operations[] = {
    { RESOURCE_DELETE, "delete", "delete", "", "delete", OP_DELETE },
    { RESOURCE_GET, "get", "read", "", "get", 0 },
    { RESOURCE_PATCH, "patch", "patch", "", "patch", OP_PATCH },
    { RESOURCE_CREATE, "post", "create", "", "post", OP_CREATE },
    { RESOURCE_UPDATE, "put", "replace", "", "put", OP_UPDATE },
};
static const OperationRow collection_operations[] = {
    { RESOURCE_DELETECOLLECTION, "delete", "delete", "Collection", "deletecollection",
      OP_DELETE_ALL },
    { RESOURCE_LIST, "get", "list", "", "list", OP_LIST },
    { RESOURCE_CREATE, "post", "create", "", "post", OP_CREATE },
};

static Value answer_model(OpenApiBuild *b, const PathPlace *p, unsigned verb)
{
    if (verb & (RESOURCE_DELETE | RESOURCE_DELETECOLLECTION)) {
        const SchemaType *status = schema_find(STR("v1"), STR("Status"));
        return status ? openapi_ref_type(b, status) : value_null();
    }
    return verb == RESOURCE_LIST ? p->resource->list_model : p->model;
}

static void add_bodies(OpenApiBuild *b, const PathPlace *p, const OperationRow *row, Value *v,
                       Value *parameters)
{
    const MediaTypes *types = taken_types(p->resource->served->is_custom,
                                          row->verb == RESOURCE_PATCH);
    if (row->verb & (RESOURCE_CREATE | RESOURCE_UPDATE)) {
        if (p->model.kind == VALUE_OBJECT) {
            add_body(b, v, parameters, p->model, true, types);
        }
    } else if (row->verb == RESOURCE_PATCH) {
        add_body(b, v, parameters, openapi_ref(b, openapi_special_name(OPENAPI_PATCH)), true,
                 types);
    } else if (row->verb & (RESOURCE_DELETE | RESOURCE_DELETECOLLECTION)) {
        const SchemaType *options = schema_find(STR("v1"), STR("DeleteOptions"));
        if (options) {
            add_body(b, v, parameters, openapi_ref_type(b, options), false, types);
        }
    }
}

static Value responses_of(OpenApiBuild *b, const PathPlace *p, const OperationRow *row)
{
    Value responses = value_object();
    Value model = answer_model(b, p, row->verb);
    const MediaTypes *types = sent_types(p->resource->served->is_custom);
    add_response(b, &responses, "200", "OK", model, types);
    if (row->verb & (RESOURCE_CREATE | RESOURCE_UPDATE)) {
        add_response(b, &responses, "201", "Created", model, types);
    }
    if (row->verb & (RESOURCE_CREATE | RESOURCE_DELETE)) {
        add_response(b, &responses, "202", "Accepted", model, types);
    }
    add_response(b, &responses, "401", "Unauthorized", value_null(), types);
    return responses;
}

static Value operation_of(OpenApiBuild *b, const PathPlace *p, const OperationRow *row)
{
    Arena *a = b->arena;
    Value v = value_object();
    Value parameters = value_array();
    if (!b->is_v3) {
        bool is_custom = p->resource->served->is_custom;
        value_set_lit(&v, "consumes",
                      strings(taken_types(is_custom, row->verb == RESOURCE_PATCH), a), a);
        value_set_lit(&v, "produces", strings(sent_types(is_custom), a), a);
        value_set_lit(&v, "schemes", strings(&schemes, a), a);
    }
    Value tags = value_array();
    value_add(&tags, value_str(group_title(p->resource->group, p->resource->version, true, a)), a);
    value_set_lit(&v, "tags", tags, a);
    value_set_lit(&v, "operationId", value_str(operation_id(p, row->verb_name, row->middle, a)), a);
    add_bodies(b, p, row, &v, &parameters);
    add_query_parameters(b, &parameters, row->parameters);
    if (parameters.len) {
        value_set_lit(&v, "parameters", parameters, a);
    }
    value_set_lit(&v, "responses", responses_of(b, p, row), a);
    Str group;
    Str version;
    kube_split_api_version(p->entry->api_version, &group, &version);
    value_set_lit(&v, "x-kubernetes-action", value_str(str_from_c(row->action)), a);
    value_set_lit(&v, "x-kubernetes-group-version-kind",
                  openapi_gvk(group, version, p->entry->kind, a), a);
    return v;
}

/* -- paths ------------------------------------------------------------------------------------ */

static Str path_text(const PathPlace *p, Arena *a)
{
    const OpenApiResource *r = p->resource;
    Buf b = buf_new(a);
    buf_printf(&b, "/%s/%.*s/", r->group.len ? "apis" : "api",
               STR_ARG(served_group_version(r->group, r->version, a)));
    if (p->in_namespace) {
        buf_lit(&b, "namespaces/{namespace}/");
    }
    buf_add(&b, r->served->name);
    if (p->named) {
        buf_lit(&b, "/{name}");
    }
    if (p->entry->subresource.len) {
        buf_byte(&b, '/');
        buf_add(&b, p->entry->subresource);
    }
    return buf_str(&b);
}

static void add_path(OpenApiBuild *b, const PathPlace *p)
{
    Arena *a = b->arena;
    const OperationRow *rows = p->named ? object_operations : collection_operations;
    size_t count = p->named ? COUNT_OF(object_operations) : COUNT_OF(collection_operations);
    Value item = value_object();
    for (size_t i = 0; i < count; i++) {
        bool fits = p->in_all                                ? rows[i].verb == RESOURCE_LIST
                    : p->named && !p->entry->subresource.len ? rows[i].verb != RESOURCE_CREATE
                                                             : true;
        if (fits && (rows[i].verb & p->entry->verbs)) {
            value_set(&item, str_from_c(rows[i].method), operation_of(b, p, &rows[i]), a);
        }
    }
    if (item.len == 0) {
        return;
    }
    Value parameters = value_array();
    if (p->named) {
        add_parameter(b, &parameters, "path", "name", "string");
    }
    if (p->in_namespace) {
        add_parameter(b, &parameters, "path", "namespace", "string");
    }
    add_parameter(b, &parameters, "query", "pretty", "string");
    value_set_lit(&item, "parameters", parameters, a);
    value_set(&b->paths, path_text(p, a), item, a);
}

/* Of the body of a subresource: its own kind, or the resource's. */
static Value body_model(OpenApiBuild *b, const OpenApiResource *r, const ResourceEntry *e)
{
    if (str_eq(e->kind, r->served->kind)) {
        return r->model;
    }
    const SchemaType *t = schema_find(e->api_version, e->kind);
    return t ? openapi_ref_type(b, t) : value_null();
}

void openapi_add_paths(OpenApiBuild *b, const OpenApiResource *r)
{
    for (size_t i = 0; i < r->served->entry_count; i++) {
        const ResourceEntry *e = &r->served->entries[i];
        PathPlace place = {
            .resource = r, .entry = e, .in_namespace = e->namespaced, .model = body_model(b, r, e)
        };
        if (e->subresource.len == 0) {
            add_path(b, &place);
            if (e->namespaced) {
                PathPlace all = place;
                all.in_namespace = false;
                all.in_all = true;
                add_path(b, &all);
            }
        }
        place.named = true;
        add_path(b, &place);
    }
}
