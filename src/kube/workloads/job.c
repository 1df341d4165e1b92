/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs. Source: Kubernetes pkg/apis/batch, pkg/registry/batch/job */
#include "kube/pod/dump_template.h"
#include "kube/pod/validate.h"
#include "kube/selector.h"
#include "kube/workloads/job_parts.h"

#define UID_LABEL "controller-uid"
#define NAME_LABEL "job-name"
#define PREFIX "batch.kubernetes.io/"

enum {
    BACKOFF_LIMIT = 6,
    TTL_MINOR = 21,             /* ttlSecondsAfterFinished is on */
    INDEXED_MINOR = 22,         /* completionMode and suspend are */
    GENERATION_MINOR = 22,      /* counted for Jobs too */
    PREFIXED_LABELS_MINOR = 27, /* labels with a domain, beside those without */
    REPLACEMENT_POLICY_MINOR = 29,
    MANUAL_SELECTOR_MINOR = 30, /* is false where nothing is said */
};

/* -- defaults ---------------------------------------------------------------------------------- */

/* A Job without labels gets those of its template. The two are one map, as in Go: what is added to
 * the template's later is added to both. */
static void default_labels(Value *object, const Value *spec, Arena *a)
{
    const Value *labels = value_at(spec, "template", "metadata", "labels", NULL);
    Value *metadata = value_need_object(object, STR("metadata"), a);
    if (value_len(labels) && metadata && value_len(value_get_lit(metadata, "labels")) == 0) {
        value_set_lit(metadata, "labels", *labels, a);
    }
}

static void apply_defaults(Value *object, const KubeTarget *t, Arena *a)
{
    Value *spec = part_spec(object, a);
    if (!spec) {
        return;
    }
    part_default_template(spec, t, a);
    if (value_is_null(value_get_lit(spec, "parallelism"))) {
        part_default_int(spec, STR("completions"), 1, a);
    }
    part_default_int(spec, STR("parallelism"), 1, a);
    part_default_int(spec, STR("backoffLimit"), BACKOFF_LIMIT, a);
    if (t->minor >= INDEXED_MINOR) {
        part_default_str(spec, STR("completionMode"), STR("NonIndexed"), a);
        part_default_bool(spec, STR("suspend"), false, a);
    }
    if (t->minor >= REPLACEMENT_POLICY_MINOR) {
        bool fails = object_of(spec, "podFailurePolicy") != NULL;
        part_default_str(spec, STR("podReplacementPolicy"),
                         fails ? STR("Failed") : STR("TerminatingOrFailed"), a);
    }
    if (t->minor >= MANUAL_SELECTOR_MINOR) {
        part_default_bool(spec, STR("manualSelector"), false, a);
    }
    default_labels(object, spec, a);
}

/* -- the registry ------------------------------------------------------------------------------ */

static Str uid_of(const Value *object)
{
    return str_of(value_get_lit(object, "metadata"), "uid");
}

static void add_label(Value *labels, Str key, Str value, Arena *a)
{
    if (!value_get(labels, key)) {
        value_set(labels, key, value_str(value), a);
    }
}

/* Labels and a selector that only the pods of this Job have. */
static void generate_selector(Value *object, Value *spec, const KubeTarget *t, Arena *a)
{
    Value *metadata = value_get_lit(object, "metadata");
    Value *template = value_need_object(spec, STR("template"), a);
    Value *pod_metadata = template ? value_need_object(template, STR("metadata"), a) : NULL;
    Value *given = pod_metadata ? value_need_object(pod_metadata, STR("labels"), a) : NULL;
    if (!given || value_is_null(metadata)) {
        return;
    }
    Value *own = value_get_lit(metadata, "labels");
    bool is_shared = given->len && value_is(own, VALUE_OBJECT) && own->members == given->members;
    Str name = str_of(metadata, "name");
    Value labels = value_copy(given, a);
    bool is_prefixed = t->minor >= PREFIXED_LABELS_MINOR;
    add_label(&labels, STR(NAME_LABEL), name, a);
    if (is_prefixed) {
        add_label(&labels, STR(PREFIX NAME_LABEL), name, a);
    }
    add_label(&labels, STR(UID_LABEL), uid_of(object), a);
    if (is_prefixed) {
        add_label(&labels, STR(PREFIX UID_LABEL), uid_of(object), a);
    }
    *given = labels;
    if (is_shared) {
        *own = value_copy(&labels, a);
    }
    Value *selector = value_need_object(spec, STR("selector"), a);
    Value *match = selector ? value_need_object(selector, STR("matchLabels"), a) : NULL;
    if (match) {
        add_label(match, is_prefixed ? STR(PREFIX UID_LABEL) : STR(UID_LABEL), uid_of(object), a);
    }
}

/* Selectors are generated, unless the object is of a state that has no uids. */
static bool has_generated_selector(const Value *object)
{
    return !value_get_bool(value_get_lit(object, "spec"), STR("manualSelector")).value;
}

static void prepare_create(Value *object, const KubeTarget *t, Arena *a)
{
    part_reset_status(object, STR("batch/v1.JobStatus"), t, a);
    Value *spec = value_get_lit(object, "spec");
    if (t->minor < TTL_MINOR && value_is(spec, VALUE_OBJECT)) {
        value_remove(spec, STR("ttlSecondsAfterFinished"));
    }
    if (t->minor >= GENERATION_MINOR) {
        part_set_generation(object, 1, a);
    }
    spec = value_get_lit(object, "spec");
    part_drop_disabled(spec, NULL, t, a);
    if (value_is(spec, VALUE_OBJECT) && has_generated_selector(object) && uid_of(object).len) {
        generate_selector(object, spec, t, a);
    }
}

static void prepare_update(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    part_keep_status(object, old, a);
    Value *spec = value_get_lit(object, "spec");
    const Value *old_spec = value_get_lit(old, "spec");
    if (t->minor < TTL_MINOR && value_is(spec, VALUE_OBJECT) &&
        value_is_null(value_get_lit(old_spec, "ttlSecondsAfterFinished"))) {
        value_remove(spec, STR("ttlSecondsAfterFinished"));
    }
    part_drop_disabled(spec, old_spec, t, a);
    if (t->minor >= GENERATION_MINOR && !part_is_same(spec, old_spec, a)) {
        part_next_generation(object, old, a);
    }
}

static void prepare_status(Value *object, const Value *old, const KubeTarget *t, Arena *a)
{
    (void)t;
    part_keep(object, old, STR("spec"), a);
}

/* -- validation -------------------------------------------------------------------------------- */

void job_check_spec(FieldErrors *errs, const Value *spec, const Path *path, const KubeTarget *t)
{
    static const Str members[] = {
        STR_INIT("parallelism"),
        STR_INIT("completions"),
        STR_INIT("activeDeadlineSeconds"),
        STR_INIT("backoffLimit"),
        STR_INIT("ttlSecondsAfterFinished"),
    };
    static const Str policies[] = { STR_INIT("OnFailure"), STR_INIT("Never") };
    const Value *template = value_get_lit(spec, "template");
    Path template_path = path_child(path, "template");
    Path pod_path = path_child(&template_path, "spec");
    part_check_counts(errs, spec, path, members, COUNT_OF(members), NULL, 0);
    pod_template_validate(template, &template_path, t, errs);
    Str policy = str_of(value_get_lit(template, "spec"), "restartPolicy");
    StrList supported = { policies, COUNT_OF(policies) };
    if (policy.len == 0 || str_eq(policy, STR("Always"))) { /* the default of other pods */
        field_required(errs, path_child(&pod_path, "restartPolicy"),
                       STR("valid values: \"OnFailure\", \"Never\""));
    } else if (!str_list_has(supported, policy)) {
        field_not_supported(errs, path_child(&pod_path, "restartPolicy"), policy, supported);
    }
}

static void check_has_label(FieldErrors *errs, const Value *labels, Str key, Str want)
{
    Path spec = path_root("spec");
    Path template = path_child(&spec, "template");
    Path metadata = path_child(&template, "metadata");
    Path path = path_child(&metadata, "labels");
    const Value *value = value_get(labels, key);
    Str detail = arena_printf(errs->arena, "must be '%.*s'", STR_ARG(want));
    if (!value) {
        field_required(errs, path_key(&path, key), detail);
    } else if (!str_eq(value_as_str(value), want)) {
        field_invalid_raw(errs, path_key(&path, key), dump_labels(labels, errs->arena), detail);
    }
}

/* What generate_selector() made may be in conflict with what was there. */
static void check_generated_selector(FieldErrors *errs, const Value *object, const KubeTarget *t)
{
    const Value *selector = value_at(object, "spec", "selector", NULL);
    const Value *labels = value_at(object, "spec", "template", "metadata", "labels", NULL);
    Str uid = uid_of(object);
    Str name = str_of(value_get_lit(object, "metadata"), "name");
    if (!value_is(selector, VALUE_OBJECT)) {
        return;
    }
    Arena *a = errs->arena;
    Value expected = value_object();
    bool is_prefixed = t->minor >= PREFIXED_LABELS_MINOR;
    if (is_prefixed) {
        value_set_lit(&expected, PREFIX UID_LABEL, value_str(uid), a);
        value_set_lit(&expected, PREFIX NAME_LABEL, value_str(name), a);
    }
    value_set_lit(&expected, UID_LABEL, value_str(uid), a);
    value_set_lit(&expected, NAME_LABEL, value_str(name), a);
    VALUE_EACH_MEMBER(m, &expected) {
        check_has_label(errs, labels, member_key(m), value_as_str(&m->value));
    }
    LabelSelector read;
    Err err;
    Path spec = path_root("spec");
    if (label_selector_read(selector, a, &read, &err) &&
        !label_selector_matches(&read, &expected)) {
        part_selector_invalid(errs, path_child(&spec, "selector"), selector,
                              STR("`selector` not auto-generated"));
    }
}

static void check_spec(FieldErrors *errs, const Value *object, const KubeTarget *t)
{
    const Value *spec = value_get_lit(object, "spec");
    const Value *selector = object_of(spec, "selector");
    Path path = path_root("spec");
    Path selector_path = path_child(&path, "selector");
    Path template_path = path_child(&path, "template");
    job_check_spec(errs, spec, &path, t);
    if (!selector && has_generated_selector(object) && uid_of(object).len == 0) {
        return; /* nobody has given it a uid, so nobody could make one */
    }
    if (selector) {
        label_selector_validate(selector, &selector_path, errs);
    } else {
        field_required(errs, selector_path, STR(""));
    }
    /* A selector that cannot be read has been reported. */
    (void)part_check_selects(errs, selector, value_get_lit(spec, "template"), false,
                             &template_path);
}

static void validate_create(const Value *object, const KubeTarget *t, FieldErrors *errs)
{
    part_check_metadata(object, errs);
    if (has_generated_selector(object) && uid_of(object).len) {
        check_generated_selector(errs, object, t);
    }
    check_spec(errs, object, t);
}

static void check_immutable(FieldErrors *errs, const Value *spec, const Value *old,
                            const KubeTarget *t)
{
    static const Str detail = STR_INIT("field is immutable");
    Path path = path_root("spec");
    const Value *completions = value_get_lit(spec, "completions");
    const Value *template = value_get_lit(spec, "template");
    Path completions_path = path_child(&path, "completions");
    if (!part_is_same(completions, value_get_lit(old, "completions"), errs->arena)) {
        if (value_is_null(completions)) {
            field_invalid_null(errs, completions_path, detail);
        } else {
            field_invalid_int(errs, completions_path, value_as_int(completions).value, detail);
        }
    }
    part_check_immutable_selector(errs, value_get_lit(spec, "selector"),
                                  value_get_lit(old, "selector"), path_child(&path, "selector"));
    if (!part_is_same(template, value_get_lit(old, "template"), errs->arena)) {
        field_invalid_raw(errs, path_child(&path, "template"),
                          dump_pod_template(template, t, errs->arena), detail);
    }
}

/* What is wrong with the spec as such is said twice. */
static void validate_update(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    validate_create(object, t, errs);
    part_check_metadata_update(object, old, errs);
    check_spec(errs, object, t);
    check_immutable(errs, value_get_lit(object, "spec"), value_get_lit(old, "spec"), t);
}

static void validate_status(const Value *object, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    static const Str members[] = { STR_INIT("active"), STR_INIT("succeeded"), STR_INIT("failed") };
    (void)t;
    Path path = path_root("status");
    part_check_metadata_update(object, old, errs);
    part_check_counts(errs, value_get_lit(object, "status"), &path, members, COUNT_OF(members),
                      NULL, 0);
}

const WorkloadRules workload_rules_jobs = {
    .group = STR_INIT("batch"),
    .resource = STR_INIT("jobs"),
    .defaults = apply_defaults,
    .prepare_create = prepare_create,
    .prepare_update = prepare_update,
    .prepare_status = prepare_status,
    .validate_create = validate_create,
    .validate_update = validate_update,
    .validate_status = validate_status,
};
