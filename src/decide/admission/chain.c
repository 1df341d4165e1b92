/* SPDX-License-Identifier: Apache-2.0 */
/* The way of one request through the chain. */
#include "decide/admission/run.h"
#include "doc/patch.h"
#include "kube/custom_kinds.h"
#include "kube/meta.h"
#include "kube/pod/warnings.h"
#include "kube/schema.h"

/* Stands for the version of a stored object that has none; never seen outside. */
#define UNKNOWN_VERSION "unknown"

/* Go's name generator keeps so much of what it is given. */
enum { GENERATED_NAME_BASE_MAX = 58 };

const AdmissionOptions admission_options_default = {
    .plugins = ADMISSION_DEFAULT_PLUGINS,
    .steps = ADMISSION_STEPS_ALL,
};

/* The order of the API server. */
const AdmissionPlugin *const admission_plugins[ADMISSION_PLUGIN_COUNT] = {
    [ADMISSION_NAMESPACE_LIFECYCLE] = &admission_namespace_lifecycle,
    [ADMISSION_LIMIT_RANGER] = &admission_limit_ranger,
    [ADMISSION_SERVICE_ACCOUNT] = &admission_service_account,
    [ADMISSION_NODE_RESTRICTION] = &admission_node_restriction,
    [ADMISSION_TAINT_NODES_BY_CONDITION] = &admission_taint_nodes_by_condition,
    [ADMISSION_ALWAYS_PULL_IMAGES] = &admission_always_pull_images,
    [ADMISSION_POD_SECURITY] = &admission_pod_security,
    [ADMISSION_POD_SECURITY_POLICY] = &admission_pod_security_policy,
    [ADMISSION_POD_NODE_SELECTOR] = &admission_pod_node_selector,
    [ADMISSION_PRIORITY] = &admission_priority,
    [ADMISSION_DEFAULT_TOLERATION_SECONDS] = &admission_default_toleration_seconds,
    [ADMISSION_EVENT_RATE_LIMIT] = &admission_event_rate_limit,
    [ADMISSION_DEFAULT_STORAGE_CLASS] = &admission_default_storage_class,
    [ADMISSION_STORAGE_OBJECT_IN_USE] = &admission_storage_object_in_use,
    [ADMISSION_CLAIM_RESIZE] = &admission_claim_resize,
    [ADMISSION_RUNTIME_CLASS] = &admission_runtime_class,
    [ADMISSION_CERTIFICATE_APPROVAL] = &admission_certificate_approval,
    [ADMISSION_CERTIFICATE_SIGNING] = &admission_certificate_signing,
    [ADMISSION_CERTIFICATE_SUBJECT_RESTRICTION] = &admission_certificate_subject_restriction,
    [ADMISSION_DEFAULT_INGRESS_CLASS] = &admission_default_ingress_class,
    [ADMISSION_MUTATING_WEBHOOK] = &admission_mutating_webhook,
    [ADMISSION_VALIDATING_WEBHOOK] = &admission_validating_webhook,
    [ADMISSION_RESOURCE_QUOTA] = &admission_resource_quota,
};

Str admission_plugin_name(AdmissionPluginId id)
{
    return admission_plugins[id]->name;
}

bool admission_plugin_find(Str name, AdmissionPluginId *out)
{
    for (size_t i = 0; i < ADMISSION_PLUGIN_COUNT; i++) {
        if (str_eq(admission_plugins[i]->name, name)) {
            *out = (AdmissionPluginId)i;
            return true;
        }
    }
    return false;
}

static bool run_plugins(AdmissionRun *run, AdmissionPhase phase)
{
    run->phase = phase;
    for (size_t i = 0; i < ADMISSION_PLUGIN_COUNT; i++) {
        const AdmissionPlugin *plugin = admission_plugins[i];
        AdmissionPass *pass = phase == ADMISSION_MUTATING ? plugin->mutate : plugin->validate;
        bool on = run->options->plugins >> i & 1;
        if (on && pass && (plugin->operations & run->request->operation)) {
            run->plugin = plugin;
            if (!pass(run)) {
                return false;
            }
        }
    }
    run->plugin = NULL;
    return true;
}

/* -- before the plugins --------------------------------------------------------------------------
 */

static Str version_of(const AdmissionRequest *r, Arena *a)
{
    return r->group.len ? arena_printf(a, "%.*s/%.*s", STR_ARG(r->group), STR_ARG(r->version))
                        : r->version;
}

static const SchemaType *schema_of(const AdmissionRequest *r, Str kind, Arena *a)
{
    return schema_find(version_of(r, a), kind);
}

/* The object of the request is decoded already; what a webhook made of it is not. What is stored
 * was defaulted as it was read. */
static bool read_custom(AdmissionRun *run, const Value *in, Value *out, Err *err)
{
    const AdmissionRequest *r = run->request;
    *out = value_copy(in, run->arena);
    if (in != r->object && !crd_decode(r->crd, r->crd_version, false, out, run->arena, NULL, err)) {
        return false;
    }
    if (run->options->steps & ADMISSION_STEP_DEFAULT) {
        crd_default(r->crd_version, out, run->arena);
    }
    run->owned = true;
    return true;
}

bool admission_read(AdmissionRun *run, const AdmissionStrategy *strategy, Str api_version, Str kind,
                    const Value *in, Value *out, Err *err)
{
    const AdmissionRequest *r = run->request;
    if (r->crd && in != r->old_object) {
        return read_custom(run, in, out, err);
    }
    const SchemaType *type = run->options->steps & ADMISSION_STEP_DECODE
                                 ? schema_find(api_version, kind)
                                 : NULL;
    bool fresh = type && schema_decode(type, in, r->target, run->arena, out, NULL, err);
    if (type && !fresh) {
        return false;
    }
    if (!type) {
        *out = *in;
    }
    if ((run->options->steps & ADMISSION_STEP_DEFAULT) && strategy->defaults) {
        if (!fresh) {
            *out = value_copy(in, run->arena);
            fresh = true;
        }
        strategy->defaults(out, r->target, run->arena);
    }
    run->owned = fresh;
    return true;
}

/* Decodes and defaults one object, as far as the options ask for it. */
static bool read_object(AdmissionRun *run, const AdmissionStrategy *strategy, Str kind,
                        const Value *in, Value *out)
{
    const AdmissionRequest *r = run->request;
    Err err;
    if (admission_read(run, strategy, version_of(r, run->arena), kind, in, out, &err)) {
        return true;
    }
    if (in == r->object) {
        return admission_refuse(run, status_bad_request(run->arena, err.msg));
    }
    /* what is stored counts as it is */
    *out = value_copy(in, run->arena);
    if ((run->options->steps & ADMISSION_STEP_DEFAULT) && strategy->defaults) {
        strategy->defaults(out, r->target, run->arena);
    }
    run->owned = true;
    return true;
}

/* -- the registry -------------------------------------------------------------------------------
 */

/* False when the object says that it is of another namespace. */
static bool check_namespace(AdmissionRun *run)
{
    Str given = value_as_str(value_at(&run->object, "metadata", "namespace", NULL));
    Str wanted = run->request->namespace;
    if (wanted.len == 0 || given.len == 0 || str_eq(given, wanted)) {
        return true;
    }
    return admission_refuse(
        run, status_bad_request(run->arena, STR("the namespace of the provided object does not "
                                                "match the namespace sent on the request")));
}

/* What an update cannot change, or does not say, is as stored. */
static void keep_metadata(Value *metadata, const Value *old, Arena *a)
{
    static const struct {
        Str field;
        bool always; /* also where the update says something else */
    } kept[] = {
        { STR_INIT("generation"), true },
        { STR_INIT("creationTimestamp"), true },
        { STR_INIT("deletionTimestamp"), true },
        { STR_INIT("deletionGracePeriodSeconds"), false },
        { STR_INIT("uid"), false },
        { STR_INIT("resourceVersion"), false },
    };
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        const Value *stored = value_get(old, kept[i].field);
        const Value *given = value_get(metadata, kept[i].field);
        bool said = !value_is_null(given) && !(given->kind == VALUE_STRING && given->len == 0);
        if (!value_is_null(stored) && (kept[i].always || !said)) {
            value_set(metadata, kept[i].field, *stored, a);
        } else if (i == 0 && said) {
            value_remove(metadata, kept[i].field); /* only the registry counts generations */
        }
    }
}

/* A state read from files has no versions; an update asks for one. */
static void need_version(Value *object, Arena *a)
{
    Value *metadata = value_need_object(object, STR("metadata"), a);
    if (metadata && value_get_str(metadata, STR("resourceVersion")).len == 0) {
        value_set_lit(metadata, "resourceVersion", value_str(STR(UNKNOWN_VERSION)), a);
    }
}

/* Gives the object its namespace and a generated name; takes away what only a server sets. */
static void fill_metadata(AdmissionRun *run)
{
    Arena *a = run->arena;
    const AdmissionRequest *r = run->request;
    Value *metadata = value_need_object(admission_own(run), STR("metadata"), a);
    if (metadata == NULL) {
        return;
    }
    value_remove(metadata, STR("clusterName")); /* ignored, and never stored */
    if (r->namespace.len == 0) {
        value_remove(metadata, STR("namespace"));
    } else if (value_get_str(metadata, STR("namespace")).len == 0) {
        value_set_lit(metadata, "namespace", value_str(r->namespace), a);
    }
    if (r->operation != ADMISSION_CREATE) {
        keep_metadata(metadata, value_get_lit(run->old_object, "metadata"), a);
        return;
    }
    value_remove(metadata, STR("deletionTimestamp"));
    value_remove(metadata, STR("deletionGracePeriodSeconds"));
    if (r->stamp) {
        value_set_lit(metadata, "uid", value_str(r->stamp->uid), a);
        value_set_lit(metadata, "creationTimestamp", value_str(r->stamp->time), a);
        value_remove(metadata, STR("selfLink"));
    }
    Str base = value_get_str(metadata, STR("generateName"));
    if (base.len && value_get_str(metadata, STR("name")).len == 0) {
        base = str_slice(base, 0, GENERATED_NAME_BASE_MAX);
        value_set_lit(metadata, "name", value_str(arena_concat(a, base, admission_suffix(run))), a);
    }
}

/* What metadata must be is checked by kinds and for all kinds; since 1.36 it is told once. */
static FieldErrors metadata_once(const FieldErrors *errs)
{
    FieldErrors told = *errs;
    told.first = told.last = NULL;
    told.count = 0;
    for (const FieldError *e = errs->first; e; e = e->next) {
        bool is_told = false;
        for (const FieldError *before = told.first; before && !is_told; before = before->next) {
            is_told = str_starts_with(e->path, STR("metadata.")) && before->kind == e->kind &&
                      str_eq(before->path, e->path) && str_eq(before->value, e->value) &&
                      str_eq(before->detail, e->detail);
        }
        if (!is_told) {
            FieldError *copy = new(errs->arena, FieldError, 1);
            *copy = *e;
            copy->next = NULL;
            FieldErrors one = { .arena = errs->arena, .first = copy, .last = copy, .count = 1 };
            field_errors_append(&told, &one);
        }
    }
    return told;
}

static bool refuse_invalid(AdmissionRun *run, const AdmissionStrategy *strategy,
                           const FieldErrors *errs)
{
    const AdmissionRequest *r = run->request;
    Str group = admission_strategy_group(strategy, r->group, r->target);
    Str kind = strategy->old_kind.len ? strategy->old_kind
               : r->crd               ? value_get_str(&run->object, STR("kind"))
                                      : r->kind;
    Str name = value_as_str(value_at(&run->object, "metadata", "name", NULL));
    FieldErrors told = r->target->minor >= FIELD_DECLARED_SINCE ? metadata_once(errs) : *errs;
    errs = &told;
    return admission_refuse(
        run, status_invalid(run->arena, group, kind, name.ptr ? name : STR(""), errs));
}

static bool is_number(Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len > 0;
}

static bool check_resource_version(AdmissionRun *run, const AdmissionStrategy *strategy)
{
    const AdmissionRequest *r = run->request;
    if (r->operation != ADMISSION_UPDATE) {
        return true;
    }
    Str given = value_as_str(value_at(&run->object, "metadata", "resourceVersion", NULL));
    Str stored = value_as_str(value_at(run->old_object, "metadata", "resourceVersion", NULL));
    bool unconditional = given.len == 0 || str_eq(given, STR("0"));
    if (unconditional && strategy->needs_version && r->stamp) {
        FieldErrors errs = field_errors_new_for(run->request->target->minor, run->arena);
        Path metadata = path_root("metadata");
        field_invalid_raw(&errs, path_child(&metadata, "resourceVersion"), STR("0x0"),
                          STR("must be specified for an update"));
        return admission_refuse(/* it names the resource where others name the kind */
                                run,
                                status_invalid(run->arena, r->group, r->resource, r->name, &errs));
    }
    if (unconditional || str_eq(given, stored)) {
        return true;
    }
    if (r->stamp && !is_number(given)) {
        Buf why = buf_new(run->arena);
        buf_lit(&why, "strconv.ParseUint: parsing ");
        buf_go_quoted(&why, given);
        buf_lit(&why, ": invalid syntax");
        return admission_refuse(run, status_unknown(run->arena, buf_str(&why)));
    }
    return admission_refuse(
        run, status_conflict(run->arena, r->group, r->resource, r->name,
                             STR("the object has been modified; please apply your changes to the "
                                 "latest version and try again")));
}

static bool validate_create(AdmissionRun *run, const AdmissionStrategy *strategy)
{
    FieldErrors errs = field_errors_new_for(run->request->target->minor, run->arena);
    if (strategy->validate_create) {
        strategy->validate_create(run, &errs);
    }
    if (errs.count == 0) {
        /* what holds of all kinds comes after the kind's own, more telling messages */
        Path at = path_root("metadata");
        meta_validate(value_get_lit(&run->object, "metadata"), run->request->namespace.len > 0,
                      name_check_path_segment, &at, &errs);
    }
    return errs.count == 0 || refuse_invalid(run, strategy, &errs);
}

static bool validate_update(AdmissionRun *run, const AdmissionStrategy *strategy)
{
    FieldErrors errs = field_errors_new_for(run->request->target->minor, run->arena);
    if (!strategy->does_common_checks) {
        const Value *metadata = value_get_lit(&run->object, "metadata");
        Path at = path_root("metadata");
        meta_validate(metadata, run->request->namespace.len > 0, name_check_path_segment, &at,
                      &errs);
        meta_validate_update(metadata, value_get_lit(run->old_object, "metadata"), &at, &errs);
    }
    if (strategy->validate_update) {
        strategy->validate_update(run, &errs);
    }
    return errs.count == 0 || refuse_invalid(run, strategy, &errs);
}

/* What the API server says of pods, and of templates when they change, once they are valid. */
static void warn_of_pods(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    bool creates = r->operation == ADMISSION_CREATE;
    bool is_pod = admission_is_pod(run);
    if (!r->stamp || r->subresource.len || (is_pod && !creates)) {
        return;
    }
    bool is_cron = str_eq(r->resource, STR("cronjobs"));
    Path spec = path_root("spec"), job = path_child(&spec, "jobTemplate");
    Path job_spec = path_child(&job, "spec");
    Path at = path_child(is_cron ? &job_spec : &spec, "template");
    const Value *pod = is_pod ? &run->object : value_at(&run->object, "spec", "template", NULL);
    const Value *old = value_at(run->old_object, "spec", "template", NULL);
    if (is_cron) {
        pod = value_at(&run->object, "spec", "jobTemplate", "spec", "template", NULL);
        old = value_at(run->old_object, "spec", "jobTemplate", "spec", "template", NULL);
    }
    if (!pod || (old && value_equal(pod, old))) {
        return;
    }
    StrList texts = pod_warnings(pod, is_pod ? NULL : &at, r->target, run->arena);
    for (size_t i = 0; i < texts.count; i++) {
        admission_warn(run, texts.items[i]);
    }
}

static bool run_registry(AdmissionRun *run, const AdmissionStrategy *strategy)
{
    bool update = run->request->operation == ADMISSION_UPDATE;
    bool validates = run->options->steps & ADMISSION_STEP_VALIDATE;
    run->plugin = NULL;
    if (validates && ((strategy->guard && !strategy->guard(run)) ||
                      !check_resource_version(run, strategy) || !check_namespace(run))) {
        return false;
    }
    if (run->options->steps & ADMISSION_STEP_PREPARE) {
        void (*prepare)(AdmissionRun *) = update ? strategy->prepare_update
                                                 : strategy->prepare_create;
        fill_metadata(run);
        if (prepare) {
            prepare(run);
        }
    }
    if (!validates) {
        return true;
    }
    if (!(update ? validate_update(run, strategy) : validate_create(run, strategy))) {
        return false;
    }
    warn_of_pods(run);
    bool allocates = strategy->allocate && (run->options->steps & ADMISSION_STEP_PREPARE);
    return !allocates || strategy->allocate(run);
}

/* -- the whole ------------------------------------------------------------------------------------
 */

static bool decide(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    const AdmissionStrategy *strategy = r->crd ? admission_custom_strategy(r->subresource)
                                               : admission_strategy_find(r->group, r->resource,
                                                                         r->subresource);
    if (r->old_object) {
        Value *old = new(run->arena, Value, 1);
        Str kind = strategy->old_kind.len ? strategy->old_kind : r->kind;
        if (!read_object(run, strategy, kind, r->old_object, old)) {
            return false;
        }
        if (run->owned && r->operation == ADMISSION_UPDATE) {
            need_version(old, run->arena);
        }
        run->old_object = old;
    }
    if (r->object && !read_object(run, strategy, r->kind, r->object, &run->object)) {
        return false;
    }
    if (r->object && r->stamp && r->stamp->own_fields) {
        r->stamp->own_fields(r->stamp->context, admission_own(run), run->old_object, run->arena);
    }
    if (!run->options->only_validating &&
        (!run_plugins(run, ADMISSION_MUTATING) ||
         (admission_webhooks_reinvoke(run) && !run_plugins(run, ADMISSION_MUTATING)))) {
        return false;
    }
    if (run->options->only_mutating) {
        return true;
    }
    bool writes = r->operation == ADMISSION_CREATE || r->operation == ADMISSION_UPDATE;
    if (writes && !run_registry(run, strategy)) {
        return false;
    }
    return run_plugins(run, ADMISSION_VALIDATING);
}

/* What is written is read again before it is answered, which gives it defaults once more: those of
 * fields that the registry filled in. */
static void read_again(AdmissionRun *run)
{
    const AdmissionRequest *r = run->request;
    const AdmissionStrategy *strategy = admission_strategy_find(r->group, r->resource,
                                                                r->subresource);
    bool writes = r->operation == ADMISSION_CREATE || r->operation == ADMISSION_UPDATE;
    if (writes && strategy->defaults && value_is(&run->object, VALUE_OBJECT)) {
        strategy->defaults(admission_own(run), r->target, run->arena);
    }
}

void admission_decide(const Facts *facts, const AdmissionRequest *request, Arena *a,
                      AdmissionDecision *out)
{
    *out = (AdmissionDecision){ .allowed = true, .patch = value_array() };
    AdmissionRun run = {
        .facts = facts,
        .request = request,
        .options = request->options ? request->options : &admission_options_default,
        .arena = a,
        .decision = out,
        .patch = value_array(),
        .trace_end = (AdmissionTrace **)(uintptr_t)&out->trace,
        .audit_end = (AdmissionAnnotation **)(uintptr_t)&out->audit,
        .warnings_end = (AdmissionWarning **)(uintptr_t)&out->warnings,
    };
    bool allowed = decide(&run);
    if (out->waits) {
        return;
    }
    const SchemaType *type = run.owned ? schema_of(request, request->kind, a) : NULL;
    if (allowed && type && request->stamp) {
        read_again(&run);
    }
    if (type) {
        schema_encode_stored(type, &run.object, request->target);
    } else if (request->crd && run.owned) {
        custom_settle(&run.object);
    }
    Value *metadata = value_get_lit(&run.object, "metadata");
    if (run.owned &&
        str_eq(value_get_str(metadata, STR("resourceVersion")), STR(UNKNOWN_VERSION))) {
        value_remove(metadata, STR("resourceVersion"));
    }
    if (run.owned && request->stamp) {
        value_remove(metadata, STR("selfLink")); /* it is never kept */
    }
    out->object = run.object;
    if (allowed) {
        out->status.code = request->operation == ADMISSION_CREATE ? 201 : 200;
    }
    if (allowed && request->object && !run.options->no_patch) {
        out->patch = run.owned ? patch_diff(request->object, &run.object, a) : run.patch;
    }
}
