/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding objects for Pod Security Admission, and finding the pod in them. */
#include "decide/psa/object.h"

#include "base/buf.h"
#include "decide/psa/go_error.h"
#include "doc/json_go.h"
#include "doc/yaml.h"
#include "kube/schema_repeats.h"

/* What the upstream webhook calls its set of types in messages. */
#define SCHEME "k8s.io/pod-security-admission/cmd/webhook/server/scheme.go:29"

/* The kinds that hold a pod, and where. */
static const struct {
    Str group;
    Str kind;
    const char *path[5];
    bool template_is_optional; /* without one there is nothing to check */
} holders[] = {
    { STR_INIT(""), STR_INIT("Pod"), { NULL }, false },
    { STR_INIT(""), STR_INIT("PodTemplate"), { "template" }, false },
    { STR_INIT(""), STR_INIT("ReplicationController"), { "spec", "template" }, true },
    { STR_INIT("apps"), STR_INIT("ReplicaSet"), { "spec", "template" }, false },
    { STR_INIT("apps"), STR_INIT("Deployment"), { "spec", "template" }, false },
    { STR_INIT("apps"), STR_INIT("DaemonSet"), { "spec", "template" }, false },
    { STR_INIT("apps"), STR_INIT("StatefulSet"), { "spec", "template" }, false },
    { STR_INIT("batch"), STR_INIT("Job"), { "spec", "template" }, false },
    { STR_INIT("batch"),
      STR_INIT("CronJob"),
      { "spec", "jobTemplate", "spec", "template" },
      false },
};

static const struct {
    Str group;
    Str version;
} known_versions[] = {
    { STR_INIT(""), STR_INIT("v1") },
    { STR_INIT("apps"), STR_INIT("v1") },
    { STR_INIT("batch"), STR_INIT("v1") },
};

static Str api_version_text(const PsaKind *kind, Arena *a)
{
    if (!kind->group.len) {
        return kind->version;
    }
    return arena_printf(a, "%.*s/%.*s", STR_ARG(kind->group), STR_ARG(kind->version));
}

#define HEAD_ERROR "couldn't get version/kind; json parse error: "

/* A member of a name in any case, as encoding/json finds it; the last one that is not null. */
static bool read_head_field(const Value *v, Str name, Arena *a, Str *out, Err *err)
{
    *out = STR("");
    VALUE_EACH_MEMBER(m, v) {
        if (!str_eq_ignore_case(member_key(m), name) || m->value.kind == VALUE_NULL) {
            continue;
        }
        if (m->value.kind != VALUE_STRING) {
            return err_set(err, a, ERR_TYPE,
                           HEAD_ERROR "json: cannot unmarshal %s into Go struct field .%.*s of "
                                      "type string",
                           psa_go_kind(&m->value), STR_ARG(name));
        }
        *out = value_as_str(&m->value);
    }
    return true;
}

static bool parse_api_version(Str text, Arena *a, PsaKind *out, Err *err)
{
    Str rest;
    out->group = STR("");
    out->version = STR("");
    if (!text.len || str_eq(text, STR("/"))) {
        return true;
    }
    if (!str_split_once(text, '/', &out->group, &out->version)) {
        out->group = STR("");
        out->version = text;
        return true;
    }
    if (str_split_once(out->version, '/', &rest, &rest)) {
        return err_set(err, a, ERR_SYNTAX, "unexpected GroupVersion string: %.*s", STR_ARG(text));
    }
    return true;
}

bool psa_kind_read(const Value *v, Arena *a, PsaKind *out, Err *err)
{
    Str api_version;
    PsaKind kind;
    if (v->kind != VALUE_OBJECT && v->kind != VALUE_NULL) {
        return err_set(err, a, ERR_TYPE,
                       HEAD_ERROR "json: cannot unmarshal %s into Go value of type struct { "
                                  "APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; "
                                  "Kind string \"json:\\\"kind,omitempty\\\"\" }",
                       psa_go_kind(v));
    }
    if (!read_head_field(v, STR("apiVersion"), a, &api_version, err) ||
        !read_head_field(v, STR("kind"), a, &kind.name, err) ||
        !parse_api_version(api_version, a, &kind, err)) {
        return false;
    }
    *out = kind;
    return true;
}

bool psa_kind_is_unknown(const PsaKind *kind, Str scheme, Arena *a, Err *err)
{
    Buf b = buf_new(a);
    buf_lit(&b, "no kind ");
    buf_go_quoted(&b, kind->name);
    buf_lit(&b, " is registered for version ");
    buf_go_quoted(&b, api_version_text(kind, a));
    buf_lit(&b, " in scheme ");
    buf_go_quoted(&b, scheme);
    return err_set(err, a, ERR_UNSUPPORTED, "%.*s", STR_ARG(buf_str(&b)));
}

/* What the object leaves out is taken from the fallback, its version only for the same group. */
static void complete(PsaKind *kind, const PsaKind *fallback)
{
    if (!kind->name.len) {
        kind->name = fallback->name;
    }
    if (!kind->version.len && !kind->group.len) {
        kind->group = fallback->group;
        kind->version = fallback->version;
    } else if (!kind->version.len && str_eq(kind->group, fallback->group)) {
        kind->version = fallback->version;
    }
}

static bool is_known(const PsaKind *kind)
{
    for (size_t i = 0; i < COUNT_OF(known_versions); i++) {
        if (str_eq(kind->group, known_versions[i].group) &&
            str_eq(kind->version, known_versions[i].version)) {
            return true;
        }
    }
    return false;
}

/* The complaint of a decoder in Go's words. Always false. */
static bool refuse(const SchemaType *type, const Value *v, const KubeTarget *target, Arena *a,
                   Err *err)
{
    Str text = psa_go_error(type, v, target, a);
    if (text.ptr) {
        err->msg = text;
    }
    return false;
}

/* The kind of v and the type to decode it into. */
static bool find_type(const Value *v, const PsaKind *fallback, Arena *a, PsaKind *kind,
                      const SchemaType **type, Err *err)
{
    if (!psa_kind_read(v, a, kind, err)) {
        return false;
    }
    complete(kind, fallback);
    *type = is_known(kind) ? schema_find(api_version_text(kind, a), kind->name) : NULL;
    return *type || psa_kind_is_unknown(kind, STR(SCHEME), a, err);
}

bool psa_object_decode(const Value *v, const PsaKind *fallback, Arena *a, PsaObject *out, Err *err)
{
    PsaKind kind;
    const SchemaType *type;
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    Value decoded;
    if (!find_type(v, fallback, a, &kind, &type, err)) {
        return false;
    }
    if (!kind.group.len && str_eq(kind.name, STR("Pod"))) {
        /* Read through a PodView, which takes nulls as Go does: no need to build it anew. */
        *out = (PsaObject){ kind, *v };
        return schema_fits(type, v, &target, a, err) || refuse(type, v, &target, a, err);
    }
    if (!schema_decode(type, v, &target, a, &decoded, NULL, err)) {
        return refuse(type, v, &target, a, err);
    }
    *out = (PsaObject){ kind, decoded };
    return true;
}

bool psa_object_read(Str text, const PsaKind *fallback, Arena *a, PsaObject *out, Err *err)
{
    PsaKind kind;
    const SchemaType *type;
    const YamlRepeatedKey *repeated; /* in YAML the last one simply counts */
    KubeTarget target = kube_target(KUBE_MINOR_NEWEST);
    Value raw;
    Value merged;
    Value decoded;
    if (json_go_is_json(text)) {
        if (!json_go_read(text, a, &raw, err)) {
            return err_context(err, a, "couldn't get version/kind; json parse error");
        }
    } else if (!yaml_read_go(text, NULL, a, &raw, &repeated, err)) {
        return false;
    }
    if (!find_type(&raw, fallback, a, &kind, &type, err)) {
        return false;
    }
    if (!schema_apply_repeats(type, &raw, &target, a, &merged, err) ||
        !schema_decode(type, &merged, &target, a, &decoded, NULL, err)) {
        return refuse(type, &raw, &target, a, err);
    }
    *out = (PsaObject){ kind, decoded };
    return true;
}

bool psa_object_pod(const PsaObject *o, Arena *a, const Value **out, Err *err)
{
    static const Value empty = { .kind = VALUE_OBJECT };
    for (size_t i = 0; i < COUNT_OF(holders); i++) {
        if (!str_eq(o->kind.group, holders[i].group) || !str_eq(o->kind.name, holders[i].kind)) {
            continue;
        }
        const Value *at = &o->value;
        for (size_t j = 0; holders[i].path[j]; j++) {
            at = value_get(at, str_from_c(holders[i].path[j]));
        }
        if (value_is_null(at)) {
            at = holders[i].template_is_optional ? NULL : &empty;
        }
        *out = at;
        return true;
    }
    return err_set(err, a, ERR_UNSUPPORTED, "unexpected object type: %.*s/%.*s, Kind=%.*s",
                   STR_ARG(o->kind.group), STR_ARG(o->kind.version), STR_ARG(o->kind.name));
}
