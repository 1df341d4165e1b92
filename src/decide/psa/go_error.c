/* SPDX-License-Identifier: Apache-2.0 */
/* Go's words for values of the wrong type. Recursion follows the types. */
#include "decide/psa/go_error.h"

#include "doc/json.h"
#include "kube/quantity.h"

#define QUANTITY_ERROR \
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

/* Where the decoder is: the struct that has the field, and the names that lead to it. Items of
 * lists and maps are not named. */
typedef struct At {
    Str in; /* "PodSpec" */
    Str path;
} At;

typedef struct Walk {
    const KubeTarget *target;
    Arena *arena;
    Str first; /* complaints are gathered: the first counts ... */
    Str fatal; /* ... but for those that end the decoding */
} Walk;

const char *psa_go_kind(const Value *v)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",   [VALUE_BOOL] = "bool",     [VALUE_INT] = "number",
        [VALUE_UINT] = "number", [VALUE_FLOAT] = "number",  [VALUE_STRING] = "string",
        [VALUE_ARRAY] = "array", [VALUE_OBJECT] = "object",
    };
    return names[v->kind];
}

/* "PodSpec" of "core/v1.PodSpec" */
static Str struct_name(const SchemaType *t)
{
    Str name = schema_type_name(t);
    return str_drop(name, (size_t)(str_rindex_byte(name, '.') + 1));
}

/* -- what the tables of types do not know -------------------------------------------------------
 */

/* Fields whose type has a name of its own in Go, where the wire has a string or map. */
static const struct {
    Str in;
    Str field;
    const char *type;
} named_types[] = {
    { STR_INIT("AppArmorProfile"), STR_INIT("type"), "v1.AppArmorProfileType" },
    { STR_INIT("Capabilities"), STR_INIT("add"), "v1.Capability" },
    { STR_INIT("Capabilities"), STR_INIT("drop"), "v1.Capability" },
    { STR_INIT("Container"), STR_INIT("imagePullPolicy"), "v1.PullPolicy" },
    { STR_INIT("Container"), STR_INIT("restartPolicy"), "v1.ContainerRestartPolicy" },
    { STR_INIT("Container"), STR_INIT("terminationMessagePolicy"), "v1.TerminationMessagePolicy" },
    { STR_INIT("ContainerPort"), STR_INIT("protocol"), "v1.Protocol" },
    { STR_INIT("EmptyDirVolumeSource"), STR_INIT("medium"), "v1.StorageMedium" },
    { STR_INIT("HTTPGetAction"), STR_INIT("scheme"), "v1.URIScheme" },
    { STR_INIT("HostPathVolumeSource"), STR_INIT("type"), "v1.HostPathType" },
    { STR_INIT("NodeSelectorRequirement"), STR_INIT("operator"), "v1.NodeSelectorOperator" },
    { STR_INIT("ObjectMeta"), STR_INIT("uid"), "types.UID" },
    { STR_INIT("OwnerReference"), STR_INIT("uid"), "types.UID" },
    { STR_INIT("PodCondition"), STR_INIT("status"), "v1.ConditionStatus" },
    { STR_INIT("PodCondition"), STR_INIT("type"), "v1.PodConditionType" },
    { STR_INIT("PodOS"), STR_INIT("name"), "v1.OSName" },
    { STR_INIT("PodSecurityContext"), STR_INIT("fsGroupChangePolicy"),
      "v1.PodFSGroupChangePolicy" },
    { STR_INIT("PodSecurityContext"), STR_INIT("seLinuxChangePolicy"),
      "v1.PodSELinuxChangePolicy" },
    { STR_INIT("PodSecurityContext"), STR_INIT("supplementalGroupsPolicy"),
      "v1.SupplementalGroupsPolicy" },
    { STR_INIT("PodSpec"), STR_INIT("dnsPolicy"), "v1.DNSPolicy" },
    { STR_INIT("PodSpec"), STR_INIT("overhead"), "v1.ResourceList" },
    { STR_INIT("PodSpec"), STR_INIT("preemptionPolicy"), "v1.PreemptionPolicy" },
    { STR_INIT("PodSpec"), STR_INIT("restartPolicy"), "v1.RestartPolicy" },
    { STR_INIT("PodStatus"), STR_INIT("phase"), "v1.PodPhase" },
    { STR_INIT("PodStatus"), STR_INIT("qosClass"), "v1.PodQOSClass" },
    { STR_INIT("ResourceRequirements"), STR_INIT("limits"), "v1.ResourceList" },
    { STR_INIT("ResourceRequirements"), STR_INIT("requests"), "v1.ResourceList" },
    { STR_INIT("SeccompProfile"), STR_INIT("type"), "v1.SeccompProfileType" },
    { STR_INIT("SecurityContext"), STR_INIT("procMount"), "v1.ProcMountType" },
    { STR_INIT("Toleration"), STR_INIT("effect"), "v1.TaintEffect" },
    { STR_INIT("Toleration"), STR_INIT("operator"), "v1.TolerationOperator" },
    { STR_INIT("TopologySpreadConstraint"), STR_INIT("whenUnsatisfiable"),
      "v1.UnsatisfiableConstraintAction" },
    { STR_INIT("VolumeMount"), STR_INIT("mountPropagation"), "v1.MountPropagationMode" },
    { STR_INIT("VolumeMount"), STR_INIT("recursiveReadOnly"), "v1.RecursiveReadOnlyMode" },
};

static Str named_type(const At *at)
{
    ptrdiff_t dot = str_rindex_byte(at->path, '.');
    Str field = str_drop(at->path, (size_t)(dot + 1));
    for (size_t i = 0; i < COUNT_OF(named_types); i++) {
        if (str_eq(at->in, named_types[i].in) && str_eq(field, named_types[i].field)) {
            return str_from_c(named_types[i].type);
        }
    }
    return STR_ABSENT;
}

/* Structs that Go has inside others without a name on the wire: their names stand in the path. */
static const char *embedded_name(Str in, Str field)
{
    static const Str handler_fields[] = { STR_INIT("exec"), STR_INIT("httpGet"),
                                          STR_INIT("tcpSocket"), STR_INIT("grpc") };
    static const Str with_reference[] = {
        STR_INIT("ConfigMapEnvSource"),  STR_INIT("ConfigMapKeySelector"),
        STR_INIT("ConfigMapProjection"), STR_INIT("ConfigMapVolumeSource"),
        STR_INIT("SecretEnvSource"),     STR_INIT("SecretKeySelector"),
        STR_INIT("SecretProjection"),
    };
    if (str_eq(in, STR("Volume")) && !str_eq(field, STR("name"))) {
        return "VolumeSource.";
    }
    if (str_eq(in, STR("Probe")) &&
        str_list_has((StrList){ handler_fields, COUNT_OF(handler_fields) }, field)) {
        return "ProbeHandler.";
    }
    if (str_eq(in, STR("EphemeralContainer")) && !str_eq(field, STR("targetContainerName"))) {
        return "EphemeralContainerCommon.";
    }
    if (str_eq(field, STR("name")) &&
        str_list_has((StrList){ with_reference, COUNT_OF(with_reference) }, in)) {
        return "LocalObjectReference.";
    }
    return "";
}

/* -- complaints ----------------------------------------------------------------------------------
 */

/* What Go calls the type; named: of the field, where it counts for this type. */
static Str type_text(const SchemaType *t, Str named, Arena *a)
{
    switch (schema_kind(t)) {
    case SCHEMA_STRUCT: {
        Str whole = schema_type_name(t);
        return str_drop(whole, (size_t)(str_rindex_byte(whole, '/') + 1));
    }
    case SCHEMA_LIST:
        return arena_concat(a, STR("[]"), type_text(schema_item(t), named, a));
    case SCHEMA_MAP:
        return named.ptr
                   ? named
                   : arena_concat(a, STR("map[string]"), type_text(schema_item(t), STR_ABSENT, a));
    case SCHEMA_BOOL:
        return STR("bool");
    case SCHEMA_INT32:
    case SCHEMA_INT_OR_STRING:
        return STR("int32");
    case SCHEMA_INT64:
        return STR("int64");
    default:
        return named.ptr ? named : STR("string");
    }
}

static Str complaint(const Walk *w, Str what, const At *at, Str type)
{
    return arena_printf(w->arena,
                        "json: cannot unmarshal %.*s into Go struct field %.*s.%.*s of type %.*s",
                        STR_ARG(what), STR_ARG(at->in), STR_ARG(at->path), STR_ARG(type));
}

static void complain(Walk *w, Str what, const At *at, const SchemaType *t)
{
    if (!w->first.ptr) {
        w->first = complaint(w, what, at, type_text(t, named_type(at), w->arena));
    }
}

/* "number 1.5" */
static Str number_text(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "number ");
    json_write(v, &b);
    return buf_str(&b);
}

static bool is_number(const Value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_FLOAT;
}

static bool fits(const SchemaType *t, const Value *v)
{
    return v->kind == VALUE_INT &&
           (schema_kind(t) == SCHEMA_INT64 || (v->i >= INT32_MIN && v->i <= INT32_MAX));
}

/* -- walking -------------------------------------------------------------------------------------
 */

static void walk(Walk *w, const SchemaType *t, const Value *v, const At *at);

static void walk_struct(Walk *w, const SchemaType *t, const Value *v, const At *at)
{
    At inside = { .in = struct_name(t) };
    VALUE_EACH_MEMBER(m, v) {
        const SchemaField *f = schema_field(t, member_key(m), w->target);
        if (f && !w->fatal.ptr) {
            inside.path = arena_printf(
                w->arena, "%.*s%s%s%.*s", STR_ARG(at->path), at->path.len ? "." : "",
                embedded_name(inside.in, member_key(m)), STR_ARG(member_key(m)));
            walk(w, schema_field_type(f), &m->value, &inside);
        }
    }
}

static void walk_int(Walk *w, const SchemaType *t, const Value *v, const At *at)
{
    if (is_number(v) && !fits(t, v)) {
        complain(w, number_text(v, w->arena), at, t);
    } else if (!is_number(v)) {
        complain(w, str_from_c(psa_go_kind(v)), at, t);
    }
}

/* Types that decode themselves: a complaint of theirs ends it all. */
static void walk_int_or_string(Walk *w, const SchemaType *t, const Value *v, const At *at)
{
    if (v->kind == VALUE_STRING || fits(t, v)) {
        return;
    }
    Str what = is_number(v) ? number_text(v, w->arena) : str_from_c(psa_go_kind(v));
    w->fatal = complaint(w, what, at, STR("int32"));
}

static void walk_quantity(Walk *w, const Value *v)
{
    Quantity q;
    Err err;
    Buf b = buf_new(w->arena);
    if (is_number(v)) {
        json_write(v, &b);
    }
    Str text = is_number(v) ? buf_str(&b) : value_as_str(v);
    if (!text.ptr || !quantity_parse(text, w->arena, &q, &err)) {
        w->fatal = STR(QUANTITY_ERROR);
    }
}

static void walk(Walk *w, const SchemaType *t, const Value *v, const At *at)
{
    SchemaKind kind = schema_kind(t);
    bool is_right = true;
    if (v->kind == VALUE_NULL || w->fatal.ptr) {
        return;
    }
    switch (kind) {
    case SCHEMA_STRUCT:
        is_right = v->kind == VALUE_OBJECT;
        walk_struct(w, t, v, at);
        break;
    case SCHEMA_LIST:
        is_right = v->kind == VALUE_ARRAY;
        VALUE_EACH_ITEM(item, v) {
            walk(w, schema_item(t), item, at);
        }
        break;
    case SCHEMA_MAP:
        is_right = v->kind == VALUE_OBJECT;
        VALUE_EACH_MEMBER(m, v) {
            walk(w, schema_item(t), &m->value, at);
        }
        break;
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        walk_int(w, t, v, at);
        break;
    case SCHEMA_INT_OR_STRING:
        walk_int_or_string(w, t, v, at);
        break;
    case SCHEMA_QUANTITY:
        walk_quantity(w, v);
        break;
    case SCHEMA_BOOL:
        is_right = v->kind == VALUE_BOOL;
        break;
    case SCHEMA_STRING:
        is_right = v->kind == VALUE_STRING;
        break;
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        if (v->kind != VALUE_STRING) {
            w->fatal = complaint(w, str_from_c(psa_go_kind(v)), at, STR("string"));
        }
        break;
    case SCHEMA_BYTES:
    case SCHEMA_RAW:
        break;
    }
    if (!is_right) {
        complain(w, str_from_c(psa_go_kind(v)), at, t);
    }
}

Str psa_go_error(const SchemaType *type, const Value *v, const KubeTarget *target, Arena *a)
{
    Walk w = { .target = target, .arena = a };
    At top = { STR(""), STR("") };
    walk(&w, type, v, &top);
    return w.fatal.ptr ? w.fatal : w.first;
}
