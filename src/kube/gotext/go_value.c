/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as Go structs. Recursion is as deep as the types are within each other. */
#include "kube/gotext/go_value.h"

#include "kube/gotext/go_names.h"
#include "kube/quantity.h"

typedef struct Maker {
    const KubeTarget *target;
    Arena *arena;
} Maker;

static const GoValue *make(const Maker *m, const SchemaType *t, Str type, const Value *v);

static GoValue *fresh(const Maker *m, GoKind kind, Str type, bool is_zero)
{
    GoValue *made = new(m->arena, GoValue, 1);
    *made = (GoValue){ .kind = kind, .type = type, .is_zero = is_zero };
    return made;
}

static void add(GoValue *to, Str key, const GoValue *value)
{
    to->members[to->count++] = (GoMember){ key, value };
    if (to->kind == GO_STRUCT || to->kind == GO_OPAQUE) {
        to->is_zero &= value->is_zero;
    }
}

/* -- names of types: core types have no version here ------------------------------------------- */

static Str core_name(Str go, Arena *a)
{
    bool is_list = str_starts_with(go, STR("[]"));
    Str name = is_list ? str_drop(go, 2) : go;
    if (str_starts_with(name, STR("v1."))) {
        name = arena_concat(a, STR("core."), str_drop(name, 3));
    }
    return is_list ? arena_concat(a, STR("[]"), name) : name;
}

static Str type_name(const Maker *m, const SchemaType *t)
{
    const SchemaType *named = t;
    if (schema_kind(t) == SCHEMA_MAP && schema_kind(schema_item(t)) == SCHEMA_QUANTITY) {
        return STR("core.ResourceList");
    }
    if (schema_kind(t) == SCHEMA_LIST) {
        named = schema_item(t);
    }
    Str go = go_type_name(t, m->arena);
    bool is_core = str_starts_with(schema_type_name(named), STR("core/"));
    return is_core ? core_name(go, m->arena) : go;
}

/* -- what is not a struct ---------------------------------------------------------------------- */

static const GoValue *plain(const Maker *m, Str text, bool is_zero)
{
    GoValue *made = fresh(m, GO_PLAIN, STR(""), is_zero);
    made->text = text;
    return made;
}

static const GoValue *number(const Maker *m, int64_t n)
{
    Buf b = buf_new(m->arena);
    buf_int(&b, n);
    return plain(m, buf_str(&b), n == 0);
}

static const GoValue *string(const Maker *m, Str text)
{
    GoValue *made = fresh(m, GO_STRING, STR("string"), text.len == 0);
    made->text = text;
    return made;
}

static GoValue *with_members(const Maker *m, GoKind kind, Str type, bool is_zero, size_t most)
{
    GoValue *made = fresh(m, kind, type, is_zero);
    made->members = new(m->arena, GoMember, most + 1);
    return made;
}

static const GoValue *int_or_string(const Maker *m, const Value *v)
{
    bool is_text = value_is(v, VALUE_STRING);
    GoValue *made = with_members(m, GO_STRUCT, STR("intstr.IntOrString"), true, 3);
    add(made, STR("Type"), number(m, is_text));
    add(made, STR("IntVal"), number(m, is_text ? 0 : value_as_int(v).value));
    add(made, STR("StrVal"), string(m, is_text ? value_as_str(v) : STR("")));
    return made;
}

/* Its number and power of ten as they are read from the text: digits, then a suffix. */
static const GoValue *amount(const Maker *m, Str text, const Quantity *q)
{
    static const struct {
        const char *suffix;
        int power;
    } scales[] = { { "n", -9 }, { "u", -6 }, { "m", -3 }, { "k", 3 },
                   { "M", 6 },  { "G", 9 },  { "T", 12 }, { "P", 15 } };
    GoValue *made = with_members(m, GO_STRUCT, STR("resource.int64Amount"), true, 2);
    int power = 0;
    int64_t value = quantity_value(q);
    for (size_t i = 0; i < COUNT_OF(scales); i++) {
        int64_t digits = 0;
        Str suffix = str_from_c(scales[i].suffix);
        if (str_ends_with(text, suffix) &&
            str_to_int64(str_from(text.ptr, text.len - suffix.len), &digits)) {
            power = scales[i].power;
            value = digits;
        }
    }
    add(made, STR("value"), number(m, value));
    add(made, STR("scale"), number(m, power));
    return made;
}

static const GoValue *quantity(const Maker *m, const Value *v)
{
    Str text = value_as_str(v);
    Quantity q;
    GoValue *made = with_members(m, GO_OPAQUE, STR("resource.Quantity"), true, 3);
    made->text = text;
    if (quantity_parse(text, m->arena, &q, NULL)) {
        add(made, STR("i"), amount(m, text, &q));
        add(made, STR("s"), string(m, text));
        add(made, STR("Format"),
            string(m, str_ends_with(text, STR("i")) ? STR("BinarySI") : STR("DecimalSI")));
    }
    return made;
}

static const GoValue *list(const Maker *m, const SchemaType *t, Str type, const Value *v)
{
    bool is_nil = !value_is(v, VALUE_ARRAY);
    GoValue *made = with_members(m, GO_SLICE, type, is_nil, value_len(v));
    const SchemaType *item_type = schema_item(t);
    Str item_name = type_name(m, item_type);
    VALUE_EACH_ITEM(item, v) {
        add(made, STR(""), make(m, item_type, item_name, item));
    }
    return made;
}

static const GoValue *map(const Maker *m, const SchemaType *t, Str type, const Value *v)
{
    bool is_nil = !value_is(v, VALUE_OBJECT);
    GoValue *made = with_members(m, GO_MAP, type, is_nil, value_len(v));
    const SchemaType *item_type = schema_item(t);
    Str item_name = type_name(m, item_type);
    VALUE_EACH_MEMBER(member, v) {
        Buf key = buf_new(m->arena);
        if (schema_kind(item_type) == SCHEMA_QUANTITY) {
            buf_byte(&key, 's'); /* a type that prints itself */
        }
        buf_go_quoted(&key, member_key(member));
        add(made, buf_str(&key), make(m, item_type, item_name, &member->value));
    }
    return made;
}

/* -- structs ----------------------------------------------------------------------------------- */

static const GoValue *field(const Maker *m, const SchemaType *t, const SchemaField *f,
                            const Value *v)
{
    const SchemaType *type = schema_field_type(f);
    Str name = go_slice_name(t, f);
    name = name.ptr ? core_name(name, m->arena) : type_name(m, type);
    if (!(f->flags & SCHEMA_POINTER)) {
        return make(m, type, name, v);
    }
    GoValue *pointer = with_members(m, GO_POINTER, name, value_is_null(v), 1);
    if (!pointer->is_zero) {
        add(pointer, STR(""), make(m, type, name, v));
    }
    return pointer;
}

/* Adds the field of that name, where the target has it. */
static void add_field(const Maker *m, GoValue *to, const SchemaType *t, Str name, const Value *v)
{
    const SchemaField *f = schema_field(t, name, m->target);
    if (f) {
        Str within;
        add(to, go_field_name(t, f, m->arena, &within), field(m, t, f, value_get(v, name)));
    }
}

static const GoValue *structure(const Maker *m, const SchemaType *t, Str type, const Value *v)
{
    GoValue *made = with_members(m, GO_STRUCT, type, true, t->field_count);
    const SchemaField *rows = schema_fields_of(t);
    for (size_t i = 0; i < t->field_count;) {
        Str part;
        Str name = go_field_name(t, &rows[i], m->arena, &part);
        if (!part.len) {
            if (schema_field_is_in(&rows[i], m->target)) {
                add(made, name, field(m, t, &rows[i], value_get(v, schema_field_name(&rows[i]))));
            }
            i++;
            continue;
        }
        Str part_type = arena_concat(m->arena, STR("core."), part);
        GoValue *inner = with_members(m, GO_STRUCT, part_type, true, t->field_count);
        Str same = part;
        for (; i < t->field_count && str_eq(same, part); i++) {
            name = go_field_name(t, &rows[i], m->arena, &same);
            if (!str_eq(same, part)) {
                break;
            }
            if (schema_field_is_in(&rows[i], m->target)) {
                add(inner, name, field(m, t, &rows[i], value_get(v, schema_field_name(&rows[i]))));
            }
        }
        add(made, part, inner);
    }
    return made;
}

static const GoValue *make(const Maker *m, const SchemaType *t, Str type, const Value *v)
{
    switch (schema_kind(t)) {
    case SCHEMA_BOOL: {
        bool is_set = value_as_bool(v).value;
        return plain(m, is_set ? STR("true") : STR("false"), !is_set);
    }
    case SCHEMA_INT32:
    case SCHEMA_INT64:
        return number(m, value_as_int(v).value);
    case SCHEMA_INT_OR_STRING:
        return int_or_string(m, v);
    case SCHEMA_QUANTITY:
        return quantity(m, v);
    case SCHEMA_LIST:
        return list(m, t, type, v);
    case SCHEMA_MAP:
        return map(m, t, type, v);
    case SCHEMA_STRUCT:
        return structure(m, t, type, v);
    case SCHEMA_STRING:
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
    case SCHEMA_BYTES:
    case SCHEMA_RAW:
        break;
    }
    return string(m, value_as_str(v));
}

/* -- the spec of a pod, whose fields stand otherwise than in JSON ------------------------------ */

static const Str spec_fields[] = {
    STR_INIT("volumes"),
    STR_INIT("initContainers"),
    STR_INIT("containers"),
    STR_INIT("ephemeralContainers"),
    STR_INIT("restartPolicy"),
    STR_INIT("terminationGracePeriodSeconds"),
    STR_INIT("activeDeadlineSeconds"),
    STR_INIT("dnsPolicy"),
    STR_INIT("nodeSelector"),
    STR_INIT("serviceAccountName"),
    STR_INIT("automountServiceAccountToken"),
    STR_INIT("nodeName"),
    STR_INIT("securityContext"),
    STR_INIT("imagePullSecrets"),
    STR_INIT("hostname"),
    STR_INIT("subdomain"),
    STR_INIT("setHostnameAsFQDN"),
    STR_INIT("affinity"),
    STR_INIT("schedulerName"),
    STR_INIT("tolerations"),
    STR_INIT("hostAliases"),
    STR_INIT("priorityClassName"),
    STR_INIT("priority"),
    STR_INIT("preemptionPolicy"),
    STR_INIT("dnsConfig"),
    STR_INIT("readinessGates"),
    STR_INIT("runtimeClassName"),
    STR_INIT("overhead"),
    STR_INIT("enableServiceLinks"),
    STR_INIT("topologySpreadConstraints"),
};
/* of a PodSecurityContext; the first ones are of the spec in JSON */
static const Str host_fields[] = {
    STR_INIT("hostNetwork"),
    STR_INIT("hostPID"),
    STR_INIT("hostIPC"),
    STR_INIT("shareProcessNamespace"),
};
static const Str context_fields[] = {
    STR_INIT("seLinuxOptions"), STR_INIT("windowsOptions"),      STR_INIT("runAsUser"),
    STR_INIT("runAsGroup"),     STR_INIT("runAsNonRoot"),        STR_INIT("supplementalGroups"),
    STR_INIT("fsGroup"),        STR_INIT("fsGroupChangePolicy"), STR_INIT("sysctls"),
    STR_INIT("seccompProfile"),
};

static const GoValue *security_context(const Maker *m, const SchemaType *spec_type,
                                       const Value *spec)
{
    const SchemaType *t = schema_find_type(STR("core/v1.PodSecurityContext"));
    Str name = STR("core.PodSecurityContext");
    GoValue *made = with_members(m, GO_STRUCT, name, true,
                                 COUNT_OF(host_fields) + COUNT_OF(context_fields));
    for (size_t i = 0; i < COUNT_OF(host_fields); i++) {
        add_field(m, made, spec_type, host_fields[i], spec);
    }
    const Value *context = value_get_lit(spec, "securityContext");
    for (size_t i = 0; i < COUNT_OF(context_fields); i++) {
        add_field(m, made, t, context_fields[i], context);
    }
    GoValue *pointer = with_members(m, GO_POINTER, name, false, 1);
    add(pointer, STR(""), made);
    return pointer;
}

const GoValue *go_pod_spec(const Value *spec, const KubeTarget *target, Arena *a)
{
    const Maker m = { target, a };
    const SchemaType *t = schema_find_type(STR("core/v1.PodSpec"));
    GoValue *made = with_members(&m, GO_STRUCT, STR("core.PodSpec"), true, COUNT_OF(spec_fields));
    for (size_t i = 0; i < COUNT_OF(spec_fields); i++) {
        if (str_eq(spec_fields[i], STR("securityContext"))) {
            add(made, STR("SecurityContext"), security_context(&m, t, spec));
        } else {
            add_field(&m, made, t, spec_fields[i], spec);
        }
    }
    return made;
}
