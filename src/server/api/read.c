/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Getting one object, and lists: pages, versions, selectors.
 *
 * Source: k8s.io/apiserver pkg/endpoints/handlers/get.go, pkg/storage/etcd3/store.go
 */
#include "base/base64.h"
#include "doc/json.h"
#include "server/api/call.h"

#include <stdlib.h>

bool api_handle_get(ApiCall *call)
{
    const Value *stored = api_find(call, call->info.name);
    if (!api_choose_form(call)) {
        return false;
    }
    return stored ? api_answer_object(call, 200, *stored)
                  : api_answer_not_found(call, call->info.name);
}

/* -- what part of a list is asked for
 * ---------------------------------------------------------------- */

typedef struct ListRequest {
    LabelSelector labels;
    FieldSelector fields;
    int64_t limit;       /* 0 for none */
    uint64_t at;         /* a version of the past; 0 for now */
    bool at_asked;       /* resourceVersionMatch=Exact, or a continue token */
    Str after_namespace; /* start after this object; absent from the start */
    Str after_name;
    bool continues;
} ListRequest;

static bool read_number(ApiCall *call, const char *key, int64_t *out)
{
    Str text = api_query(call, key);
    *out = 0;
    if (text.len == 0 || str_to_int64(text, out)) {
        return true;
    }
    Buf quoted = buf_new(call->arena);
    buf_go_quoted(&quoted, text);
    return api_answer_bad_request(call, "strconv.ParseInt: parsing %.*s: invalid syntax",
                                  STR_ARG(buf_str(&quoted)));
}

/* base64url of {"v":"meta.k8s.io/v1","rv":5,"start":"namespace/name\u0000"} */
static Str continue_token(ApiCall *call, uint64_t version, const Value *last)
{
    Arena *a = call->arena;
    Value token = value_object();
    value_set_lit(&token, "v", value_str(STR("meta.k8s.io/v1")), a);
    value_set_lit(&token, "rv", value_int((int64_t)version), a);
    Buf start = buf_new(a);
    Str namespace = call->kind.namespaced && call->info.namespace.len == 0
                        ? api_object_namespace(last)
                        : STR("");
    buf_add(&start, namespace);
    buf_add(&start, namespace.len ? STR("/") : STR(""));
    buf_add(&start, api_object_name(last));
    buf_byte(&start, '\0');
    value_set_lit(&token, "start", value_str(buf_str(&start)), a);
    Buf json = buf_new(a);
    json_write(&token, &json);
    Buf out = buf_new(a);
    base64_write(buf_str(&json), &out);
    for (size_t i = 0; i < out.len; i++) {
        out.ptr[i] = out.ptr[i] == '+' ? '-' : out.ptr[i] == '/' ? '_' : out.ptr[i];
    }
    return str_cut_suffix(str_cut_suffix(buf_str(&out), STR("=")), STR("="));
}

/* Since 1.31 the cache of the API server is asked first, which calls it a bad request. */
bool api_answer_version(ApiCall *call, Str version)
{
    enum { BAD_REQUEST_SINCE = 31 };
    if (call->request->target->minor >= BAD_REQUEST_SINCE) {
        return api_answer_bad_request(
            call,
            "invalid resource version: resourceVersion: Invalid value: "
            "\"%.*s\": strconv.ParseUint: parsing \"%.*s\": invalid syntax",
            STR_ARG(version), STR_ARG(version));
    }
    Str why = arena_printf(call->arena,
                           "invalid resource version: strconv.ParseUint: parsing \"%.*s\": invalid "
                           "syntax",
                           STR_ARG(version));
    return api_answer_status(call, status_unknown(call->arena, why));
}

/* Where a decoder of base64 for URLs, without padding, gives up; the length where it does not. */
static size_t first_that_is_no_base64(Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_')) {
            return i;
        }
    }
    return text.len % 4 == 1 ? text.len - 1 : text.len;
}

static bool read_token(ApiCall *call, Str text, ListRequest *out)
{
    Arena *a = call->arena;
    Buf padded = buf_new(a);
    buf_add(&padded, text);
    for (size_t i = 0; i < padded.len; i++) {
        char *c = &padded.ptr[i];
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    }
    while (padded.len % 4) {
        buf_byte(&padded, '=');
    }
    Buf json = buf_new(a);
    Value token;
    Err err;
    OptInt64 version = { 0 };
    Str start = STR_ABSENT;
    size_t wrong = first_that_is_no_base64(text);
    if (wrong < text.len) {
        return api_answer_bad_request(call,
                                      "invalid continue token: continue key is not valid: illegal "
                                      "base64 data at input byte %zu",
                                      wrong);
    }
    if (base64_read(buf_str(&padded), &json) &&
        json_read(STR("token"), buf_str(&json), NULL, a, &token, &err)) {
        version = value_get_int(&token, STR("rv"));
        start = value_get_str(&token, STR("start"));
    }
    if (!version.set || version.value <= 0 || start.len == 0) {
        return api_answer_bad_request(
            call, "invalid continue token: continue key is not valid: "
                  "incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
    }
    out->at = (uint64_t)version.value;
    out->continues = true;
    out->at_asked = true;
    start = str_cut_suffix(start, str_from("\0", 1));
    if (call->kind.namespaced && call->info.namespace.len == 0) {
        (void)str_split_once(start, '/', &out->after_namespace, &out->after_name);
    } else {
        out->after_namespace = api_namespace(call);
        out->after_name = start;
    }
    return true;
}

static bool read_version(ApiCall *call, ListRequest *out)
{
    Str text = api_query(call, "resourceVersion");
    Str match = api_query(call, "resourceVersionMatch");
    Str token = api_query(call, "continue");
    int64_t version = 0;
    if (token.len) {
        return read_token(call, token, out) &&
               (text.len == 0 || str_eq(text, STR("0")) ||
                api_answer_bad_request(
                    call, "specifying resource version is not allowed when using continue"));
    }
    if (text.len && (!str_to_int64(text, &version) || version < 0)) {
        return api_answer_version(call, text);
    }
    uint64_t now = call->request->serving ? store_version(call->request->serving->store) : 0;
    if (version > 0 && (uint64_t)version > now && call->request->serving) {
        Status status = status_server_timeout(
            call->arena, STR(""), STR(""),
            arena_printf(call->arena, "Too large resource version: %lld, current: %llu",
                         (long long)version, (unsigned long long)now),
            1);
        status.code = 504;
        status.reason = STR("Timeout");
        status.kind = STR("");
        status.cause = STR("Too large resource version");
        status.cause_reason = STR("ResourceVersionTooLarge");
        return api_answer_status(call, status);
    }
    bool exact = str_eq(match, STR("Exact")) || (match.len == 0 && version > 0 && out->limit > 0);
    out->at = exact ? (uint64_t)version : 0;
    out->at_asked = exact;
    return true;
}

/* -- a list of the past: what is now, with what happened since undone
 * ----------------------------------- */

static int by_place(const void *a, const void *b)
{
    const Value *left = *(const Value *const *)a;
    const Value *right = *(const Value *const *)b;
    return store_place_cmp(api_object_namespace(left), api_object_name(left),
                           api_object_namespace(right), api_object_name(right));
}

static ObjectList list_now(ApiCall *call)
{
    ObjectKey key = api_key(call, STR(""));
    if (call->kind.namespaced && key.namespace.len == 0) {
        key.namespace = STR_ABSENT; /* of all namespaces */
    }
    return call->facts->objects(call->facts->cluster, key);
}

/* False when the history does not reach back so far. */
static bool list_at(ApiCall *call, uint64_t version, ObjectList *out)
{
    Store *store = call->request->serving->store;
    const StoreEvent *events;
    size_t count;
    if (!store_events_since(store, call->kind.group, call->kind.kind, version, call->arena, &events,
                            &count)) {
        return false;
    }
    ObjectList now = list_now(call);
    if (count == 0) {
        *out = now;
        return true;
    }
    /* the earliest event of each object says what it was */
    Map earliest = map_new(call->arena);
    Str wanted = api_namespace(call);
    for (size_t i = 0; i < count; i++) {
        const StoreObject *o = events[i].object;
        Str place = arena_printf(call->arena, "%.*s/%.*s", STR_ARG(o->namespace), STR_ARG(o->name));
        if (!map_has(&earliest, place)) {
            map_set(&earliest, place, (void *)(uintptr_t)&events[i]);
        }
    }
    const Value **items = new(call->arena, const Value *, now.count + count);
    size_t n = 0;
    for (size_t i = 0; i < now.count; i++) {
        const StoreObject *o = (const StoreObject *)now.items[i];
        Str place = arena_printf(call->arena, "%.*s/%.*s", STR_ARG(o->namespace), STR_ARG(o->name));
        if (!map_has(&earliest, place)) {
            items[n++] = now.items[i];
        }
    }
    for (size_t i = 0; i < earliest.count; i++) {
        const StoreEvent *e = earliest.entries[i].value;
        if (e->old && (wanted.len == 0 || str_eq(e->old->namespace, wanted))) {
            items[n++] = &e->old->object;
        }
    }
    qsort(items, n, sizeof *items, by_place);
    *out = (ObjectList){ items, n };
    return true;
}

/* -- the list
 * -------------------------------------------------------------------------------------------- */

static bool is_after(const ListRequest *r, const Value *object)
{
    return store_place_cmp(api_object_namespace(object), api_object_name(object),
                           r->after_namespace, r->after_name) > 0;
}

/* Where the list goes on. A store has its objects by place, so that a page costs what is in it, and
 * not what was in all that went before. */
static size_t first_of(const ApiCall *call, const ListRequest *r, ObjectList objects)
{
    size_t low = 0;
    size_t high = r->after_name.ptr && call->request->serving ? objects.count : 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (is_after(r, objects.items[mid])) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return low;
}

/* An item says neither kind nor apiVersion: the list does. Those of custom resources do. */
static Value as_item(ApiCall *call, const Value *in_version)
{
    if (call->kind.custom) {
        return *in_version;
    }
    Value item = value_object();
    /* shares the tail of the members when the head is what is left out */
    if (in_version->len > 2 && str_eq(member_key(&in_version->members[0]), STR("kind")) &&
        str_eq(member_key(&in_version->members[1]), STR("apiVersion"))) {
        item = *in_version;
        item.grown = 0;
        item.members += 2;
        item.len -= 2;
        return item;
    }
    VALUE_EACH_MEMBER(m, in_version) {
        if (!str_eq(member_key(m), STR("kind")) && !str_eq(member_key(m), STR("apiVersion"))) {
            value_set(&item, member_key(m), m->value, call->arena);
        }
    }
    return item;
}

/* Members in their order, as of all that has no type. */
static Value custom_list_value(ApiCall *call, Value metadata, Value items)
{
    Value list = value_object();
    Arena *a = call->arena;
    if (value_get_lit(&metadata, "continue") == NULL && call->request->serving) {
        value_set_lit(&metadata, "continue", value_str(STR("")), a);
    }
    value_sort_keys(&metadata);
    value_set_lit(&list, "apiVersion", value_str(call->kind.api_version), a);
    value_set_lit(&list, "items", items, a);
    value_set_lit(&list, "kind", value_str(custom_kind_list_kind(&call->kind)), a);
    value_set_lit(&list, "metadata", metadata, a);
    return list;
}

static Value list_value(ApiCall *call, Value metadata, Value items)
{
    if (call->kind.custom) {
        return custom_list_value(call, metadata, items);
    }
    Value list = value_object();
    value_set_lit(&list, "kind", value_str(arena_concat(call->arena, call->kind.kind, STR("List"))),
                  call->arena);
    value_set_lit(&list, "apiVersion", value_str(call->kind.api_version), call->arena);
    value_set_lit(&list, "metadata", metadata, call->arena);
    value_set_lit(&list, "items", items, call->arena);
    return list;
}

static bool answer_expired(ApiCall *call, const ListRequest *r)
{
    Str message = r->continues
                      ? STR("The provided continue parameter is too old to display a consistent "
                            "list result. You can start a new list without the continue "
                            "parameter.")
                      : arena_printf(call->arena, "The resourceVersion for the provided list is "
                                                  "too old.");
    return api_answer_status(call,
                             (Status){ .code = 410, .reason = STR("Expired"), .message = message });
}

static bool read_list_request(ApiCall *call, ListRequest *out)
{
    ApiInitialEvents initial;
    *out = (ListRequest){ 0 };
    int64_t unused;
    return read_number(call, "timeoutSeconds", &unused) &&
           read_number(call, "limit", &out->limit) && api_read_labels(call, &out->labels) &&
           api_check_list_options(call, false, &initial) &&
           api_read_selectors(call, &out->labels, &out->fields) && read_version(call, out);
}

bool api_handle_list(ApiCall *call)
{
    return api_choose_form(call) && api_list(call);
}

bool api_list(ApiCall *call)
{
    Arena *a = call->arena;
    ListRequest r;
    if (!read_list_request(call, &r)) {
        return false;
    }
    ObjectList objects;
    bool past = r.at_asked && r.at && call->request->serving;
    if (!past) {
        objects = list_now(call);
    } else if (!list_at(call, r.at, &objects)) {
        return answer_expired(call, &r);
    }
    uint64_t version = past                     ? r.at
                       : call->request->serving ? store_version(call->request->serving->store)
                                                : 0;
    bool selects = r.labels.count || r.labels.matches_nothing || r.fields.count;
    size_t room = r.limit > 0 && (size_t)r.limit < objects.count ? (size_t)r.limit : objects.count;
    Value items = value_array();
    items.items = new(a, Value, room ? room : 1);
    const StoreObject **stored = new(a, const StoreObject *, room ? room : 1);
    const Value *last = NULL;
    size_t left = 0;
    for (size_t i = first_of(call, &r, objects); i < objects.count; i++) {
        const Value *object = objects.items[i];
        bool is_before = !call->request->serving && r.after_name.ptr && !is_after(&r, object);
        if (is_before || (selects && !api_matches(&call->kind, &r.labels, &r.fields, object))) {
            continue;
        }
        if (r.limit > 0 && items.len >= (uint64_t)r.limit) {
            left = objects.count - i; /* with selectors nobody asks how many */
            break;
        }
        const Value *in_version = api_in_version(call, object);
        if (call->request->serving && in_version == object) {
            stored[items.len] = (const StoreObject *)object;
        }
        items.items[items.len++] = as_item(call, in_version);
        last = object;
    }
    Value metadata = value_object();
    if (call->request->serving) {
        value_set_lit(&metadata, "resourceVersion",
                      value_str(arena_printf(a, "%llu", (unsigned long long)version)), a);
    }
    if (left && last) {
        value_set_lit(&metadata, "continue", value_str(continue_token(call, version, last)), a);
        if (!selects) {
            value_set_lit(&metadata, "remainingItemCount", value_int((int64_t)left), a);
        }
    }
    (void)api_answer_object(call, 200, list_value(call, metadata, items));
    call->response->list_items = call->request->serving ? stored : NULL;
    return true;
}
