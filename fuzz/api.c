/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request to the API server, over a small cluster: the whole way from the request line through
 * authorization, the admission chain and validation to the answer.
 *
 * The input: the user's name, a line; the method and the URI, a line; then the body. A body that is
 * an array holds objects that the cluster has besides its own, and as its last item the body.
 *
 * What must hold: an error is a Status; the patch of a decision makes of what was sent what it says
 * would be stored; deciding changes nothing, so that the second answer is the first.
 */
#include "fuzz.h"

#include "cluster/preset.h"
#include "doc/json.h"
#include "doc/patch.h"
#include "server/api/api.h"

static const char state_json[] =
    "[{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"default\","
    "\"namespace\":\"n\"},\"secrets\":[{\"name\":\"t\"}]},"
    "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"type\":\"kubernetes.io/service-account-token\","
    "\"metadata\":{\"name\":\"t\",\"namespace\":\"n\",\"annotations\":{"
    "\"kubernetes.io/service-account.name\":\"default\"}}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"LimitRange\",\"metadata\":{\"name\":\"l\",\"namespace\":"
    "\"n\"},"
    "\"spec\":{\"limits\":[{\"type\":\"Container\",\"default\":{\"cpu\":\"1\"},\"max\":{\"memory\":"
    "\"1Gi\"}},{\"type\":\"Pod\",\"maxLimitRequestRatio\":{\"cpu\":\"8\"}}]}},"
    "{\"apiVersion\":\"v1\",\"kind\":\"ResourceQuota\",\"metadata\":{\"name\":\"q\",\"namespace\":"
    "\"n\"},\"spec\":{\"hard\":{\"pods\":\"9\",\"requests.cpu\":\"4\"}}},"
    "{\"apiVersion\":\"policy/"
    "v1beta1\",\"kind\":\"PodSecurityPolicy\",\"metadata\":{\"name\":\"p\"},"
    "\"spec\":{\"runAsUser\":{\"rule\":\"MustRunAs\",\"ranges\":[{\"min\":1,\"max\":9}]},"
    "\"seLinux\":{\"rule\":\"RunAsAny\"},\"fsGroup\":{\"rule\":\"RunAsAny\"},"
    "\"supplementalGroups\":{\"rule\":\"RunAsAny\"},\"volumes\":[\"*\"]}}]";

static Str next_line(Str *rest)
{
    Str line = STR("");
    if (!str_split_once(*rest, '\n', &line, rest)) {
        *rest = STR("");
    }
    return line;
}

static void put_all(SnapshotBuilder *b, const Value *objects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)snapshot_builder_put(b, value_item(objects, i), NULL);
    }
}

/* Made once, and kept. */
static const Snapshot *base_state(void)
{
    static const Snapshot *base;
    if (base == NULL) {
        Arena a;
        arena_init(&a, 0);
        SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
        HOLDS(preset_put(b, STR("kubernetes")));
        Value state;
        Err err;
        HOLDS(json_read(STR("state"), STR(state_json), NULL, &a, &state, &err));
        put_all(b, &state, state.len);
        base = snapshot_builder_finish(b);
        arena_done(&a);
    }
    return base;
}

static Str answer_text(const ApiResponse *response, Arena *a)
{
    Buf b = buf_new(a);
    buf_int(&b, response->code);
    json_write(&response->body, &b);
    return buf_str(&b);
}

static void check(const Snapshot *s, const ApiRequest *request, Arena *a)
{
    ApiResponse first, second;
    api_handle(snapshot_facts(s), request, a, &first);
    api_handle(snapshot_facts(s), request, a, &second);
    HOLDS(first.code < 400 || first.code == 404 || first.is_status);
    HOLDS(!first.is_status || value_is(value_get_lit(&first.body, "message"), VALUE_STRING));
    HOLDS(str_eq(answer_text(&first, a), answer_text(&second, a)));
    const AdmissionDecision *d = first.decision;
    if (d && d->allowed && value_is(request->body, VALUE_OBJECT) &&
        value_get_lit(request->body, "kind") && value_get_lit(request->body, "apiVersion") &&
        (str_eq(request->method, STR("POST")) || str_eq(request->method, STR("PUT")))) {
        Value patched = *request->body;
        Err err;
        HOLDS(patch_apply(&patched, &d->patch, a, &err));
        HOLDS(value_equal(&patched, &d->object));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const Str groups[] = { STR_INIT("system:masters"), STR_INIT("system:authenticated") };
    Arena a;
    arena_init(&a, 0);
    Str rest = { (const char *)data, size };
    if (size == 0) {
        rest = STR("");
    }
    Str user_name = next_line(&rest);
    Str line = next_line(&rest);
    UserInfo user = { .name = user_name, .groups = { groups + 1, 1 } };
    if (str_eq(user_name, STR("admin"))) {
        user.groups = (StrList){ groups, 2 };
    }
    ApiRequest request = { .user = &user };
    (void)str_split_once(line, ' ', &request.method, &request.uri);
    SnapshotBuilder *b = snapshot_builder_new(base_state(), SNAPSHOT_KEEP_OBJECTS);
    Value body;
    Err err;
    if (json_read(STR("body"), rest, NULL, &a, &body, &err)) {
        request.body = &body;
        if (body.kind == VALUE_ARRAY && body.len > 0) {
            put_all(b, &body, body.len - 1);
            request.body = value_item(&body, body.len - 1);
        }
    }
    const Snapshot *s = snapshot_builder_finish(b);
    static const int minors[] = { 16, 20, 25, KUBE_MINOR_NEWEST };
    for (size_t i = 0; i < COUNT_OF(minors); i++) {
        KubeTarget target = kube_target(minors[i]);
        request.target = &target;
        check(s, &request, &a);
    }
    snapshot_release(s);
    arena_done(&a);
    return 0;
}
