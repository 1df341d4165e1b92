/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Webhooks' answers: whatever bytes a webhook answers with, the request is admitted or refused with
 * a status, and what is admitted decodes as it is. The first byte chooses the sort of webhook, the
 * review's version and the HTTP status; UID in the rest stands for that of the review.
 */
#include "fuzz.h"

#include "decide/admission/admission.h"
#include "doc/json.h"
#include "kube/schema.h"

enum { VALIDATES = 1, IS_V1BETA1 = 2, IS_NEW = 4, IGNORES = 8, FAILS = 16, DELETES = 32 };

typedef struct Cluster {
    Value configuration;
    const Value *list[1];
    bool validates;
} Cluster;

static const Value *find_object(const void *cluster, ObjectKey key)
{
    static const Value namespace = { .kind = VALUE_OBJECT };
    (void)cluster;
    return str_eq(key.kind, STR("Namespace")) ? &namespace : NULL;
}

static ObjectList find_objects(const void *cluster, ObjectKey key)
{
    const Cluster *c = cluster;
    Str kind = c->validates ? STR("ValidatingWebhookConfiguration")
                            : STR("MutatingWebhookConfiguration");
    return str_eq(key.kind, kind) ? (ObjectList){ c->list, 1 } : (ObjectList){ 0 };
}

static Value read(const char *text, Arena *a)
{
    Value v;
    Err err;
    HOLDS(json_read(STR("text"), str_from_c(text), NULL, a, &v, &err));
    return v;
}

typedef struct Asked {
    Arena *arena;
    Str bytes;
    int status;
    Answer answer;
    size_t times;
} Asked;

/* The bytes, with the review's own uid for UID. */
static const Answer *ask(void *context, const Ask *ask)
{
    Asked *asked = context;
    Value review;
    Err err;
    HOLDS(json_read(STR("review"), ask->body, NULL, asked->arena, &review, &err));
    Str uid = value_as_str(value_at(&review, "request", "uid", NULL));
    HOLDS(uid.len == 36 && ask->timeout_seconds > 0);
    Buf b = buf_new(asked->arena);
    Str rest = asked->bytes;
    for (ptrdiff_t at; (at = str_index(rest, STR("UID"))) >= 0;) {
        buf_add(&b, str_slice(rest, 0, (size_t)at));
        buf_add(&b, uid);
        rest = str_drop(rest, (size_t)at + 3);
    }
    buf_add(&b, rest);
    asked->times++;
    asked->answer =
        (Answer){ .status = asked->status, .content_type = STR("text/plain"), .body = buf_str(&b) };
    return &asked->answer;
}

static void check(const AdmissionDecision *d, const AdmissionRequest *r, Arena *a)
{
    Value again;
    Err err;
    HOLDS(!d->waits);
    if (!d->allowed) {
        HOLDS(d->status.code >= 400 && d->status.message.len);
        HOLDS(d->refusal.kind == VALUE_NULL ||
              value_get_int(&d->refusal, STR("code")).value == d->status.code);
    } else if (r->object) {
        HOLDS(schema_decode(schema_find(STR("v1"), STR("ConfigMap")), &d->object, r->target, a,
                            &again, NULL, &err));
    }
}

static void decide(int how, Str bytes, Arena *a)
{
    Cluster cluster = { .validates = how & VALIDATES };
    Asked asked = { .arena = a, .bytes = bytes, .status = how & FAILS ? 500 : 200 };
    Asker asker = { &asked, 1, ask };
    KubeTarget target = kube_target(how & IS_NEW ? KUBE_MINOR_NEWEST : 20);
    UserInfo user = { .name = STR("alice") };
    AdmissionOptions options = {
        .plugins = ADMISSION_PLUGIN_BIT(ADMISSION_MUTATING_WEBHOOK) |
                   ADMISSION_PLUGIN_BIT(ADMISSION_VALIDATING_WEBHOOK),
        .steps = ADMISSION_STEP_DECODE | ADMISSION_STEP_DEFAULT,
    };
    cluster.configuration = read(
        "{\"metadata\":{\"name\":\"c\"},\"webhooks\":[{\"name\":\"w\",\"clientConfig\":{\"url\":"
        "\"https://h\"},\"sideEffects\":\"None\",\"reinvocationPolicy\":\"IfNeeded\",\"rules\":[{"
        "\"operations\":[\"*\"],\"apiGroups\":[\"*\"],\"apiVersions\":[\"*\"],\"resources\":[\"*\"]"
        "}]}]}",
        a);
    cluster.list[0] = &cluster.configuration;
    Value *hook = value_item(value_get_lit(&cluster.configuration, "webhooks"), 0);
    Value versions = value_array();
    value_add(&versions, value_str(how & IS_V1BETA1 ? STR("v1beta1") : STR("v1")), a);
    value_set_lit(hook, "admissionReviewVersions", versions, a);
    value_set_lit(hook, "failurePolicy", value_str(how & IGNORES ? STR("Ignore") : STR("Fail")), a);
    Facts facts = { .cluster = &cluster, .object = find_object, .objects = find_objects };
    Value object = read("{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
                        "\"m\",\"namespace\":\"n\"},\"data\":{\"a\":\"b\"}}",
                        a);
    AdmissionRequest request = {
        .operation = how & DELETES ? ADMISSION_DELETE : ADMISSION_CREATE,
        .user = &user,
        .group = STR(""),
        .version = STR("v1"),
        .resource = STR("configmaps"),
        .subresource = STR(""),
        .kind = STR("ConfigMap"),
        .namespace = STR("n"),
        .name = STR("m"),
        .object = how & DELETES ? NULL : &object,
        .old_object = how & DELETES ? &object : NULL,
        .target = &target,
        .options = &options,
        .asker = &asker,
    };
    AdmissionDecision decision;
    admission_decide(&facts, &request, a, &decision);
    HOLDS(asked.times >= 1 && asked.times <= 2);
    check(&decision, &request, a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    if (size) {
        decide(data[0], str_from((const char *)data + 1, size - 1), &a);
    }
    arena_done(&a);
    return 0;
}
