/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenAPI documents as they are asked for. Making one takes some milliseconds, so that bytes
 * are kept: for a version of Kubernetes, and the custom resources that there are.
 */
#include "server/discovery/openapi.h"

#include "base/url.h"
#include "doc/json.h"
#include "server/discovery/openapi_build.h"

#include <pthread.h>
#include <stdlib.h>

/* -- documents -------------------------------------------------------------------------------- */

OpenApiBuild openapi_build_new(const DiscoveryRequest *r, bool is_v3, Arena *a)
{
    size_t structs = schema_first_struct + schema_struct_count;
    return (OpenApiBuild){
        .request = r,
        .target = r->target,
        .arena = a,
        .is_v3 = is_v3,
        .wanted = new(a, bool, structs),
        .queue = new(a, const SchemaType *, structs),
        .models = value_object(),
        .paths = value_object(),
    };
}

static void add_built_in(OpenApiBuild *b, const ServedResource *s, OpenApiResource *out)
{
    KubeKind list;
    out->model = openapi_ref_type(b, s->built_in.type);
    if (kube_kind_find(s->built_in.api_version, arena_concat(b->arena, s->kind, STR("List")),
                       &list)) {
        out->list_model = openapi_ref_type(b, list.type);
    }
}

void openapi_add_version(OpenApiBuild *b, Str group, Str version)
{
    ServedResource *list;
    size_t count = served_resources(b->request, group, version, b->arena, &list);
    for (size_t i = 0; i < count; i++) {
        OpenApiResource r = { .served = &list[i],
                              .group = group,
                              .version = version,
                              .model = value_null(),
                              .list_model = value_null() };
        if (list[i].is_custom) {
            openapi_add_custom(b, group, version, &list[i], &r);
        } else {
            add_built_in(b, &list[i], &r);
        }
        openapi_add_paths(b, &r);
    }
}

/* [{"BearerToken": []}] */
static Value security(Arena *a)
{
    Value one = value_object();
    value_set_lit(&one, "BearerToken", value_array(), a);
    Value list = value_array();
    value_add(&list, one, a);
    return list;
}

static Value security_schemes(Arena *a)
{
    Value token = value_object();
    value_set_lit(&token, "description", value_str(STR("Bearer Token authentication")), a);
    value_set_lit(&token, "in", value_str(STR("header")), a);
    value_set_lit(&token, "name", value_str(STR("authorization")), a);
    value_set_lit(&token, "type", value_str(STR("apiKey")), a);
    Value v = value_object();
    value_set_lit(&v, "BearerToken", token, a);
    return v;
}

static Value info(const KubeTarget *target, Arena *a)
{
    Value version = discovery_version(target, a);
    Value v = value_object();
    value_set_lit(&v, "title", value_str(STR("Kubernetes")), a);
    value_set_lit(&v, "version", *value_get_lit(&version, "gitVersion"), a);
    return v;
}

Value openapi_finish(OpenApiBuild *b)
{
    Arena *a = b->arena;
    openapi_write_models(b);
    openapi_write_special_models(b);
    Value v = value_object();
    if (b->is_v3) {
        value_set_lit(&v, "openapi", value_str(STR("3.0.0")), a);
        value_set_lit(&v, "info", info(b->target, a), a);
        value_set_lit(&v, "paths", b->paths, a);
        Value components = value_object();
        value_set_lit(&components, "schemas", b->models, a);
        value_set_lit(&components, "securitySchemes", security_schemes(a), a);
        value_set_lit(&v, "components", components, a);
        return v;
    }
    value_set_lit(&v, "swagger", value_str(STR("2.0")), a);
    value_set_lit(&v, "info", info(b->target, a), a);
    value_set_lit(&v, "paths", b->paths, a);
    value_set_lit(&v, "definitions", b->models, a);
    value_set_lit(&v, "securityDefinitions", security_schemes(a), a);
    value_set_lit(&v, "security", security(a), a);
    return v;
}

static Str json_text(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    return buf_str(&b);
}

/* -- what is asked for ------------------------------------------------------------------------ */

typedef enum OpenApiForm { FORM_V2_JSON, FORM_V2_PROTOBUF, FORM_V3 } OpenApiForm;

typedef struct OpenApiAsk {
    OpenApiForm form;
    Str group; /* of version 3 */
    Str version;
} OpenApiAsk;

static Str make_document(const DiscoveryRequest *r, const OpenApiAsk *ask, Arena *a)
{
    OpenApiBuild b = openapi_build_new(r, ask->form == FORM_V3, a);
    if (ask->form == FORM_V3) {
        openapi_add_version(&b, ask->group, ask->version);
    } else {
        ServedVersions all = served_versions(r, a);
        for (size_t i = 0; i < all.count; i++) {
            openapi_add_version(&b, all.items[i].group, all.items[i].version);
        }
    }
    Value document = openapi_finish(&b);
    return ask->form == FORM_V2_PROTOBUF ? openapi_proto(&document, a) : json_text(&document, a);
}

/* -- kept documents --------------------------------------------------------------------------- */

typedef struct KeptDocument {
    uint64_t key;
    uint64_t ask; /* what it is, whichever custom resources there are: one of each is kept */
    char *bytes;
    size_t len;
} KeptDocument;

enum { KEPT_MAX = 128 };

static struct {
    pthread_mutex_t lock;
    KeptDocument items[KEPT_MAX];
    size_t count;
    size_t next; /* which is given up when all are taken */
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

static uint64_t mix(uint64_t hash, uint64_t more)
{
    return (hash ^ more) * UINT64_C(0x9E3779B97F4A7C15) + (more >> 7);
}

static uint64_t ask_key(const DiscoveryRequest *r, const OpenApiAsk *ask)
{
    uint64_t key = mix((uint64_t)ask->form + 1, (uint64_t)r->target->minor);
    key = mix(key, r->target->features);
    key = mix(key, str_hash(ask->group));
    return mix(key, str_hash(ask->version));
}

/* All that a document depends on. */
static uint64_t document_key(const DiscoveryRequest *r, const OpenApiAsk *ask)
{
    uint64_t key = ask_key(r, ask);
    for (size_t i = 0; i < r->crd_count; i++) {
        const Value *meta = value_get_lit(r->crds[i], "metadata");
        Str group = value_as_str(value_at(r->crds[i], "spec", "group", NULL));
        if (ask->form == FORM_V3 && !str_eq(group, ask->group)) {
            continue;
        }
        key = mix(key, str_hash(value_get_str(meta, STR("uid"))));
        key = mix(key, str_hash(value_get_str(meta, STR("resourceVersion"))));
    }
    return key;
}

/* A copy in the arena. */
static bool find_kept(uint64_t key, Arena *a, Str *out)
{
    bool found = false;
    size_t len = 0;
    pthread_mutex_lock(&kept.lock);
    for (size_t i = 0; i < kept.count; i++) {
        if (kept.items[i].key == key) {
            found = true;
            len = kept.items[i].len;
        }
    }
    pthread_mutex_unlock(&kept.lock);
    if (!found) {
        return false;
    }
    /* an arena may leave at its ceiling, so nothing is locked meanwhile; what was found may be gone
     * then, and is made again */
    char *copy = arena_alloc(a, len);
    found = false;
    pthread_mutex_lock(&kept.lock);
    for (size_t i = 0; i < kept.count; i++) {
        if (kept.items[i].key == key && kept.items[i].len == len) {
            memcpy(copy, kept.items[i].bytes, len);
            found = true;
        }
    }
    pthread_mutex_unlock(&kept.lock);
    *out = str_from(copy, len);
    return found;
}

/* Where the document goes: in the place of the one before it, where there is one. */
static size_t place_for(uint64_t ask)
{
    for (size_t i = 0; i < kept.count; i++) {
        if (kept.items[i].ask == ask) {
            return i;
        }
    }
    return kept.count < KEPT_MAX ? kept.count++ : kept.next++ % KEPT_MAX;
}

static void keep(uint64_t key, uint64_t ask, Str document)
{
    char *bytes = malloc(document.len);
    if (!bytes) {
        return;
    }
    memcpy(bytes, document.ptr, document.len);
    pthread_mutex_lock(&kept.lock);
    size_t place = place_for(ask);
    free(kept.items[place].bytes);
    kept.items[place] = (KeptDocument){ key, ask, bytes, document.len };
    pthread_mutex_unlock(&kept.lock);
}

static Str document(const DiscoveryRequest *r, const OpenApiAsk *ask, Arena *a)
{
    Str out;
    uint64_t key = document_key(r, ask);
    if (!find_kept(key, a, &out)) {
        out = make_document(r, ask, a);
        keep(key, ask_key(r, ask), out);
    }
    return out;
}

/* -- answers ---------------------------------------------------------------------------------- */

/* What clients ask for; the first is no media type that can be sent. */
#define PROTOBUF_ASKED "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
#define PROTOBUF_V2 "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

/* JSON unless the client names protobuf first; a client that names neither is refused. */
static bool choose_v2(const DiscoveryRequest *r, OpenApiForm *out)
{
    Str rest = r->accept.len ? r->accept : STR("*/*");
    Str range;
    while (str_next_piece(&rest, ',', &range)) {
        Str type;
        Str parameters;
        (void)str_split_once(range, ';', &type, &parameters);
        type = str_trim(type);
        if (str_eq(type, STR(PROTOBUF_ASKED)) || str_eq(type, STR(PROTOBUF_V2))) {
            *out = FORM_V2_PROTOBUF;
            return true;
        }
        if (str_eq(type, STR("*/*")) || str_eq(type, STR("application/*")) ||
            str_eq(type, STR("application/json"))) {
            *out = FORM_V2_JSON;
            return true;
        }
    }
    return false;
}

static void answer_bytes(DiscoveryAnswer *out, int code, Str content_type, Str bytes)
{
    *out = (DiscoveryAnswer){
        .code = code, .is_text = true, .content_type = content_type, .text = bytes
    };
}

static void answer_v2(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out)
{
    OpenApiAsk ask = { .group = STR(""), .version = STR("") };
    if (!choose_v2(r, &ask.form)) {
        answer_bytes(out, 406, STR("text/plain; charset=utf-8"), STR(""));
        return;
    }
    bool is_protobuf = ask.form == FORM_V2_PROTOBUF;
    Str protobuf = r->target->minor < 27 ? STR("application/octet-stream") : STR(PROTOBUF_V2);
    answer_bytes(out, 200, is_protobuf ? protobuf : STR("application/json"), document(r, &ask, a));
}

/* Which documents of version 3 there are, each with a hash of what it depends on. */
static void answer_v3_root(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out)
{
    Value paths = value_object();
    ServedVersions all = served_versions(r, a);
    for (size_t i = 0; i < all.count; i++) {
        OpenApiAsk ask = { FORM_V3, all.items[i].group, all.items[i].version };
        Str name = arena_printf(a, "%s/%.*s", ask.group.len ? "apis" : "api",
                                STR_ARG(served_group_version(ask.group, ask.version, a)));
        Str url = arena_printf(a, "/openapi/v3/%.*s?hash=%016llX", STR_ARG(name),
                               (unsigned long long)document_key(r, &ask));
        Value v = value_object();
        value_set_lit(&v, "serverRelativeURL", value_str(url), a);
        value_set(&paths, name, v, a);
    }
    Value v = value_object();
    value_set_lit(&v, "paths", paths, a);
    answer_bytes(out, 200, STR("application/json"), json_text(&v, a));
}

static bool answer_v3(const DiscoveryRequest *r, Str name, Arena *a, DiscoveryAnswer *out)
{
    OpenApiAsk ask = { .form = FORM_V3, .group = STR("") };
    Str rest = str_cut_prefix(name, STR("apis/"));
    if (rest.len < name.len) {
        if (!str_split_once(rest, '/', &ask.group, &ask.version)) {
            return false;
        }
    } else {
        ask.version = str_cut_prefix(name, STR("api/"));
        if (ask.version.len == name.len) {
            return false;
        }
    }
    if (ask.version.len == 0 || !discovery_has_group(r, ask.group, ask.version)) {
        return false;
    }
    answer_bytes(out, 200, STR("application/json"), document(r, &ask, a));
    return true;
}

bool discovery_openapi(const DiscoveryRequest *r, Arena *a, DiscoveryAnswer *out)
{
    if (str_eq(r->path, STR("/openapi/v2"))) {
        answer_v2(r, a, out);
        return true;
    }
    Str rest = str_cut_prefix(r->path, STR("/openapi/v3"));
    if (rest.len == r->path.len || r->target->minor < 24) {
        return false;
    }
    if (rest.len == 0 || str_eq(rest, STR("/"))) {
        answer_v3_root(r, a, out);
        return true;
    }
    return rest.ptr[0] == '/' && answer_v3(r, str_drop(rest, 1), a, out);
}
