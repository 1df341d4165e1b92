/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding recorded cases again. */
#include "decide/psa/recorded.h"

#include "base/base64.h"
#include "decide/psa/admission.h"
#include "decide/psa/object.h"

#include <stdlib.h>

typedef bool Decide(const Value *recorded, Arena *a, Value *got, Err *err);

static void set_text(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

static Value texts_to_value(StrList texts, Arena *a)
{
    Value list = value_array();
    for (size_t i = 0; i < texts.count; i++) {
        value_add(&list, value_str(texts.items[i]), a);
    }
    return list;
}

/* -- psa ------------------------------------------------------------------------------------------
 */

/* {"allowed", "reason", "detail"}, the last two when refused */
static Value result_to_value(const PodView *pod, PsaLevelVersion policy, Arena *a)
{
    PsaResult result;
    Value v = value_object();
    psa_evaluate(pod, policy, NULL, a, &result);
    value_set_lit(&v, "allowed", value_bool(psa_allowed(&result)), a);
    if (!psa_allowed(&result)) {
        Buf reason = buf_new(a);
        Buf detail = buf_new(a);
        psa_write_reason(&result, &reason);
        psa_write_detail(&result, &detail);
        set_text(&v, "reason", buf_str(&reason), a);
        set_text(&v, "detail", buf_str(&detail), a);
    }
    return v;
}

/* One entry for each stretch of versions with the same answer. */
static Value runs_of_level(const PodView *pod, PsaLevel level, Arena *a)
{
    Value runs = value_array();
    Value last = value_null();
    for (int64_t minor = 0; minor <= PSA_MINOR_NEWEST; minor++) {
        PsaLevelVersion policy = { level, { false, minor } };
        Value result = result_to_value(pod, policy, a);
        if (minor == 0 || !value_equal(&result, &last)) {
            Value run = value_copy(&result, a);
            Buf from = buf_new(a);
            psa_version_write(policy.version, &from);
            set_text(&run, "from", buf_str(&from), a);
            value_add(&runs, run, a);
            last = result;
        }
    }
    return runs;
}

static bool decide_pod(const Value *recorded, Arena *a, Value *got, Err *err)
{
    PodView pod;
    const Value *manifest = value_get_lit(recorded, "pod");
    if (!manifest) {
        return err_set(err, a, ERR_TYPE, "the case has no pod");
    }
    if (!pod_view_read(manifest, a, &pod, err)) {
        return false;
    }
    value_set_lit(got, "baseline", runs_of_level(&pod, PSA_BASELINE, a), a);
    value_set_lit(got, "restricted", runs_of_level(&pod, PSA_RESTRICTED, a), a);
    return true;
}

/* -- psa-decode
 * ------------------------------------------------------------------------------------ */

static bool decide_raw(const Value *recorded, Arena *a, Value *got, Err *err)
{
    static const PsaKind pod_kind = { STR_INIT(""), STR_INIT("v1"), STR_INIT("Pod") };
    static const PsaLevel levels[] = { PSA_BASELINE, PSA_RESTRICTED };
    Str raw = value_get_str(recorded, STR("raw"));
    PsaObject object;
    PodView pod;
    Err why;
    Str encoded = value_get_str(recorded, STR("rawBase64"));
    Buf bytes = buf_new(a);
    if (!raw.ptr && (!encoded.ptr || !base64_read(encoded, &bytes))) {
        return err_set(err, a, ERR_TYPE, "the case has neither raw nor rawBase64");
    }
    raw = raw.ptr ? raw : buf_str(&bytes);
    if (!psa_object_read(raw, &pod_kind, a, &object, &why) ||
        !pod_view_read(&object.value, a, &pod, &why)) {
        set_text(got, "decodeError", why.msg, a);
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(levels); i++) {
        PsaLevelVersion policy = { levels[i], PSA_LATEST };
        Buf key = buf_new(a);
        psa_level_version_write(policy, &key);
        value_set(got, buf_str(&key), result_to_value(&pod, policy, a), a);
    }
    return true;
}

/* -- psa-config
 * ------------------------------------------------------------------------------------ */

static Value file_to_value(const PsaConfigFile *file, Arena *a)
{
    Value defaults = value_object();
    for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
        Str name = psa_mode_name(mode);
        value_set(&defaults, name, value_str(file->levels[mode]), a);
        value_set(&defaults, arena_concat(a, name, STR("-version")),
                  value_str(file->versions[mode]), a);
    }
    const PsaExemptions *e = &file->exemptions;
    Value exemptions = value_object();
    value_set_lit(&exemptions, "usernames", texts_to_value(e->usernames, a), a);
    value_set_lit(&exemptions, "namespaces", texts_to_value(e->namespaces, a), a);
    value_set_lit(&exemptions, "runtimeClasses", texts_to_value(e->runtime_classes, a), a);
    Value v = value_object();
    value_set_lit(&v, "defaults", defaults, a);
    value_set_lit(&v, "exemptions", exemptions, a);
    return v;
}

static bool decide_config(const Value *recorded, Arena *a, Value *got, Err *err)
{
    PsaConfigFile file;
    PsaConfig config;
    Err why;
    Str input = value_get_str(recorded, STR("input"));
    if (!input.ptr) {
        return err_set(err, a, ERR_TYPE, "the case has no input");
    }
    if (!psa_config_load(input, a, &file, &why)) {
        set_text(got, "loadError", why.msg, a);
        return true;
    }
    value_set_lit(got, "config", file_to_value(&file, a), a);
    FieldErrors exemption_errors = field_errors_new(a);
    psa_config_validate_exemptions(&file, &exemption_errors);
    if (!psa_config_complete(&file, a, &config, &why)) {
        set_text(got, "completeError", why.msg, a);
    } else if (exemption_errors.count) {
        Buf b = buf_new(a);
        field_errors_write_aggregate(&exemption_errors, &b);
        set_text(got, "validateError", buf_str(&b), a);
    }
    FieldErrors errors = field_errors_new(a);
    psa_config_validate(&file, &errors);
    if (errors.count) {
        Value texts = value_array();
        for (const FieldError *e = errors.first; e; e = e->next) {
            Buf b = buf_new(a);
            field_error_write(e, &b);
            value_add(&texts, value_str(buf_str(&b)), a);
        }
        value_set_lit(got, "fieldErrors", texts, a);
    }
    return true;
}

/* -- psa-admission
 * --------------------------------------------------------------------------------- */

typedef struct RecordedCluster {
    const Value *namespaces;
    const Value **pods; /* of all namespaces, in the order of the lister */
    size_t pod_count;
    const Value **listed; /* room for the answer */
    bool cannot_list;
    bool time_is_over;
} RecordedCluster;

static const Value *recorded_namespace(const void *context, Str name)
{
    const RecordedCluster *c = context;
    VALUE_EACH_ITEM(ns, c->namespaces) {
        if (str_eq(value_as_str(value_at(ns, "metadata", "name", NULL)), name)) {
            return ns;
        }
    }
    return NULL;
}

static bool recorded_pods(const void *context, Str namespace, ObjectList *out)
{
    const RecordedCluster *c = context;
    size_t count = 0;
    for (size_t i = 0; i < c->pod_count; i++) {
        Str of = value_as_str(value_at(c->pods[i], "metadata", "namespace", NULL));
        if (str_eq(of, namespace)) {
            c->listed[count++] = c->pods[i];
        }
    }
    *out = (ObjectList){ c->listed, count };
    return !c->cannot_list;
}

static bool recorded_time_is_over(const void *context)
{
    const RecordedCluster *c = context;
    return c->time_is_over;
}

enum { REPEAT_MAX = 100000 };

/* {"repeat": N, "pod": P} stands for N pods, anything else for itself. */
static size_t copies_of(const Value *entry)
{
    OptInt64 repeat = value_get_int(entry, STR("repeat"));
    if (!repeat.set) {
        return 1;
    }
    return repeat.value < 0 ? 0 : repeat.value > REPEAT_MAX ? REPEAT_MAX : (size_t)repeat.value;
}

static Value *numbered_copy(const Value *pod, size_t number, Arena *a)
{
    Value *copy = new(a, Value, 1);
    *copy = value_copy(pod, a);
    Value *metadata = value_need_object(copy, STR("metadata"), a);
    if (metadata) {
        Str name = value_get_str(metadata, STR("name"));
        set_text(metadata, "name", arena_printf(a, "%.*s%05zu", STR_ARG(name), number), a);
    }
    return copy;
}

static void read_pods(const Value *entries, Arena *a, RecordedCluster *out)
{
    size_t total = 0;
    VALUE_EACH_ITEM(entry, entries) {
        total += copies_of(entry);
    }
    out->pods = new(a, const Value *, total);
    out->listed = new(a, const Value *, total);
    VALUE_EACH_ITEM(entry, entries) {
        const Value *pod = value_get_lit(entry, "repeat") ? value_get_lit(entry, "pod") : NULL;
        size_t copies = copies_of(entry);
        for (size_t i = 0; i < copies; i++) {
            out->pods[out->pod_count++] = pod ? numbered_copy(pod, i, a) : entry;
        }
    }
}

static PsaRequest read_request(const Value *r)
{
    const Value *resource = value_get_lit(r, "resource");
    const Value *kind = value_get_lit(r, "kind");
    return (PsaRequest){
        .operation = value_get_str(r, STR("operation")),
        .group = value_get_str(resource, STR("group")),
        .resource = value_get_str(resource, STR("resource")),
        .subresource = value_get_str(r, STR("requestSubResource")),
        .kind_group = value_get_str(kind, STR("group")),
        .kind_version = value_get_str(kind, STR("version")),
        .kind = value_get_str(kind, STR("kind")),
        .namespace = value_get_str(r, STR("namespace")),
        .name = value_get_str(r, STR("name")),
        .user = value_as_str(value_at(r, "userInfo", "username", NULL)),
        .object = value_get_lit(r, "object"),
        .old_object = value_get_lit(r, "oldObject"),
    };
}

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static Value metrics_to_value(const PsaDecision *d, const PsaRequest *request, Arena *a)
{
    Str texts[PSA_METRICS_MAX];
    for (size_t i = 0; i < d->metric_count; i++) {
        Buf b = buf_new(a);
        psa_metric_write(&d->metrics[i], request, PSA_MINOR_NEWEST, &b);
        buf_lit(&b, " 1");
        texts[i] = buf_str(&b);
    }
    qsort(texts, d->metric_count, sizeof(Str), by_bytes);
    return texts_to_value((StrList){ texts, d->metric_count }, a);
}

static void decision_to_value(const PsaDecision *d, const PsaRequest *request, Arena *a, Value *out)
{
    Value annotations = value_object();
    for (size_t i = 0; i < d->annotation_count; i++) {
        value_set(&annotations, d->annotations[i].key, value_str(d->annotations[i].value), a);
    }
    value_set_lit(out, "allowed", value_bool(d->allowed), a);
    value_set_lit(out, "auditAnnotations", annotations, a);
    value_set_lit(out, "warnings", texts_to_value(d->warnings, a), a);
    value_set_lit(out, "metrics", metrics_to_value(d, request, a), a);
    if (!d->allowed) {
        Value status = status_to_value(&d->status, a);
        value_remove(&status, STR("kind"));
        value_remove(&status, STR("apiVersion"));
        value_set_lit(out, "code", value_int(d->status.code), a);
        value_set_lit(out, "message", value_str(d->status.message), a);
        value_set_lit(out, "status", status, a);
    }
}

static bool decide_request(const Value *recorded, Arena *a, Value *got, Err *err)
{
    const Value *config_value = value_get_lit(recorded, "config");
    PsaConfigFile file;
    PsaConfig config = psa_config_default;
    if (config_value && (!psa_config_from_value(config_value, STR("config"), a, &file, err) ||
                         !psa_config_complete(&file, a, &config, err))) {
        return false;
    }
    RecordedCluster state = {
        .namespaces = value_get_lit(recorded, "namespaces"),
        .cannot_list = value_get_bool(recorded, STR("podListError")).value,
        .time_is_over = str_eq(value_get_str(recorded, STR("timeout")), STR("0s")),
    };
    read_pods(value_get_lit(recorded, "existingPods"), a, &state);
    PsaCluster cluster = { &state, recorded_namespace, recorded_pods, recorded_time_is_over };
    PsaRequest request = read_request(value_get_lit(recorded, "request"));
    PsaDecision decision;
    psa_admit(&config, &cluster, &request, a, &decision);
    decision_to_value(&decision, &request, a, got);
    return true;
}

/* -- all of them
 * ----------------------------------------------------------------------------------- */

static const struct {
    Str topic;
    Decide *decide;
} topics[] = {
    { STR_INIT("psa"), decide_pod },
    { STR_INIT("psa-admission"), decide_request },
    { STR_INIT("psa-config"), decide_config },
    { STR_INIT("psa-decode"), decide_raw },
};

static Decide *find_topic(Str topic)
{
    for (size_t i = 0; i < COUNT_OF(topics); i++) {
        if (str_eq(topic, topics[i].topic)) {
            return topics[i].decide;
        }
    }
    return NULL;
}

bool psa_recorded_has_topic(Str topic)
{
    return find_topic(topic) != NULL;
}

bool psa_recorded_decide(const Value *recorded, Arena *a, Value *got, Err *err)
{
    Str topic = value_get_str(recorded, STR("topic"));
    Decide *decide = find_topic(topic);
    Value answer = value_object();
    if (!decide) {
        return err_set(err, a, ERR_UNSUPPORTED, "no such topic: %.*s", STR_ARG(topic));
    }
    if (!decide(recorded, a, &answer, err)) {
        return false;
    }
    *got = answer;
    return true;
}

/* The answer with the decoder's words taken out. */
static Value without_decoder_words(const Value *answer, bool in_annotation, Arena *a)
{
    static const Str marks[] = {
        STR_INIT("failed to decode object: "),
        STR_INIT("failed to decode old object: "),
        STR_INIT("failed to decode  old object: "),
    };
    Value v = value_copy(answer, a);
    if (value_get_lit(&v, "decodeError")) {
        set_text(&v, "decodeError", STR(""), a);
    }
    Value *annotations = in_annotation ? value_get_lit(&v, "auditAnnotations") : NULL;
    Str error = value_get_str(annotations, STR("error"));
    for (size_t i = 0; error.ptr && i < COUNT_OF(marks); i++) {
        if (str_starts_with(error, marks[i])) {
            set_text(annotations, "error", marks[i], a);
        }
    }
    return v;
}

bool psa_recorded_agrees(const Value *recorded, const Value *got, Arena *a)
{
    const Value *expect = value_get_lit(recorded, "expect");
    if (!value_is(expect, VALUE_OBJECT)) {
        return false;
    }
    bool in_annotation = str_eq(value_get_str(recorded, STR("class")), STR("decode-error"));
    Value want = without_decoder_words(expect, in_annotation, a);
    Value have = without_decoder_words(got, in_annotation, a);
    return value_equal(&want, &have);
}
