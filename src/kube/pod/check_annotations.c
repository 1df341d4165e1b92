/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of the annotations that mean something to a pod. */
#include "doc/json.h"
#include "kube/pod/check.h"
#include "kube/pod/go_json.h"
#include "kube/pod/prepare.h"

#define MIRROR_ANNOTATION "kubernetes.io/config.mirror"
#define TOLERATIONS_ANNOTATION "scheduler.alpha.kubernetes.io/tolerations"
#define DELETION_COST_ANNOTATION "controller.kubernetes.io/pod-deletion-cost"

enum { DELETION_COST_MINOR = 22 };

/* -- tolerations as JSON ----------------------------------------------------------------------- */

static const struct {
    Str go_name;
    Str member;
    Str type;
    ValueKind kind;
} toleration_fields[] = {
    { STR_INIT("Key"), STR_INIT("key"), STR_INIT("string"), VALUE_STRING },
    { STR_INIT("Operator"), STR_INIT("operator"), STR_INIT("core.TolerationOperator"),
      VALUE_STRING },
    { STR_INIT("Value"), STR_INIT("value"), STR_INIT("string"), VALUE_STRING },
    { STR_INIT("Effect"), STR_INIT("effect"), STR_INIT("core.TaintEffect"), VALUE_STRING },
    { STR_INIT("TolerationSeconds"), STR_INIT("tolerationSeconds"), STR_INIT("int64"), VALUE_INT },
};

/* As Go's decoder calls it; booleans are "bool" there. */
static Str go_kind(const Value *v)
{
    return v->kind == VALUE_BOOL ? STR("bool") : value_kind_name(v);
}

/* Reads one as Go's decoder does: names in any case, null as absent. False with *error set. */
static bool read_toleration(const Value *in, Arena *a, Value *out, Str *error)
{
    if (!value_is(in, VALUE_OBJECT)) {
        Str kind = go_kind(in);
        *error = arena_printf(
            a, "json: cannot unmarshal %.*s into Go value of type core.Toleration", STR_ARG(kind));
        return value_is_null(in);
    }
    VALUE_EACH_MEMBER(m, in) {
        for (size_t i = 0; i < COUNT_OF(toleration_fields); i++) {
            if (!str_eq_ignore_case(member_key(m), toleration_fields[i].go_name) ||
                value_is_null(&m->value)) {
                continue;
            }
            if (m->value.kind != toleration_fields[i].kind) {
                Str kind = go_kind(&m->value);
                *error = arena_printf(
                    a,
                    "json: cannot unmarshal %.*s into Go struct field Toleration.%.*s of type "
                    "%.*s",
                    STR_ARG(kind), STR_ARG(toleration_fields[i].go_name),
                    STR_ARG(toleration_fields[i].type));
                return false;
            }
            value_set(out, toleration_fields[i].member, m->value, a);
        }
    }
    return true;
}

static bool read_tolerations(Str text, Arena *a, Value *out, Str *error)
{
    Value in;
    Err err;
    *error = go_json_error(text, a);
    if (error->ptr) {
        return false;
    }
    if (!json_read(STR("annotation"), text, NULL, a, &in, &err)) {
        *error = err.msg; /* what only our reader refuses, such as a key twice */
        return false;
    }
    if (!value_is(&in, VALUE_ARRAY) && !value_is_null(&in)) {
        Str kind = go_kind(&in);
        *error = arena_printf(a,
                              "json: cannot unmarshal %.*s into Go value of type []core.Toleration",
                              STR_ARG(kind));
        return false;
    }
    *out = value_array();
    VALUE_EACH_ITEM(item, &in) {
        Value toleration = value_object();
        if (!read_toleration(item, a, &toleration, error)) {
            return false;
        }
        value_add(out, toleration, a);
    }
    return true;
}

static void check_toleration_annotation(PodCheck *c, const Value *annotations, const Path *path)
{
    Str text = str_of(annotations, TOLERATIONS_ANNOTATION);
    if (!text.len) {
        return;
    }
    Value tolerations;
    Str error;
    if (read_tolerations(text, check_arena(c), &tolerations, &error)) {
        Path own = path_child(path, TOLERATIONS_ANNOTATION);
        check_tolerations(c, &tolerations, &own);
    } else {
        field_invalid_str(c->errs, *path, STR(TOLERATIONS_ANNOTATION), error);
    }
}

/* -- others ------------------------------------------------------------------------------------ */

static void check_deletion_cost(PodCheck *c, const Value *annotations, const Path *path)
{
    Str text = value_get_str(annotations, STR(DELETION_COST_ANNOTATION));
    if (!text.ptr || c->target->minor < DELETION_COST_MINOR) {
        return;
    }
    int64_t cost;
    bool is_plain = text.len && text.ptr[0] != '+' && (text.ptr[0] != '0' || text.len == 1);
    if (!is_plain || !str_to_int64(text, &cost) || cost < INT32_MIN || cost > INT32_MAX) {
        field_invalid_str(c->errs, path_key(path, STR(DELETION_COST_ANNOTATION)), text,
                          STR("must be a 32bit integer"));
    }
}

static void check_seccomp_annotations(PodCheck *c, const Value *annotations, const Path *path)
{
    Str of_pod = value_get_str(annotations, STR(POD_SECCOMP_ANNOTATION));
    if (of_pod.ptr) {
        check_seccomp_text(c, of_pod, path_child(path, POD_SECCOMP_ANNOTATION));
    }
    VALUE_EACH_MEMBER(m, annotations) {
        if (str_starts_with(member_key(m), STR(POD_SECCOMP_CONTAINER_PREFIX))) {
            check_seccomp_text(c, value_as_str(&m->value), path_child_str(path, member_key(m)));
        }
    }
}

static bool is_apparmor_profile(Str profile)
{
    return !profile.len || str_eq(profile, STR("runtime/default")) ||
           str_eq(profile, STR("unconfined")) || str_starts_with(profile, STR("localhost/"));
}

static void check_apparmor_annotations(PodCheck *c, const Value *annotations, const Value *spec,
                                       const Path *path)
{
    VALUE_EACH_MEMBER(m, annotations) {
        Str key = member_key(m);
        Str profile = value_as_str(&m->value);
        Str container = str_cut_prefix(key, STR(POD_APPARMOR_CONTAINER_PREFIX));
        if (container.len == key.len) {
            continue;
        }
        if (!pod_container_find(spec, container)) {
            field_invalid_str(c->errs, path_key(path, key), container, STR("container not found"));
        }
        if (!is_apparmor_profile(profile)) {
            Buf detail = buf_new(check_arena(c));
            buf_lit(&detail, "invalid AppArmor profile name: ");
            buf_go_quoted(&detail, profile);
            field_invalid_str(c->errs, path_key(path, key), profile, buf_str(&detail));
        }
    }
}

void check_pod_annotations(PodCheck *c, const Value *annotations, const Value *spec,
                           const Path *path)
{
    Str mirror = value_get_str(annotations, STR(MIRROR_ANNOTATION));
    if (mirror.ptr && !str_of(spec, "nodeName").len) {
        field_invalid_str(c->errs, path_key(path, STR(MIRROR_ANNOTATION)), mirror,
                          STR("must set spec.nodeName if mirror pod annotation is set"));
    }
    check_toleration_annotation(c, annotations, path);
    check_deletion_cost(c, annotations, path);
    check_seccomp_annotations(c, annotations, path);
    check_apparmor_annotations(c, annotations, spec, path);
}
