/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a recorded request to podgate, and bringing the answer into the form of the recording. */
#include "cli/case_run.h"

#include "cluster/preset.h"
#include "decide/psa/recorded.h"
#include "doc/json.h"
#include "kube/kinds.h"
#include "server/api/api.h"

#include <assert.h>
#include <stdlib.h>

/* What generated names end with here, and what the recordings have in its place. */
#define NAME_SUFFIX "x7q9z"
#define RECORDED_SUFFIX "?????"
#define POD_POINTER_TEXT "0xc000000000"
#define RECORDED_POINTER "0xPTR"

void case_runner_init(CaseRunner *r, const KubeTarget *target)
{
    SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    bool known = preset_put(b, STR("kubernetes"));
    assert(known);
    (void)known;
    *r = (CaseRunner){ snapshot_builder_finish(b), *target };
}

void case_runner_done(CaseRunner *r)
{
    snapshot_release(r->base);
}

/* -- the request --------------------------------------------------------------------------------
 */

typedef struct Case {
    const Value *request;
    Str operation;
    KubeTarget target;
    ApiRequest api;
    UserInfo user;
    RbacImpersonation as;
    Str generate_name; /* of an object without a name; "" for none */
    Arena *arena;
} Case;

static Str request_str(const Case *c, const char *field)
{
    Str s = value_get_str(c->request, str_from_c(field));
    return s.ptr ? s : STR("");
}

/* The kind that the request's path is for: the object's own, or where that version is not served
 * the same kind in one that is. A body that does not say what it is is a pod. */
static bool find_kind(const Case *c, const Value *object, KubeKind *out)
{
    Str kind = value_get_str(object, STR("kind"));
    if (kind.len == 0 || str_eq(kind, STR("EphemeralContainers"))) {
        return kube_kind_find(STR("v1"), STR("Pod"), out);
    }
    Str version = value_get_str(object, STR("apiVersion"));
    if (kube_kind_find(version, kind, out) && out->resource.len &&
        kube_kind_is_served(out, &c->target)) {
        return true;
    }
    bool found = false;
    for (size_t i = 0; i < kube_kind_count(); i++) {
        KubeKind other = kube_kind_at(i);
        if (str_eq(other.kind, kind) && other.resource.len &&
            kube_kind_is_served(&other, &c->target) &&
            (!found || kube_version_cmp(other.version, out->version) < 0)) {
            *out = other;
            found = true;
        }
    }
    return found;
}

/* /apis/GROUP/VERSION[/namespaces/NS]/RESOURCE[/NAME[/SUBRESOURCE]][?dryRun=All] */
static Str make_uri(const Case *c, const KubeKind *kind, Str namespace, Str name)
{
    Buf b = buf_new(c->arena);
    buf_printf(&b, "/%s/%.*s", kind->group.len ? "apis" : "api", STR_ARG(kind->api_version));
    if (kind->namespaced && namespace.len) {
        buf_printf(&b, "/namespaces/%.*s", STR_ARG(namespace));
    }
    buf_printf(&b, "/%.*s", STR_ARG(kind->resource));
    Str subresource = request_str(c, "subresource");
    if (name.len) {
        buf_byte(&b, '/');
        buf_add(&b, name);
    }
    if (subresource.len) {
        buf_byte(&b, '/');
        buf_add(&b, subresource);
    }
    if (value_get_bool(c->request, STR("dryRun")).value) {
        buf_lit(&b, "?dryRun=All");
    }
    return buf_str(&b);
}

static bool set_up_write(Case *c, Err *err)
{
    KubeKind kind;
    const Value *object = c->api.body;
    if (!find_kind(c, object, &kind)) {
        return err_set(err, c->arena, ERR_UNSUPPORTED, "a kind that is not served: %.*s",
                       STR_ARG(value_get_str(object, STR("kind"))));
    }
    bool update = str_eq(c->operation, STR("UPDATE"));
    const Value *named = value_get_lit(c->request, "oldObject");
    named = named ? named : object;
    Str name = value_as_str(value_at(named, "metadata", "name", NULL));
    c->api.method = update ? STR("PUT") : STR("POST");
    c->api.uri = make_uri(c, &kind, request_str(c, "namespace"), update ? name : STR(""));
    return true;
}

static bool set_up_review(Case *c, Err *err)
{
    static const Str administrators[] = { STR_INIT("system:masters"),
                                          STR_INIT("system:authenticated") };
    KubeKind kind;
    const Value *object = c->api.body;
    if (!find_kind(c, object, &kind)) {
        return err_set(err, c->arena, ERR_UNSUPPORTED, "a review that is not served: %.*s",
                       STR_ARG(value_get_str(object, STR("kind"))));
    }
    if (c->user.name.len == 0) {
        c->user = (UserInfo){ .name = STR("admin"),
                              .groups = { administrators, COUNT_OF(administrators) } };
    }
    Str namespace = value_as_str(value_at(object, "metadata", "namespace", NULL));
    c->api.method = STR("POST");
    c->api.uri = make_uri(c, &kind, namespace, STR(""));
    return true;
}

static void set_up_http(Case *c)
{
    const Value *as = value_get_lit(c->request, "impersonate");
    c->api.method = request_str(c, "method");
    c->api.uri = request_str(c, "path");
    if (value_is(as, VALUE_OBJECT)) {
        c->as = (RbacImpersonation){
            .user = value_get_str(as, STR("user")),
            .groups = value_str_list(value_get_lit(as, "groups"), c->arena),
            .extra = value_get_lit(as, "extra"),
            .uid = value_get_str(as, STR("uid")),
        };
        c->api.impersonate = &c->as;
    }
}

static CaseOutcome set_up(Case *c, const CaseRunner *r, const Value *test, Err *err)
{
    c->request = value_get_lit(test, "request");
    c->operation = request_str(c, "operation");
    if (!value_is(c->request, VALUE_OBJECT) || c->operation.len == 0) {
        return CASE_UNSUPPORTED;
    }
    c->target = r->target;
    VALUE_EACH_MEMBER(gate, value_get_lit(test, "featureGates")) {
        if (!kube_target_set_feature(&c->target, member_key(gate),
                                     value_as_bool(&gate->value).value, c->arena, err)) {
            return CASE_MALFORMED;
        }
    }
    c->user = (UserInfo){ .name = request_str(c, "user"),
                          .groups = value_str_list(value_get_lit(c->request, "groups"), c->arena),
                          .extra = value_get_lit(c->request, "extra") };
    c->api = (ApiRequest){ .user = &c->user,
                           .body = value_get_lit(c->request, "object"),
                           .name_suffix = STR(NAME_SUFFIX),
                           .target = &c->target };
    const Value *metadata = value_get_lit(c->api.body, "metadata");
    if (value_get_str(metadata, STR("name")).len == 0) {
        c->generate_name = value_get_str(metadata, STR("generateName"));
    }
    if (str_eq(c->operation, STR("HTTP"))) {
        set_up_http(c);
        return CASE_DECIDED;
    }
    bool ok;
    if (str_eq(c->operation, STR("CREATE")) || str_eq(c->operation, STR("UPDATE"))) {
        ok = set_up_write(c, err);
    } else if (str_eq(c->operation, STR("REVIEW"))) {
        ok = set_up_review(c, err);
    } else {
        return CASE_UNSUPPORTED;
    }
    return ok ? CASE_DECIDED : CASE_UNSUPPORTED;
}

/* -- the state ----------------------------------------------------------------------------------
 */

/* The first object that is left out is in *err. */
static const Snapshot *make_state(const CaseRunner *r, const Case *c, const Value *test, Err *err)
{
    SnapshotBuilder *b = snapshot_builder_new(r->base, SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW);
    VALUE_EACH_ITEM(object, value_get_lit(test, "objects")) {
        (void)snapshot_builder_put(b, object, NULL);
    }
    const Value *old = value_get_lit(c->request, "oldObject");
    if (value_is(old, VALUE_OBJECT)) {
        (void)snapshot_builder_put(b, old, NULL);
    }
    for (const SnapshotNote *n = snapshot_builder_notes(b); n && err->code == ERR_NONE;
         n = n->next) {
        if (n->is_error) {
            (void)err_set(err, c->arena, ERR_TYPE, "left out: %.*s", STR_ARG(n->text));
        }
    }
    return snapshot_builder_finish(b);
}

/* -- the answer ----------------------------------------------------------------------------------
 */

/* Replaces each occurrence of one text by another of any length. */
static Str replace(Str s, Str from, Str to, Arena *a)
{
    ptrdiff_t at = from.len ? str_index(s, from) : -1;
    if (at < 0) {
        return s;
    }
    Buf b = buf_new(a);
    for (; at >= 0; at = str_index(s, from)) {
        buf_add(&b, str_slice(s, 0, (size_t)at));
        buf_add(&b, to);
        s = str_drop(s, (size_t)at + from.len);
    }
    buf_add(&b, s);
    return buf_str(&b);
}

/* What no two servers have in common: random suffixes and addresses, as the recordings write them.
 * In place; strings are copied, so that they outlive the state. Depth is bounded by the reader. */
static void hide_random(const Case *c, Value *v)
{
    Arena *a = c->arena;
    if (v->kind == VALUE_STRING) {
        Str s = replace(value_as_str(v), STR(POD_POINTER_TEXT), STR(RECORDED_POINTER), a);
        s = replace(s, STR("-" NAME_SUFFIX), STR("-" RECORDED_SUFFIX), a);
        if (c->generate_name.len) {
            s = replace(s, arena_concat(a, c->generate_name, STR(NAME_SUFFIX)),
                        arena_concat(a, c->generate_name, STR(RECORDED_SUFFIX)), a);
        }
        *v = value_str(arena_str(a, s));
    }
    VALUE_EACH_ITEM(item, v) {
        hide_random(c, item);
    }
    VALUE_EACH_MEMBER(m, v) {
        hide_random(c, &m->value);
    }
}

static void copy_member(Value *to, const Value *from, const char *key, Arena *a)
{
    const Value *v = value_get(from, str_from_c(key));
    if (v) {
        value_set(to, str_from_c(key), value_copy(v, a), a);
    }
}

/* Of a pod what the recordings keep: metadata's annotations and labels, spec, the QoS class. */
static Value recorded_pod(const Value *pod, Arena *a)
{
    Value out = value_object();
    Value metadata = value_object();
    Value status = value_object();
    const Value *in = value_get_lit(pod, "metadata");
    copy_member(&metadata, in, "annotations", a);
    copy_member(&metadata, in, "labels", a);
    copy_member(&status, value_get_lit(pod, "status"), "qosClass", a);
    value_set_lit(&out, "metadata", metadata, a);
    copy_member(&out, pod, "spec", a);
    value_set_lit(&out, "status", status, a);
    return out;
}

/* Of any other object all but what only a server sets. */
static Value recorded_object(const Value *object, Arena *a)
{
    static const Str server_set[] = { STR_INIT("uid"),           STR_INIT("creationTimestamp"),
                                      STR_INIT("managedFields"), STR_INIT("resourceVersion"),
                                      STR_INIT("selfLink"),      STR_INIT("generation") };
    Value out = value_copy(object, a);
    Str kind = value_get_str(object, STR("kind"));
    if (str_eq(kind, STR("EphemeralContainers"))) {
        value_remove(&out, STR("metadata"));
        value_remove(&out, STR("apiVersion"));
        return out;
    }
    Value *metadata = value_get_lit(&out, "metadata");
    for (size_t i = 0; i < COUNT_OF(server_set); i++) {
        value_remove(metadata, server_set[i]);
    }
    return out;
}

static void add_refusal(Value *got, const ApiResponse *response, Arena *a)
{
    static const char *const parts[] = { "reason", "message", "details" };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        copy_member(got, &response->body, parts[i], a);
    }
}

typedef struct SortedRule {
    Str text; /* with sorted keys */
    Value value;
} SortedRule;

static int rule_cmp(const void *left, const void *right)
{
    return str_cmp(((const SortedRule *)left)->text, ((const SortedRule *)right)->text);
}

/* The rules of a review, which come in no particular order. In place. */
static void sort_rules(Value *rules, Arena *a)
{
    size_t count = value_len(rules);
    SortedRule *sorted = new(a, SortedRule, count);
    for (size_t i = 0; i < count; i++) {
        Buf b = buf_new(a);
        Value copy = value_copy(&rules->items[i], a);
        value_sort_keys(&copy);
        json_write(&copy, &b);
        sorted[i] = (SortedRule){ buf_str(&b), rules->items[i] };
    }
    if (count > 0) {
        qsort(sorted, count, sizeof *sorted, rule_cmp);
    }
    for (size_t i = 0; i < count; i++) {
        rules->items[i] = sorted[i].value;
    }
}

static void add_review(Value *got, const ApiResponse *response, Arena *a)
{
    copy_member(got, &response->body, "status", a);
    Value *status = value_get_lit(got, "status");
    const Value *allowed = value_get_lit(status, "allowed");
    if (allowed) {
        value_set_lit(got, "allowed", *allowed, a);
    }
    sort_rules(value_get_lit(status, "resourceRules"), a);
    sort_rules(value_get_lit(status, "nonResourceRules"), a);
}

static Value make_got(const Case *c, const ApiResponse *response)
{
    Arena *a = c->arena;
    Value got = value_object();
    bool ok = response->code >= 200 && response->code < 300;
    bool http = str_eq(c->operation, STR("HTTP"));
    bool review = str_eq(c->operation, STR("REVIEW"));
    if (!review || !ok) {
        value_set_lit(&got, "allowed", value_bool(http ? response->code != 403 : ok), a);
    }
    value_set_lit(&got, "code", value_int(response->code), a);
    if (!ok) {
        add_refusal(&got, response, a);
    } else if (review) {
        add_review(&got, response, a);
    } else if (!http) {
        bool pod = str_eq(value_get_str(&response->body, STR("kind")), STR("Pod"));
        value_set_lit(&got, "object",
                      pod ? recorded_pod(&response->body, a) : recorded_object(&response->body, a),
                      a);
    }
    hide_random(c, &got);
    return got;
}

CaseOutcome case_decide(const CaseRunner *r, const Value *test, Arena *a, Value *got, Err *err)
{
    if (psa_recorded_has_topic(value_get_str(test, STR("topic")))) {
        return psa_recorded_decide(test, a, got, err) ? CASE_DECIDED : CASE_MALFORMED;
    }
    Case c = { .arena = a };
    CaseOutcome outcome = set_up(&c, r, test, err);
    if (outcome != CASE_DECIDED) {
        return outcome;
    }
    const Snapshot *state = make_state(r, &c, test, err);
    ApiResponse response;
    api_handle(snapshot_facts(state), &c.api, a, &response);
    *got = make_got(&c, &response);
    snapshot_release(state);
    return CASE_DECIDED;
}
