/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling a PodSecurityPolicy: a row for each field of the spec, one function for each type of
 * field, then what follows from the fields together (defaults, sets, what builds no provider).
 */
#include "decide/psp/policy.h"

#include <stdlib.h>

typedef struct Compiler {
    Arena *arena;
    Err *err;
} Compiler;

/* v is never a JSON null: that is the same as a missing field. */
typedef bool (*FieldReader)(const Compiler *c, const Path *at, const Value *v, void *out);

typedef struct FieldRow {
    Str name;
    FieldReader read;
    size_t offset;
} FieldRow;

static bool bad_type(const Compiler *c, const Path *at, const Value *v, const char *want)
{
    return err_set(c->err, c->arena, ERR_TYPE, "%.*s: must be %s, not %.*s",
                   STR_ARG(path_render(at, c->arena)), want, STR_ARG(value_kind_name(v)));
}

/* Every row whose field is there, into the struct at base. */
static bool read_fields(const Compiler *c, const Path *at, const Value *object,
                        const FieldRow *rows, size_t row_count, void *base)
{
    if (object->kind != VALUE_OBJECT) {
        return bad_type(c, at, object, "an object");
    }
    VALUE_EACH_MEMBER(m, object) {
        if (m->value.kind == VALUE_NULL) {
            continue;
        }
        for (size_t i = 0; i < row_count; i++) {
            if (str_eq(rows[i].name, member_key(m))) {
                Path path = path_child_str(at, rows[i].name);
                if (!rows[i].read(c, &path, &m->value, (char *)base + rows[i].offset)) {
                    return false;
                }
                break;
            }
        }
    }
    return true;
}

static bool read_bool(const Compiler *c, const Path *at, const Value *v, void *out)
{
    if (v->kind != VALUE_BOOL) {
        return bad_type(c, at, v, "a boolean");
    }
    *(bool *)out = v->b;
    return true;
}

static bool read_opt_bool(const Compiler *c, const Path *at, const Value *v, void *out)
{
    if (v->kind != VALUE_BOOL) {
        return bad_type(c, at, v, "a boolean");
    }
    *(OptBool *)out = (OptBool){ true, v->b };
    return true;
}

static bool read_str(const Compiler *c, const Path *at, const Value *v, void *out)
{
    if (v->kind != VALUE_STRING) {
        return bad_type(c, at, v, "a string");
    }
    *(Str *)out = arena_str(c->arena, value_as_str(v));
    return true;
}

static bool read_int64(const Compiler *c, const Path *at, const Value *v, void *out)
{
    OptInt64 n = value_as_int(v);
    if (!n.set) {
        return bad_type(c, at, v, "an integer");
    }
    *(int64_t *)out = n.value;
    return true;
}

static bool read_int32(const Compiler *c, const Path *at, const Value *v, void *out)
{
    OptInt64 n = value_as_int(v);
    if (!n.set || n.value < INT32_MIN || n.value > INT32_MAX) {
        return bad_type(c, at, v, "a 32-bit integer");
    }
    *(int32_t *)out = (int32_t)n.value;
    return true;
}

static bool read_str_list(const Compiler *c, const Path *at, const Value *v, void *out)
{
    if (v->kind != VALUE_ARRAY) {
        return bad_type(c, at, v, "an array");
    }
    Str *items = new(c->arena, Str, v->len);
    for (uint32_t i = 0; i < v->len; i++) {
        Path item = path_index(at, i);
        if (v->items[i].kind == VALUE_NULL) {
            items[i] = STR("");
        } else if (!read_str(c, &item, &v->items[i], &items[i])) {
            return false;
        }
    }
    *(StrList *)out = (StrList){ items, v->len };
    return true;
}

/* A list of objects, each read by rows into an item of item_size bytes. */
typedef struct ListSpec {
    const FieldRow *rows;
    size_t row_count;
    size_t item_size;
} ListSpec;

static bool read_list(const Compiler *c, const Path *at, const Value *v, const ListSpec *spec,
                      void **items, uint32_t *count)
{
    if (v->kind != VALUE_ARRAY) {
        return bad_type(c, at, v, "an array");
    }
    char *all = arena_alloc_zero(c->arena, v->len, spec->item_size);
    for (uint32_t i = 0; i < v->len; i++) {
        Path item = path_index(at, i);
        if (v->items[i].kind != VALUE_NULL &&
            !read_fields(c, &item, &v->items[i], spec->rows, spec->row_count,
                         all + i * spec->item_size)) {
            return false;
        }
    }
    *items = all;
    *count = v->len;
    return true;
}

static bool read_ranges(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow rows[] = { { STR_INIT("min"), read_int64, offsetof(PspIdRange, min) },
                                     { STR_INIT("max"), read_int64, offsetof(PspIdRange, max) } };
    static const ListSpec list = { rows, COUNT_OF(rows), sizeof(PspIdRange) };
    PspIdRule *rule = out;
    void *items = NULL;
    if (!read_list(c, at, v, &list, &items, &rule->range_count)) {
        return false;
    }
    rule->ranges = items;
    return true;
}

/* A rule before it is known whether it is one. */
typedef struct RuleText {
    Str rule;
    PspIdRule ids;
    const SeLinuxView *options;
} RuleText;

static bool read_se_linux_options(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow rows[] = {
        { STR_INIT("level"), read_str, offsetof(SeLinuxView, level) },
        { STR_INIT("role"), read_str, offsetof(SeLinuxView, role) },
        { STR_INIT("type"), read_str, offsetof(SeLinuxView, type) },
        { STR_INIT("user"), read_str, offsetof(SeLinuxView, user) },
    };
    SeLinuxView *options = new(c->arena, SeLinuxView, 1);
    if (!read_fields(c, at, v, rows, COUNT_OF(rows), options)) {
        return false;
    }
    *(const SeLinuxView **)out = options;
    return true;
}

static bool read_rule(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow rows[] = {
        { STR_INIT("rule"), read_str, offsetof(RuleText, rule) },
        { STR_INIT("ranges"), read_ranges, offsetof(RuleText, ids) },
        { STR_INIT("seLinuxOptions"), read_se_linux_options, offsetof(RuleText, options) },
    };
    return read_fields(c, at, v, rows, COUNT_OF(rows), out);
}

static bool read_volumes(const Compiler *c, const Path *at, const Value *v, void *out)
{
    PspPolicy *p = out;
    StrList types;
    ArenaMark mark = arena_mark(c->arena);
    if (!read_str_list(c, at, v, &types)) {
        return false;
    }
    for (size_t i = 0; i < types.count; i++) {
        p->all_volumes |= str_eq(types.items[i], STR("*"));
        p->resource_claims |= str_eq(types.items[i], STR(PSP_VOLUME_RESOURCE_CLAIM));
        for (VolumeType t = 0; t < VOLUME_OTHER; t++) {
            if (str_eq(types.items[i], psp_volume_name(t))) {
                p->volumes |= (uint64_t)1 << t;
            }
        }
    }
    arena_rewind(c->arena, mark); /* the bits say it all */
    return true;
}

static bool read_host_ports(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow rows[] = {
        { STR_INIT("min"), read_int32, offsetof(PspPortRange, min) },
        { STR_INIT("max"), read_int32, offsetof(PspPortRange, max) },
    };
    static const ListSpec list = { rows, COUNT_OF(rows), sizeof(PspPortRange) };
    PspPolicy *p = out;
    void *items = NULL;
    if (!read_list(c, at, v, &list, &items, &p->host_port_count)) {
        return false;
    }
    p->host_ports = items;
    return true;
}

static bool read_host_paths(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow rows[] = {
        { STR_INIT("pathPrefix"), read_str, offsetof(PspHostPath, prefix) },
        { STR_INIT("readOnly"), read_bool, offsetof(PspHostPath, read_only) },
    };
    static const ListSpec list = { rows, COUNT_OF(rows), sizeof(PspHostPath) };
    PspPolicy *p = out;
    void *items = NULL;
    if (!read_list(c, at, v, &list, &items, &p->host_path_count)) {
        return false;
    }
    p->host_paths = items;
    return true;
}

static bool read_names(const Compiler *c, const Path *at, const Value *v, const FieldRow *row,
                       StrList *out)
{
    const ListSpec list = { row, 1, sizeof(Str) };
    void *items = NULL;
    uint32_t count = 0;
    if (!read_list(c, at, v, &list, &items, &count)) {
        return false;
    }
    *out = (StrList){ items, count };
    return true;
}

static bool read_flex_drivers(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow row = { STR_INIT("driver"), read_str, 0 };
    return read_names(c, at, v, &row, out);
}

static bool read_csi_drivers(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow row = { STR_INIT("name"), read_str, 0 };
    return read_names(c, at, v, &row, out);
}

static bool read_runtime_class(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow rows[] = {
        { STR_INIT("allowedRuntimeClassNames"), read_str_list,
          offsetof(PspPolicy, runtime_classes) },
        { STR_INIT("defaultRuntimeClassName"), read_str,
          offsetof(PspPolicy, default_runtime_class) },
    };
    PspPolicy *p = out;
    p->runtime_class_set = true;
    return read_fields(c, at, v, rows, COUNT_OF(rows), out);
}

/* The policy and the rules that are not resolved yet. */
typedef struct Draft {
    PspPolicy policy;
    OptBool allow_privilege_escalation;
    bool run_as_group_set;
    RuleText run_as_user, run_as_group, fs_group, supplemental_groups, se_linux;
} Draft;

static bool read_run_as_group(const Compiler *c, const Path *at, const Value *v, void *out)
{
    Draft *draft = out;
    draft->run_as_group_set = true;
    return read_rule(c, at, v, &draft->run_as_group);
}

#define POLICY(field) offsetof(Draft, policy.field)
static const FieldRow spec_fields[] = {
    { STR_INIT("privileged"), read_bool, POLICY(privileged) },
    { STR_INIT("defaultAddCapabilities"), read_str_list, POLICY(default_add_capabilities) },
    { STR_INIT("requiredDropCapabilities"), read_str_list, POLICY(required_drop_capabilities) },
    { STR_INIT("allowedCapabilities"), read_str_list, POLICY(allowed_capabilities) },
    { STR_INIT("volumes"), read_volumes, offsetof(Draft, policy) },
    { STR_INIT("hostNetwork"), read_bool, POLICY(host_network) },
    { STR_INIT("hostPorts"), read_host_ports, offsetof(Draft, policy) },
    { STR_INIT("hostPID"), read_bool, POLICY(host_pid) },
    { STR_INIT("hostIPC"), read_bool, POLICY(host_ipc) },
    { STR_INIT("seLinux"), read_rule, offsetof(Draft, se_linux) },
    { STR_INIT("runAsUser"), read_rule, offsetof(Draft, run_as_user) },
    { STR_INIT("runAsGroup"), read_run_as_group, 0 },
    { STR_INIT("supplementalGroups"), read_rule, offsetof(Draft, supplemental_groups) },
    { STR_INIT("fsGroup"), read_rule, offsetof(Draft, fs_group) },
    { STR_INIT("readOnlyRootFilesystem"), read_bool, POLICY(read_only_root_filesystem) },
    { STR_INIT("defaultAllowPrivilegeEscalation"), read_opt_bool,
      POLICY(default_allow_privilege_escalation) },
    { STR_INIT("allowPrivilegeEscalation"), read_opt_bool,
      offsetof(Draft, allow_privilege_escalation) },
    { STR_INIT("allowedHostPaths"), read_host_paths, offsetof(Draft, policy) },
    { STR_INIT("allowedFlexVolumes"), read_flex_drivers, POLICY(flex_drivers) },
    { STR_INIT("allowedCSIDrivers"), read_csi_drivers, POLICY(csi_drivers) },
    { STR_INIT("allowedUnsafeSysctls"), read_str_list, POLICY(allowed_unsafe_sysctls) },
    { STR_INIT("forbiddenSysctls"), read_str_list, POLICY(forbidden_sysctls) },
    { STR_INIT("allowedProcMountTypes"), read_str_list, POLICY(proc_mount_types) },
    { STR_INIT("runtimeClass"), read_runtime_class, offsetof(Draft, policy) },
};

/* -- what builds no provider ------------------------------------------------------------------- */

typedef struct RuleRow {
    Str name;
    PspRule rule;
} RuleRow;

/* Every rule that some strategy has. */
static const RuleRow rules[] = {
    { STR_INIT("RunAsAny"), PSP_RUN_AS_ANY },
    { STR_INIT("MustRunAs"), PSP_MUST_RUN_AS },
    { STR_INIT("MustRunAsNonRoot"), PSP_MUST_RUN_AS_NON_ROOT },
    { STR_INIT("MayRunAs"), PSP_MAY_RUN_AS },
};

static PspRule rule_of(Str text)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        if (str_eq(rules[i].name, text)) {
            return rules[i].rule;
        }
    }
    return PSP_RULE_UNKNOWN;
}

enum { ERRORS_MAX = 5 }; /* one for each of the five rules */
typedef struct BuildErrors {
    Arena *arena;
    Str items[ERRORS_MAX];
    size_t count;
} BuildErrors;

/* Equal texts count once, as in Go's aggregate. */
static void build_error(BuildErrors *errors, Str text)
{
    for (size_t i = 0; i < errors->count; i++) {
        if (str_eq(errors->items[i], text)) {
            return;
        }
    }
    errors->items[errors->count++] = text;
}

/* One of the rules on ids: allowed is a mask of 1 << PspRule; strategy the API server's name. */
static PspIdRule id_rule(BuildErrors *errors, const RuleText *text, unsigned allowed,
                         const char *strategy)
{
    PspIdRule out = text->ids;
    out.rule = rule_of(text->rule);
    if (!(allowed >> out.rule & 1)) {
        out.rule = PSP_RULE_UNKNOWN;
        build_error(errors, arena_printf(errors->arena, "Unrecognized %s strategy type %.*s",
                                         strategy, STR_ARG(text->rule)));
    } else if (out.range_count == 0 &&
               (out.rule == PSP_MUST_RUN_AS || out.rule == PSP_MAY_RUN_AS)) {
        bool is_user = allowed >> PSP_MUST_RUN_AS_NON_ROOT & 1;
        build_error(errors, is_user ? STR("MustRunAs requires at least one range")
                            : out.rule == PSP_MUST_RUN_AS
                                ? STR("ranges must be supplied for MustRunAs")
                                : STR("ranges must be supplied for MayRunAs"));
    }
    return out;
}

static PspRule se_linux_rule(BuildErrors *errors, const RuleText *text)
{
    PspRule rule = rule_of(text->rule);
    if (rule == PSP_MUST_RUN_AS && !text->options) {
        build_error(errors, STR("MustRunAs requires SELinuxOptions"));
    } else if (rule != PSP_MUST_RUN_AS && rule != PSP_RUN_AS_ANY) {
        rule = PSP_RULE_UNKNOWN;
        build_error(errors,
                    arena_printf(errors->arena, "Unrecognized SELinuxContext strategy type %.*s",
                                 STR_ARG(text->rule)));
    }
    return rule;
}

/* In the order in which the API server creates the strategies. */
static void resolve_rules(Draft *draft, Arena *a)
{
    const unsigned user = 1u << PSP_RUN_AS_ANY | 1u << PSP_MUST_RUN_AS |
                          1u << PSP_MUST_RUN_AS_NON_ROOT;
    const unsigned group = 1u << PSP_RUN_AS_ANY | 1u << PSP_MUST_RUN_AS | 1u << PSP_MAY_RUN_AS;
    PspPolicy *p = &draft->policy;
    BuildErrors errors = { .arena = a };
    p->run_as_user = id_rule(&errors, &draft->run_as_user, user, "RunAsUser");
    if (draft->run_as_group_set) {
        p->run_as_group = id_rule(&errors, &draft->run_as_group, group, "RunAsGroup");
    } else {
        p->run_as_group.rule = PSP_RUN_AS_ANY;
    }
    p->se_linux = se_linux_rule(&errors, &draft->se_linux);
    p->se_linux_options = draft->se_linux.options;
    p->fs_group = id_rule(&errors, &draft->fs_group, group, "FSGroup");
    p->supplemental_groups = id_rule(&errors, &draft->supplemental_groups, group,
                                     "SupplementalGroups");
    if (errors.count == 0) {
        return;
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < errors.count; i++) {
        buf_add(&b, i ? STR(", ") : errors.count > 1 ? STR("[") : STR(""));
        buf_add(&b, errors.items[i]);
    }
    buf_add(&b, errors.count > 1 ? STR("]") : STR(""));
    p->build_error = buf_str(&b);
}

/* -- annotations and capabilities -------------------------------------------------------------- */

/* with_any: a piece "*" allows everything and is no profile (seccomp). */
static void resolve_profiles(PspProfiles *out, Arena *a, bool with_any)
{
    if (!out->allowed_text.ptr) {
        return;
    }
    size_t pieces = 1;
    for (size_t i = 0; i < out->allowed_text.len; i++) {
        pieces += out->allowed_text.ptr[i] == ',';
    }
    Str *items = new(a, Str, pieces);
    Str rest = out->allowed_text;
    size_t count = 0;
    for (Str piece; str_next_piece(&rest, ',', &piece);) {
        if (with_any && str_eq(piece, STR("*"))) {
            out->any = true;
        } else {
            items[count++] = piece;
        }
    }
    out->allowed = (StrList){ items, count };
}

static bool read_annotations(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow rows[] = {
        { STR_INIT("seccomp.security.alpha.kubernetes.io/allowedProfileNames"), read_str,
          offsetof(PspPolicy, seccomp.allowed_text) },
        { STR_INIT("seccomp.security.alpha.kubernetes.io/defaultProfileName"), read_str,
          offsetof(PspPolicy, seccomp.default_profile) },
        { STR_INIT("apparmor.security.beta.kubernetes.io/allowedProfileNames"), read_str,
          offsetof(PspPolicy, app_armor.allowed_text) },
        { STR_INIT("apparmor.security.beta.kubernetes.io/defaultProfileName"), read_str,
          offsetof(PspPolicy, app_armor.default_profile) },
    };
    return read_fields(c, at, v, rows, COUNT_OF(rows), out);
}

static bool read_metadata(const Compiler *c, const Path *at, const Value *v, void *out)
{
    static const FieldRow rows[] = {
        { STR_INIT("name"), read_str, offsetof(PspPolicy, name) },
        { STR_INIT("annotations"), read_annotations, 0 },
    };
    return read_fields(c, at, v, rows, COUNT_OF(rows), out);
}

static int compare_str(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

static StrList sorted_set(StrList list, Arena *a)
{
    if (list.count == 0) {
        return (StrList){ NULL, 0 };
    }
    Str *items = new(a, Str, list.count);
    memcpy(items, list.items, list.count * sizeof(Str));
    qsort(items, list.count, sizeof(Str), compare_str);
    size_t count = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (count == 0 || !str_eq(items[count - 1], items[i])) {
            items[count++] = items[i];
        }
    }
    return (StrList){ items, count };
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool read_spec(const Compiler *c, const Path *at, const Value *v, void *out)
{
    return read_fields(c, at, v, spec_fields, COUNT_OF(spec_fields), out);
}

const PspPolicy *psp_policy_compile(const Value *psp, Arena *a, Err *err)
{
    static const FieldRow rows[] = {
        { STR_INIT("apiVersion"), read_str, POLICY(api_version) },
        { STR_INIT("metadata"), read_metadata, offsetof(Draft, policy) },
        { STR_INIT("spec"), read_spec, 0 },
    };
    const Compiler c = { a, err };
    const Value *kind = value_get_lit(psp, "kind");
    if (!value_is(psp, VALUE_OBJECT) ||
        (!value_is_null(kind) && !str_eq(value_as_str(kind), STR("PodSecurityPolicy")))) {
        err_set(err, a, ERR_UNSUPPORTED, "not a PodSecurityPolicy");
        return NULL;
    }
    Draft draft = { .policy.name = STR("") };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Value *v = value_get(psp, rows[i].name);
        Path path = path_child_str(NULL, rows[i].name);
        if (!value_is_null(v) && !rows[i].read(&c, &path, v, (char *)&draft + rows[i].offset)) {
            return NULL;
        }
    }
    resolve_rules(&draft, a);
    PspPolicy *p = &draft.policy;
    p->allow_privilege_escalation = !draft.allow_privilege_escalation.set ||
                                    draft.allow_privilege_escalation.value;
    p->all_capabilities = str_list_has(p->allowed_capabilities, STR("*"));
    p->default_capabilities.add = sorted_set(p->default_add_capabilities, a);
    p->default_capabilities.drop = sorted_set(p->required_drop_capabilities, a);
    resolve_profiles(&p->seccomp, a, true);
    resolve_profiles(&p->app_armor, a, false);
    psp_policy_find_strategies(p);
    PspPolicy *out = new(a, PspPolicy, 1);
    *out = *p;
    return out;
}

Str psp_volume_name(VolumeType type)
{
    return type == VOLUME_CEPHFS ? STR("cephFS") : volume_type_field(type);
}
