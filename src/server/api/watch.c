/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches: what is followed, and events as they are sent.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/{get,watch}.go, pkg/storage/cacher
 */
#include "doc/json.h"
#include "server/api/call.h"
#include "server/table/partial.h"

bool api_handle_watch(ApiCall *call)
{
    ApiWatch *w = new(call->arena, ApiWatch, 1);
    Status status;
    ApiInitialEvents initial;
    *w = (ApiWatch){ .kind = call->kind, .target = call->request->target };
    if (!api_choose_form(call) || !api_read_labels(call, &w->labels) ||
        !api_check_list_options(call, true, &initial) ||
        !api_read_selectors(call, &w->labels, &w->fields)) {
        return false;
    }
    w->form = call->response->form;
    if (!table_include_parse(api_query(call, "includeObject"), call->arena, &w->include, &status)) {
        return api_answer_status(call, status);
    }
    w->namespace = call->kind.namespaced && call->info.namespace.len == 0 ? STR_ABSENT
                                                                          : api_namespace(call);
    Str version = api_query(call, "resourceVersion");
    int64_t number = 0;
    if (version.len && (!str_to_int64(version, &number) || number < 0)) {
        return api_answer_version(call, version);
    }
    w->version = (uint64_t)number;
    Str bookmarks = api_query(call, "allowWatchBookmarks");
    w->bookmarks = bookmarks.ptr && !str_eq(bookmarks, STR("false")) &&
                   !str_eq(bookmarks, STR("0"));
    w->initial = initial != API_INITIAL_NONE;
    w->initial_end = initial == API_INITIAL_ENDED && w->bookmarks;
    w->from_now = number == 0 || w->initial;
    int64_t seconds = 0;
    Str timeout = api_query(call, "timeoutSeconds");
    if (timeout.len && !str_to_int64(timeout, &seconds)) {
        return api_answer_bad_request(call, "strconv.ParseInt: parsing \"%.*s\": invalid syntax",
                                      STR_ARG(timeout));
    }
    w->timeout_seconds = seconds > 0 ? seconds : 0;
    call->response->watch = w;
    call->response->code = 200;
    return false;
}

/* -- events
 * ---------------------------------------------------------------------------------------------- */

static Value in_form(const ApiWatch *w, const Value *object, bool first, int64_t now, Arena *a)
{
    if (w->form.as == ACCEPT_AS_TABLE) {
        TableOptions o = {
            .target = w->target,
            .group = w->kind.group,
            .kind = w->kind.kind,
            .custom_version = w->kind.custom ? custom_kind_version_value(&w->kind) : NULL,
            .table_version = w->form.as_version,
            .include = w->include,
            .no_columns = !first,
            .now = now,
        };
        return table_of_object(&o, object, a);
    }
    if (w->form.as == ACCEPT_AS_PARTIAL || w->form.as == ACCEPT_AS_PARTIAL_LIST) {
        return partial_of_object(w->form.as_version, object, a);
    }
    return *object;
}

static Str line(const char *type, const Value *object, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "{\"type\":\"%s\",\"object\":", type);
    json_write_html_safe(object, &b);
    buf_lit(&b, "}\n");
    return buf_str(&b);
}

static Value in_version(const ApiWatch *w, const Value *object, Arena *a)
{
    return w->convert ? *w->convert(w->convert_context, object, a)
                      : *api_of_kind(&w->kind, object, w->target, a);
}

bool api_watch_is_over(const ApiWatch *w, const Facts *facts)
{
    if (w->kind.custom == NULL) {
        return false;
    }
    const CustomKind *now = custom_kinds_get(facts_custom_kinds(facts), w->kind.custom->crd.name);
    return now == NULL || now->changed != w->kind.custom->changed;
}

bool api_watch_has(const ApiWatch *w, const StoreObject *o)
{
    return o && (w->namespace.ptr == NULL || str_eq(o->namespace, w->namespace)) &&
           api_matches(&w->kind, &w->labels, &w->fields, &o->object);
}

Str api_watch_event(const ApiWatch *w, const StoreEvent *event, bool first, int64_t now, Arena *a)
{
    bool was = api_watch_has(w, event->old);
    bool is = event->kind != STORE_DELETED && api_watch_has(w, event->object);
    if (!was && !is) {
        return STR_ABSENT;
    }
    Value object = in_version(w, &event->object->object, a);
    if (was && !is && event->kind != STORE_DELETED) {
        /* it left the selection: as it was in it, at the version at which it left */
        object = in_version(w, &event->old->object, a);
        object = value_copy(&object, a);
        api_meta_set(&object, STR("resourceVersion"),
                     value_str(arena_printf(a, "%llu", (unsigned long long)event->version)), a);
    }
    Value sent = in_form(w, &object, first, now, a);
    return line(!was ? "ADDED" : is ? "MODIFIED" : "DELETED", &sent, a);
}

Str api_watch_initial(const ApiWatch *w, const Value *object, bool first, int64_t now, Arena *a)
{
    Value it = in_version(w, object, a);
    Value sent = in_form(w, &it, first, now, a);
    return line("ADDED", &sent, a);
}

/* An object of the kind that has nothing but a version. */
static Str bookmark(const ApiWatch *w, uint64_t version, bool ends_initial, Arena *a)
{
    Value object = value_object();
    value_set_lit(&object, "kind", value_str(w->kind.kind), a);
    value_set_lit(&object, "apiVersion", value_str(w->kind.api_version), a);
    value_set_lit(&object, "metadata", value_object(), a);
    api_meta_set(&object, STR("resourceVersion"),
                 value_str(arena_printf(a, "%llu", (unsigned long long)version)), a);
    if (w->kind.custom == NULL) {
        api_meta_set(&object, STR("creationTimestamp"), value_null(), a);
    }
    if (ends_initial) {
        Value annotations = value_object();
        value_set_lit(&annotations, "k8s.io/initial-events-end", value_str(STR("true")), a);
        api_meta_set(&object, STR("annotations"), annotations, a);
    }
    Value sent = object;
    Err err;
    const SchemaType *type = schema_find(w->kind.api_version, w->kind.kind);
    if (w->form.as == ACCEPT_AS_PARTIAL || w->form.as == ACCEPT_AS_PARTIAL_LIST) {
        sent = partial_of_object(w->form.as_version, &object, a);
    } else if (type && !schema_normalise(type, &object, w->target, a, &sent, NULL, &err)) {
        sent = object;
    }
    return line("BOOKMARK", &sent, a);
}

Str api_watch_bookmark(const ApiWatch *w, uint64_t version, Arena *a)
{
    return bookmark(w, version, false, a);
}

Str api_watch_initial_end(const ApiWatch *w, uint64_t version, Arena *a)
{
    return bookmark(w, version, true, a);
}

Str api_watch_failure(Str message, Arena *a)
{
    Status status = status_unknown(a, message);
    Value object = status_to_value(&status, a);
    return line("ERROR", &object, a);
}

Str api_watch_expired(const ApiWatch *w, uint64_t version, uint64_t oldest, Arena *a)
{
    (void)w;
    Status status = { .code = 410,
                      .reason = STR("Expired"),
                      .message = arena_printf(a, "too old resource version: %llu (%llu)",
                                              (unsigned long long)version,
                                              (unsigned long long)oldest) };
    Value object = status_to_value(&status, a);
    return line("ERROR", &object, a);
}
