/* SPDX-License-Identifier: Apache-2.0 */
/* What plugins and strategies do to a request on its way: refuse, change, say why. */
#include "decide/admission/run.h"

#include "doc/patch.h"

bool admission_is(const AdmissionRun *run, const char *group, const char *resource,
                  const char *subresource)
{
    const AdmissionRequest *r = run->request;
    return str_eq(r->resource, str_from_c(resource)) &&
           str_eq(r->subresource, str_from_c(subresource)) && str_eq(r->group, str_from_c(group));
}

Value *admission_own(AdmissionRun *run)
{
    if (!run->owned) {
        run->object = value_copy(&run->object, run->arena);
        run->owned = true;
    }
    return &run->object;
}

bool admission_patch(AdmissionRun *run, const Value *patch)
{
    Err err;
    if (!patch_apply_sharing(&run->object, patch, run->arena, &err)) {
        return admission_refuse(run, status_internal(run->arena, err.msg));
    }
    VALUE_EACH_ITEM(op, patch) {
        value_add(&run->patch, *op, run->arena);
    }
    return true;
}

static AdmissionTrace *add_trace(AdmissionRun *run, bool refused, Str text)
{
    AdmissionTrace *t = new(run->arena, AdmissionTrace, 1);
    t->plugin = run->plugin ? run->plugin->name : STR("");
    t->phase = run->phase;
    t->refused = refused;
    t->text = text;
    *run->trace_end = t;
    run->trace_end = &t->next;
    run->last_trace = t;
    return t;
}

bool admission_refuse(AdmissionRun *run, Status status)
{
    run->decision->allowed = false;
    run->decision->status = status;
    add_trace(run, true, status.message);
    return false;
}

/* The name that a refusal is about. */
static Str refused_name(const AdmissionRun *run)
{
    if (run->request->name.len) {
        return run->request->name;
    }
    const Value *metadata = value_get_lit(&run->object, "metadata");
    Str name = value_get_str(metadata, STR("name"));
    if (name.len == 0) {
        name = value_get_str(metadata, STR("generateName"));
    }
    return name.len ? name : STR("Unknown");
}

bool admission_forbid_str(AdmissionRun *run, Str why)
{
    const AdmissionRequest *r = run->request;
    return admission_refuse(
        run, status_forbidden(run->arena, r->group, r->resource, refused_name(run), why));
}

bool admission_forbid(AdmissionRun *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str why = arena_vprintf(run->arena, format, args);
    va_end(args);
    return admission_forbid_str(run, why);
}

AdmissionTrace *admission_note_str(AdmissionRun *run, Str text)
{
    return add_trace(run, false, text);
}

AdmissionTrace *admission_note(AdmissionRun *run, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    Str text = arena_vprintf(run->arena, format, args);
    va_end(args);
    return add_trace(run, false, text);
}

void admission_audit(AdmissionRun *run, Str key, Str value)
{
    AdmissionAnnotation *annotation = new(run->arena, AdmissionAnnotation, 1);
    annotation->key = key;
    annotation->value = value;
    *run->audit_end = annotation;
    run->audit_end = &annotation->next;
}

void admission_warn(AdmissionRun *run, Str text)
{
    AdmissionWarning *warning = new(run->arena, AdmissionWarning, 1);
    warning->text = text;
    *run->warnings_end = warning;
    run->warnings_end = &warning->next;
}
