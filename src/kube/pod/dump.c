/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as Go prints them with %#v, which the API server does for bad values that are structs: a
 * row for each field, in Go's order, with the minor versions that have it.
 */
#include "kube/meta.h"
#include "kube/pod/check.h"

typedef enum DumpKind {
    DUMP_POINTER, /* (*T)(nil) or (*T)(0x...) */
    DUMP_STRING,
    DUMP_INT,
} DumpKind;

typedef struct DumpRow {
    Str name;   /* in Go */
    Str member; /* in JSON */
    Str type;   /* of what a pointer points at */
    DumpKind kind;
    int since;
} DumpRow;

#define POINTER(name, member, type, since)                                      \
    {                                                                           \
        STR_INIT(name), STR_INIT(member), STR_INIT(type), DUMP_POINTER, (since) \
    }
#define STRING(name, member)                                           \
    {                                                                  \
        STR_INIT(name), STR_INIT(member), STR_INIT(""), DUMP_STRING, 0 \
    }
#define INT(name, member)                                           \
    {                                                               \
        STR_INIT(name), STR_INIT(member), STR_INIT(""), DUMP_INT, 0 \
    }

static void dump_fields(const Value *object, const DumpRow *rows, size_t count, int minor, Buf *b)
{
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        const DumpRow *row = &rows[i];
        if (minor < row->since) {
            continue;
        }
        if (!is_first) {
            buf_lit(b, ", ");
        }
        is_first = false;
        buf_add(b, row->name);
        buf_byte(b, ':');
        switch (row->kind) {
        case DUMP_POINTER:
            buf_printf(b, "(*%.*s)(%s)", STR_ARG(row->type),
                       value_is_null(value_get(object, row->member)) ? "nil" : META_POINTER_TEXT);
            break;
        case DUMP_STRING:
            buf_go_quoted(b, check_str(object, row->member));
            break;
        case DUMP_INT:
            buf_int(b, check_int(object, row->member));
            break;
        }
    }
}

static Str dump_struct(const char *type, const Value *object, const DumpRow *rows, size_t count,
                       int minor, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "%s{", type);
    dump_fields(object, rows, count, minor, &b);
    buf_byte(&b, '}');
    return buf_str(&b);
}

Str dump_security_context(const Value *context, const KubeTarget *t, Arena *a)
{
    static const DumpRow rows[] = {
        POINTER("Capabilities", "capabilities", "core.Capabilities", 0),
        POINTER("Privileged", "privileged", "bool", 0),
        POINTER("SELinuxOptions", "seLinuxOptions", "core.SELinuxOptions", 0),
        POINTER("WindowsOptions", "windowsOptions", "core.WindowsSecurityContextOptions", 14),
        POINTER("RunAsUser", "runAsUser", "int64", 0),
        POINTER("RunAsGroup", "runAsGroup", "int64", 0),
        POINTER("RunAsNonRoot", "runAsNonRoot", "bool", 0),
        POINTER("ReadOnlyRootFilesystem", "readOnlyRootFilesystem", "bool", 0),
        POINTER("AllowPrivilegeEscalation", "allowPrivilegeEscalation", "bool", 0),
        POINTER("ProcMount", "procMount", "core.ProcMountType", 12),
        POINTER("SeccompProfile", "seccompProfile", "core.SeccompProfile", 19),
        POINTER("AppArmorProfile", "appArmorProfile", "core.AppArmorProfile", 30),
    };
    return dump_struct("core.SecurityContext", context, rows, COUNT_OF(rows), t->minor, a);
}

Str dump_seccomp_profile(const Value *profile, Arena *a)
{
    static const DumpRow rows[] = { STRING("Type", "type"),
                                    POINTER("LocalhostProfile", "localhostProfile", "string", 0) };
    return dump_struct("core.SeccompProfile", profile, rows, COUNT_OF(rows), 0, a);
}

Str dump_toleration(const Value *toleration, Arena *a)
{
    static const DumpRow rows[] = {
        STRING("Key", "key"),
        STRING("Operator", "operator"),
        STRING("Value", "value"),
        STRING("Effect", "effect"),
        POINTER("TolerationSeconds", "tolerationSeconds", "int64", 0),
    };
    return dump_struct("core.Toleration", toleration, rows, COUNT_OF(rows), 0, a);
}

enum { HANDLER_RENAMED_MINOR = 23 }; /* core.Handler became two types */

Str dump_lifecycle(const Value *lifecycle, const KubeTarget *t, Arena *a)
{
    static const DumpRow old_rows[] = {
        POINTER("PostStart", "postStart", "core.Handler", 0),
        POINTER("PreStop", "preStop", "core.Handler", 0),
    };
    static const DumpRow rows[] = {
        POINTER("PostStart", "postStart", "core.LifecycleHandler", 0),
        POINTER("PreStop", "preStop", "core.LifecycleHandler", 0),
    };
    bool is_old = t->minor < HANDLER_RENAMED_MINOR;
    return dump_struct("core.Lifecycle", lifecycle, is_old ? old_rows : rows, COUNT_OF(rows), 0, a);
}

Str dump_probe(const Value *probe, const KubeTarget *t, Arena *a)
{
    static const DumpRow actions[] = {
        POINTER("Exec", "exec", "core.ExecAction", 0),
        POINTER("HTTPGet", "httpGet", "core.HTTPGetAction", 0),
        POINTER("TCPSocket", "tcpSocket", "core.TCPSocketAction", 0),
        POINTER("GRPC", "grpc", "core.GRPCAction", 23),
    };
    static const DumpRow rows[] = {
        INT("InitialDelaySeconds", "initialDelaySeconds"),
        INT("TimeoutSeconds", "timeoutSeconds"),
        INT("PeriodSeconds", "periodSeconds"),
        INT("SuccessThreshold", "successThreshold"),
        INT("FailureThreshold", "failureThreshold"),
        POINTER("TerminationGracePeriodSeconds", "terminationGracePeriodSeconds", "int64", 21),
    };
    const char *handler = t->minor < HANDLER_RENAMED_MINOR ? "Handler" : "ProbeHandler";
    Buf b = buf_new(a);
    buf_printf(&b, "core.Probe{%s:core.%s{", handler, handler);
    dump_fields(probe, actions, COUNT_OF(actions), t->minor, &b);
    buf_lit(&b, "}, ");
    dump_fields(probe, rows, COUNT_OF(rows), t->minor, &b);
    buf_byte(&b, '}');
    return buf_str(&b);
}

Str dump_strings(const Value *list, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "[]string{");
    bool is_first = true;
    VALUE_EACH_ITEM(item, list) {
        if (!is_first) {
            buf_lit(&b, ", ");
        }
        is_first = false;
        buf_go_quoted(&b, value_as_str(item));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

/* -- quantities -------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The power of ten of a decimal suffix; false for binary and unknown ones. */
static bool decimal_exponent(Str suffix, int *out)
{
    static const struct {
        Str suffix;
        int exponent;
    } rows[] = {
        { STR_INIT("n"), -9 }, { STR_INIT("u"), -6 }, { STR_INIT("m"), -3 }, { STR_INIT(""), 0 },
        { STR_INIT("k"), 3 },  { STR_INIT("M"), 6 },  { STR_INIT("G"), 9 },  { STR_INIT("T"), 12 },
        { STR_INIT("P"), 15 }, { STR_INIT("E"), 18 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(suffix, rows[i].suffix)) {
            *out = rows[i].exponent;
            return true;
        }
    }
    int64_t exponent;
    bool is_power = suffix.len > 1 && (suffix.ptr[0] == 'e' || suffix.ptr[0] == 'E');
    if (!is_power || !str_to_int64(str_drop(suffix, 1), &exponent) || exponent < -18 ||
        exponent > 18) {
        return false;
    }
    *out = (int)exponent;
    return true;
}

/* How a whole number of a binary suffix is held: the product, at scale 0. */
static bool dump_binary(Str text, Str digits, Str suffix, Buf *b)
{
    static const Str suffixes[] = { STR_INIT("Ki"), STR_INIT("Mi"), STR_INIT("Gi"),
                                    STR_INIT("Ti"), STR_INIT("Pi"), STR_INIT("Ei") };
    enum { BITS = 10, DIGITS_MAX = 15 };
    int64_t value;
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        int bits = BITS * (int)(i + 1);
        int room = DIGITS_MAX - (int)digits.len - bits * 3 / 10 - 1;
        if (!str_eq(suffix, suffixes[i]) || room < 0 || !str_to_int64(digits, &value)) {
            continue;
        }
        bool is_kept = !str_ends_with(digits, STR("000")) && digits.ptr[0] != '0';
        buf_printf(b,
                   "resource.Quantity{i:resource.int64Amount{value:%s%lld, scale:0}, "
                   "d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:",
                   text.ptr[0] == '-' ? "-" : "", (long long)value << bits);
        buf_go_quoted(b, is_kept ? text : STR(""));
        buf_lit(b, ", Format:\"BinarySI\"}");
        return true;
    }
    return false;
}

/* A decimal one that fits 64 bits is held as digits and scale. */
Str dump_quantity(Str text, Arena *a)
{
    size_t at = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+');
    Buf digits = buf_new(a);
    int scale = 0;
    bool is_fraction = false;
    for (; at < text.len && (is_digit(text.ptr[at]) || text.ptr[at] == '.'); at++) {
        if (text.ptr[at] == '.') {
            is_fraction = true;
        } else {
            buf_byte(&digits, text.ptr[at]);
            scale -= is_fraction;
        }
    }
    Str suffix = str_drop(text, at);
    int exponent;
    int64_t value;
    Buf b = buf_new(a);
    if (!is_fraction && dump_binary(text, buf_str(&digits), suffix, &b)) {
        return buf_str(&b);
    }
    if (!decimal_exponent(suffix, &exponent) || !str_to_int64(buf_str(&digits), &value)) {
        return text; /* held in a form that no dump can show */
    }
    scale += exponent;
    /* The text is kept where it counts as canonical. */
    bool is_kept = scale % 3 == 0 && !str_ends_with(buf_str(&digits), STR("000")) &&
                   (buf_str(&digits).ptr[0] != '0' || str_eq(text, STR("0")));
    bool is_power = suffix.len > 1;
    buf_printf(&b,
               "resource.Quantity{i:resource.int64Amount{value:%s%lld, scale:%d}, "
               "d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:",
               text.ptr[0] == '-' ? "-" : "", (long long)value, scale);
    buf_go_quoted(&b, is_kept ? text : STR(""));
    buf_printf(&b, ", Format:\"%s\"}", is_power ? "DecimalExponent" : "DecimalSI");
    return buf_str(&b);
}
