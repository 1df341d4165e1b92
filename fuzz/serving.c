/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to an API server that keeps what is written: one after the other, over a small store.
 *
 * The input: requests, each after the first preceded by a line "--". A request: the method and
 * the URI, a line; the media type of its body, a line; what it accepts, a line; then the body.
 *
 * What must hold: an error changes nothing, nor does a dry run; what a write answers with is what
 * is read afterwards; versions rise; lists have what was written and was not deleted, in order;
 * watches can tell of each change.
 */
#include "fuzz.h"

#include "doc/json.h"
#include "server/api/api.h"

enum { FIRST_VERSION = 100, REQUESTS_MAX = 16, WATCHES_MAX = 4, NOW = 1600000000 };

static const char state_json[] =
    "[{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"},\"spec\":{"
    "\"finalizers\":[\"kubernetes\"]},\"status\":{\"phase\":\"Active\"}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n-m\"},\"status\":{"
    "\"phase\":\"Active\"}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"default\","
    "\"namespace\":\"n\"}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\","
    "\"namespace\":\"n\",\"uid\":\"u\",\"labels\":{\"a\":\"b\"}},\"data\":{\"k\":\"v\"}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"s\",\"namespace\":\"n\"},"
    "\"spec\":{\"clusterIP\":\"None\",\"ports\":[{\"port\":80,\"protocol\":\"TCP\","
    "\"targetPort\":80}],\"sessionAffinity\":\"None\",\"type\":\"ClusterIP\"},\"status\":{"
    "\"loadBalancer\":{}}},"
    "{\"apiVersion\":\"policy/v1beta1\",\"kind\":\"PodSecurityPolicy\",\"metadata\":{\"name\":"
    "\"p\"},\"spec\":{\"runAsUser\":{\"rule\":\"RunAsAny\"},\"seLinux\":{\"rule\":"
    "\"RunAsAny\"},\"fsGroup\":{\"rule\":\"RunAsAny\"},\"supplementalGroups\":{\"rule\":"
    "\"RunAsAny\"},\"volumes\":[\"*\"]}}]";

typedef struct World {
    Store *store;
    StoreReader reader;
    KubeTarget target;
    Arena *arena;
    uint64_t requests;
    const ApiWatch *watches[WATCHES_MAX];
    size_t watch_count;
} World;

/* -- asking ------------------------------------------------------------------------------------ */

static void review_token(void *context, Str token, StrList audiences, int64_t now, Arena *a,
                         ApiTokenAnswer *out)
{
    (void)context;
    (void)audiences;
    (void)now;
    (void)a;
    *out = (ApiTokenAnswer){ .authenticated = str_eq(token, STR("good")),
                             .user = { .name = STR("somebody") } };
}

static Str issue_token(void *context, const ApiTokenOrder *order, int64_t now, Arena *a)
{
    (void)context;
    (void)order;
    (void)now;
    (void)a;
    return STR("token");
}

static void answer(World *w, ApiRequest *request, ApiResponse *out)
{
    static const Str groups[] = { STR_INIT("system:masters"), STR_INIT("system:authenticated") };
    static const UserInfo admin = { .name = STR_INIT("admin"), .groups = { groups, 2 } };
    static const Str audience = STR_INIT("api");
    const ApiServing serving = {
        .store = w->store,
        .now_seconds = NOW,
        .seed = ++w->requests * 1000003,
        .review_token = review_token,
        .issue_token = issue_token,
        .audiences = { &audience, 1 },
        .server_address = STR("127.0.0.1:6443"),
    };
    request->user = &admin;
    request->target = &w->target;
    request->serving = &serving;
    api_handle(store_facts(w->store), request, w->arena, out);
    request->serving = NULL;
}

static void get(World *w, Str uri, ApiResponse *out)
{
    ApiRequest request = { .method = STR("GET"),
                           .uri = uri,
                           .content_type = STR(""),
                           .accept = STR("application/json"),
                           .user_agent = STR("fuzz") };
    answer(w, &request, out);
}

/* -- what must hold ---------------------------------------------------------------------------- */

static ObjectKey everywhere(const ObjectKey *key)
{
    return (ObjectKey){ key->group, key->kind, STR_ABSENT, STR_ABSENT };
}

static size_t count_of(World *w, const ObjectKey *key)
{
    ObjectKey all = everywhere(key);
    size_t count;
    (void)store_list(w->store, &all, &count);
    return count;
}

static void check_order(World *w, const ObjectKey *key)
{
    ObjectKey all = everywhere(key);
    size_t count;
    const StoreObject *const *items = store_list(w->store, &all, &count);
    for (size_t i = 0; i < count; i++) {
        HOLDS(items[i]->version <= store_version(w->store));
        HOLDS(i == 0 || store_place_cmp(items[i - 1]->namespace, items[i - 1]->name,
                                        items[i]->namespace, items[i]->name) < 0);
    }
}

/* Is there a later change of the same object? */
static bool is_last(const ApiResponse *r, size_t i)
{
    const ObjectKey *mine = &r->changes[i].key;
    for (size_t j = i + 1; j < r->change_count; j++) {
        const ObjectKey *other = &r->changes[j].key;
        if (str_eq(mine->group, other->group) && str_eq(mine->kind, other->kind) &&
            str_eq(mine->namespace, other->namespace) && str_eq(mine->name, other->name)) {
            return false;
        }
    }
    return true;
}

static void check_change(World *w, const StoreChange *c)
{
    const StoreObject *found = store_find(w->store, &c->key);
    const Value *metadata = value_get_lit(c->object, "metadata");
    Str version = arena_printf(w->arena, "%llu", (unsigned long long)c->version);
    HOLDS(str_eq(value_get_str(metadata, STR("resourceVersion")), version));
    HOLDS(str_eq(value_get_str(metadata, STR("name")), c->key.name) && c->key.name.len);
    HOLDS(c->kind == STORE_DELETED ? found == NULL : found && found->version == c->version);
    HOLDS(!found || value_equal(&found->object, c->object));
    check_order(w, &c->key);
}

/* The kind as the API lists it: all of it, in pages of two as at once. */
static void check_list(World *w, const ApiResponse *r)
{
    const StoreChange *c = &r->changes[r->change_count - 1];
    Str base = r->info.api_group.len
                   ? arena_printf(w->arena, "/apis/%.*s/%.*s/%.*s", STR_ARG(r->info.api_group),
                                  STR_ARG(r->info.api_version), STR_ARG(r->info.resource))
                   : arena_printf(w->arena, "/api/%.*s/%.*s", STR_ARG(r->info.api_version),
                                  STR_ARG(r->info.resource));
    ApiResponse whole;
    get(w, base, &whole);
    if (whole.code != 200) {
        return; /* what is only created */
    }
    const Value *items = value_get_lit(&whole.body, "items");
    HOLDS(value_len(items) == count_of(w, &c->key));
    size_t seen = 0;
    Str token = STR("");
    do {
        ApiResponse page;
        get(w, arena_printf(w->arena, "%.*s?limit=2&continue=%.*s", STR_ARG(base), STR_ARG(token)),
            &page);
        HOLDS(page.code == 200);
        VALUE_EACH_ITEM(item, value_get_lit(&page.body, "items")) {
            HOLDS(seen < items->len && value_equal(item, &items->items[seen]));
            seen++;
        }
        token = value_as_str(value_at(&page.body, "metadata", "continue", NULL));
    } while (token.len);
    HOLDS(seen == value_len(items));
}

/* What was answered is what is read. */
static void check_read(World *w, const ApiResponse *r)
{
    const StoreChange *c = &r->changes[r->change_count - 1];
    bool one = str_eq(r->info.verb, STR("create")) || str_eq(r->info.verb, STR("update")) ||
               str_eq(r->info.verb, STR("patch"));
    if (!one || r->info.subresource.len || c->kind == STORE_DELETED || r->form.as != ACCEPT_AS_IS ||
        r->change_count != 1) {
        return;
    }
    Str path = r->info.path;
    if (r->info.name.len == 0) {
        path = arena_printf(w->arena, "%.*s/%.*s", STR_ARG(str_cut_suffix(path, STR("/"))),
                            STR_ARG(c->key.name));
    }
    ApiResponse read;
    get(w, path, &read);
    HOLDS(read.code == 200);
    HOLDS(value_equal(&read.body, &r->body));
}

static void check_watches(World *w, uint64_t before)
{
    for (size_t i = 0; i < w->watch_count; i++) {
        const ApiWatch *watch = w->watches[i];
        const StoreEvent *events;
        size_t count;
        if (store_events_since(w->store, watch->kind.group, watch->kind.kind, before, w->arena,
                               &events, &count)) {
            for (size_t j = 0; j < count; j++) {
                Str line = api_watch_event(watch, &events[j], j == 0, NOW, w->arena);
                HOLDS(line.ptr == NULL || str_ends_with(line, STR("}\n")));
            }
        }
    }
}

/* -- one request ------------------------------------------------------------------------------- */

static void commit(World *w, const StoreChange *changes, size_t count)
{
    store_write_begin(w->store, &w->reader);
    store_commit(w->store, changes, count);
    store_write_end(w->store, &w->reader);
    store_leave(w->store, &w->reader);
}

static void keep_watch(World *w, const ApiWatch *watch)
{
    ObjectKey key = { watch->kind.group, watch->kind.kind, watch->namespace, STR_ABSENT };
    size_t count;
    const StoreObject *const *items = store_list(w->store, &key, &count);
    for (size_t i = 0; i < count; i++) {
        if (api_watch_has(watch, items[i])) {
            HOLDS(api_watch_initial(watch, &items[i]->object, i == 0, NOW, w->arena).len);
        }
    }
    HOLDS(api_watch_bookmark(watch, store_version(w->store), w->arena).len);
    if (w->watch_count < WATCHES_MAX) {
        w->watches[w->watch_count++] = watch;
    }
}

static Str next_line(Str *rest)
{
    Str line = STR("");
    if (!str_split_once(*rest, '\n', &line, rest)) {
        *rest = STR("");
    }
    return line;
}

static void serve(World *w, Str text)
{
    ApiRequest request = { .user_agent = STR("fuzz/1") };
    ApiResponse r;
    Str line = next_line(&text);
    (void)str_split_once(line, ' ', &request.method, &request.uri);
    if (str_starts_with(request.uri, STR("/openapi"))) {
        return; /* some megabytes, whatever is asked: too slow to be asked often */
    }
    request.content_type = next_line(&text);
    request.accept = next_line(&text);
    request.body_text = text;
    uint64_t before = store_version(w->store);
    answer(w, &request, &r);
    HOLDS(r.code >= 100 && r.code < 600);
    HOLDS(r.change_count == 0 || (r.code < 300 && !api_is_read(request.method, request.uri)));
    if (r.watch) {
        keep_watch(w, r.watch);
        return;
    }
    if (r.change_count) {
        commit(w, r.changes, r.change_count);
        HOLDS(store_version(w->store) == before + r.change_count);
        for (size_t i = 0; i < r.change_count; i++) {
            if (is_last(&r, i)) {
                check_change(w, &r.changes[i]);
            }
        }
        check_read(w, &r);
        check_list(w, &r);
        check_watches(w, before);
    }
    HOLDS(api_render(&r, w->arena).ptr != NULL);
}

static void put_state(World *w)
{
    Value state;
    Err err;
    HOLDS(json_read(STR("state"), STR(state_json), NULL, w->arena, &state, &err));
    VALUE_EACH_ITEM(object, &state) {
        KubeKind kind;
        uint64_t version = store_version(w->store) + 1;
        Value *metadata = value_get_lit(object, "metadata");
        HOLDS(kube_kind_find(value_get_str(object, STR("apiVersion")),
                             value_get_str(object, STR("kind")), &kind));
        value_set_lit(metadata, "resourceVersion",
                      value_str(arena_printf(w->arena, "%llu", (unsigned long long)version)),
                      w->arena);
        Str namespace = value_get_str(metadata, STR("namespace"));
        StoreChange change = { { kind.group, kind.kind, namespace.ptr ? namespace : STR(""),
                                 value_get_str(metadata, STR("name")) },
                               STORE_ADDED,
                               object,
                               version };
        commit(w, &change, 1);
    }
}

/* Up to the next line "--". */
static Str next_request(Str *rest)
{
    ptrdiff_t at = str_index(*rest, STR("\n--\n"));
    Str one = at < 0 ? *rest : str_slice(*rest, 0, (size_t)at);
    *rest = at < 0 ? STR("") : str_drop(*rest, (size_t)at + 4);
    return one;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    Str rest = size ? arena_str(&a, str_from((const char *)data, size)) : STR("");
    World w = { .store = store_new(FIRST_VERSION, 1 << 20),
                .target = kube_target(20),
                .arena = &a };
    put_state(&w);
    for (int i = 0; i < REQUESTS_MAX && rest.len; i++) {
        serve(&w, next_request(&rest));
    }
    store_free(w.store);
    arena_done(&a);
    return 0;
}
