/* SPDX-License-Identifier: Apache-2.0 */
/* The PodSecurityConfiguration file: loading it as strictly as the API server, and checking it. */
#include "decide/psa/config.h"

#include "base/map.h"
#include "decide/psa/go_error.h"
#include "decide/psa/object.h"
#include "doc/json_go.h"
#include "doc/yaml.h"
#include "kube/names.h"

/* What upstream calls its set of types in messages. */
#define SCHEME "k8s.io/pod-security-admission/admission/api/scheme/scheme.go:31"
#define GROUP STR("pod-security.admission.config.k8s.io")
#define KIND STR("PodSecurityConfiguration")

enum {
    STRICT_ERRORS_MAX = 100, /* upstream stops counting there as well */
    SUBDOMAIN_BYTES_MAX = 253,
};

const PsaConfig psa_config_default = { .defaults = {
                                           .modes = {
                                               [PSA_ENFORCE] = { PSA_PRIVILEGED, { true, 0 } },
                                               [PSA_AUDIT] = { PSA_PRIVILEGED, { true, 0 } },
                                               [PSA_WARN] = { PSA_PRIVILEGED, { true, 0 } },
                                           } } };

/* -- decoding --------------------------------------------------------------------------------- */

typedef enum FieldKind { FIELD_TEXT, FIELD_TEXTS, FIELD_OBJECT } FieldKind;

typedef struct Field {
    Str name;
    FieldKind kind;
    size_t offset;               /* in PsaConfigFile; of a text or list */
    const struct ObjectType *of; /* of an object */
} Field;

typedef struct ObjectType {
    const char *name; /* in Go */
    Field fields[8];
} ObjectType;

#define TEXT_AT(name, member)                                             \
    {                                                                     \
        STR_INIT(name), FIELD_TEXT, offsetof(PsaConfigFile, member), NULL \
    }
#define TEXTS_AT(name, member)                                                        \
    {                                                                                 \
        STR_INIT(name), FIELD_TEXTS, offsetof(PsaConfigFile, exemptions.member), NULL \
    }

static const ObjectType defaults_type = {
    "PodSecurityDefaults",
    { TEXT_AT("enforce", levels[PSA_ENFORCE]), TEXT_AT("enforce-version", versions[PSA_ENFORCE]),
      TEXT_AT("audit", levels[PSA_AUDIT]), TEXT_AT("audit-version", versions[PSA_AUDIT]),
      TEXT_AT("warn", levels[PSA_WARN]), TEXT_AT("warn-version", versions[PSA_WARN]) },
};
static const ObjectType exemptions_type = {
    "PodSecurityExemptions",
    { TEXTS_AT("usernames", usernames), TEXTS_AT("namespaces", namespaces),
      TEXTS_AT("runtimeClasses", runtime_classes) },
};
enum { IGNORED = -1 };
static const ObjectType file_type = {
    "PodSecurityConfiguration",
    { { STR_INIT("apiVersion"), FIELD_TEXT, (size_t)IGNORED, NULL },
      { STR_INIT("kind"), FIELD_TEXT, (size_t)IGNORED, NULL },
      { STR_INIT("defaults"), FIELD_OBJECT, 0, &defaults_type },
      { STR_INIT("exemptions"), FIELD_OBJECT, 0, &exemptions_type } },
};

typedef struct Decoder {
    Arena *arena;
    PsaConfigFile *out;
    Str version;          /* of the API: "v1" */
    const char *mismatch; /* the first value of a wrong type ... */
    Str mismatch_text;    /* ... and what is said of it */
    Buf strict;           /* errors of strict decoding, joined */
    size_t strict_count;
} Decoder;

static void add_strict(Decoder *d, const char *what, const Path *at)
{
    if (d->strict_count++ >= STRICT_ERRORS_MAX) {
        return;
    }
    if (d->strict.len) {
        buf_lit(&d->strict, ", ");
    }
    buf_add(&d->strict, str_from_c(what));
    buf_lit(&d->strict, " \"");
    buf_add(&d->strict, path_render(at, d->arena));
    buf_byte(&d->strict, '"');
}

static void add_mismatch(Decoder *d, const Value *v, const ObjectType *in, const Path *at,
                         const char *want)
{
    if (!d->mismatch_text.ptr) {
        d->mismatch_text = arena_printf(
            d->arena, "json: cannot unmarshal %s into Go struct field %s.%.*s of type %s",
            psa_go_kind(v), in->name, STR_ARG(path_render(at, d->arena)), want);
    }
}

static const Field *find_field(const ObjectType *type, Str name)
{
    for (size_t i = 0; i < COUNT_OF(type->fields) && type->fields[i].name.ptr; i++) {
        if (str_eq(type->fields[i].name, name)) {
            return &type->fields[i];
        }
    }
    return NULL;
}

static void decode_text(Decoder *d, const Value *v, const ObjectType *in, const Field *f,
                        const Path *at)
{
    if (v->kind != VALUE_STRING) {
        if (v->kind != VALUE_NULL) {
            add_mismatch(d, v, in, at, "string");
        }
        return;
    }
    if (f->offset != (size_t)IGNORED) {
        Str *to = (Str *)(void *)((char *)d->out + f->offset);
        *to = arena_str(d->arena, value_as_str(v));
    }
}

static void decode_texts(Decoder *d, const Value *v, const ObjectType *in, const Field *f,
                         const Path *at)
{
    StrList *to = (StrList *)(void *)((char *)d->out + f->offset);
    if (v->kind != VALUE_ARRAY) {
        if (v->kind != VALUE_NULL) {
            add_mismatch(d, v, in, at, "[]string");
        }
        *to = (StrList){ NULL, 0 };
        return;
    }
    Str *items = new(d->arena, Str, v->len);
    for (uint32_t i = 0; i < v->len; i++) {
        const Value *item = &v->items[i];
        items[i] = item->kind == VALUE_STRING ? arena_str(d->arena, value_as_str(item)) : STR("");
        if (item->kind != VALUE_STRING && item->kind != VALUE_NULL) {
            add_mismatch(d, item, in, at, "string");
        }
    }
    *to = (StrList){ items, v->len };
}

/* Bounded by the depth of the types. */
static void decode_object(Decoder *d, const Value *v, const ObjectType *type, const Path *at)
{
    Map seen = map_new(d->arena);
    VALUE_EACH_MEMBER(m, v) {
        Str name = member_key(m);
        const Field *f = find_field(type, name);
        Path path = path_child_str(at, name);
        if (map_has(&seen, name)) {
            add_strict(d, "duplicate field", &path);
        }
        map_set(&seen, name, NULL);
        if (!f) {
            add_strict(d, "unknown field", &path);
        } else if (f->kind == FIELD_TEXT) {
            decode_text(d, &m->value, type, f, &path);
        } else if (f->kind == FIELD_TEXTS) {
            decode_texts(d, &m->value, type, f, &path);
        } else if (m->value.kind == VALUE_OBJECT) {
            decode_object(d, &m->value, f->of, &path);
        } else if (m->value.kind != VALUE_NULL) {
            add_mismatch(d, &m->value, type, &path,
                         arena_cstr(d->arena, arena_printf(d->arena, "%.*s.%s", STR_ARG(d->version),
                                                           f->of->name)));
        }
    }
}

static void fill_in_defaults(PsaConfigFile *file)
{
    for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
        if (!file->levels[mode].len) {
            file->levels[mode] = psa_level_name(PSA_PRIVILEGED);
        }
        if (!file->versions[mode].len) {
            file->versions[mode] = STR("latest");
        }
    }
}

static bool check_kind(const Value *v, Str text, Arena *a, PsaKind *kind, Err *err)
{
    static const Str versions[] = { STR_INIT("v1"), STR_INIT("v1beta1"), STR_INIT("v1alpha1") };
    if (!psa_kind_read(v, a, kind, err)) {
        return false;
    }
    if (!kind->name.len || !kind->version.len) {
        Buf b = buf_new(a);
        buf_lit(&b, "Object '");
        buf_add(&b, kind->name.len ? STR("apiVersion") : STR("Kind"));
        buf_lit(&b, "' is missing in '");
        buf_add(&b, text);
        buf_byte(&b, '\'');
        *err = (Err){ ERR_TYPE, buf_str(&b) };
        return false;
    }
    return (str_eq(kind->group, GROUP) && str_eq(kind->name, KIND) &&
            str_list_has((StrList){ versions, COUNT_OF(versions) }, kind->version)) ||
           psa_kind_is_unknown(kind, STR(SCHEME), a, err);
}

/* repeated: keys that the YAML had twice. */
static bool decode(const Value *v, Str text, const YamlRepeatedKey *repeated, Arena *a,
                   PsaConfigFile *out, Err *err)
{
    PsaKind kind;
    if (!check_kind(v, text, a, &kind, err)) {
        return false;
    }
    PsaConfigFile file = { 0 };
    Decoder d = { .arena = a, .out = &file, .version = kind.version, .strict = buf_new(a) };
    if (repeated) {
        buf_lit(&d.strict, "yaml: unmarshal errors:");
    }
    for (; repeated; repeated = repeated->next) {
        buf_printf(&d.strict, "\n  line %zu: key ", repeated->line);
        buf_go_quoted(&d.strict, repeated->key);
        buf_lit(&d.strict, " already set in map");
    }
    decode_object(&d, v, &file_type, NULL);
    if (d.mismatch_text.ptr) {
        return err_set(err, a, ERR_TYPE, "%.*s", STR_ARG(d.mismatch_text));
    }
    if (d.strict.len) {
        return err_set(err, a, ERR_TYPE, "strict decoding error: %.*s",
                       STR_ARG(buf_str(&d.strict)));
    }
    fill_in_defaults(&file);
    *out = file;
    return true;
}

bool psa_config_from_value(const Value *v, Str text, Arena *a, PsaConfigFile *out, Err *err)
{
    return decode(v, text, NULL, a, out, err);
}

bool psa_config_load(Str text, Arena *a, PsaConfigFile *out, Err *err)
{
    Value v;
    const YamlRepeatedKey *repeated = NULL;
    if (text.len == 0) {
        *out = (PsaConfigFile){ 0 };
        fill_in_defaults(out);
        return true;
    }
    if (json_go_is_json(text)) {
        if (!json_go_read(text, a, &v, err)) {
            return err_context(err, a, "couldn't get version/kind; json parse error");
        }
    } else {
        if (!yaml_read_go(text, NULL, a, &v, &repeated, err)) {
            return false;
        }
        value_sort_keys(&v); /* upstream turns YAML into JSON, and that is in this order */
    }
    return decode(&v, text, repeated, a, out, err);
}

/* -- completing and validating ------------------------------------------------------------------
 */

static void add_complaint(Buf *b, size_t *count, Str field, Str why)
{
    if ((*count)++) {
        buf_lit(b, ", ");
    }
    buf_add(b, field);
    buf_lit(b, ": ");
    buf_add(b, why);
}

bool psa_config_complete(const PsaConfigFile *file, Arena *a, PsaConfig *out, Err *err)
{
    PsaConfig config = { .defaults = psa_policy_privileged, .exemptions = file->exemptions };
    Buf b = buf_new(a);
    size_t count = 0;
    for (unsigned mode = 0; mode < PSA_MODE_COUNT; mode++) {
        PsaLevelVersion *policy = &config.defaults.modes[mode];
        Str name = psa_mode_name(mode);
        if (!psa_level_parse(file->levels[mode], &policy->level)) {
            add_complaint(&b, &count, name, psa_level_error);
        }
        if (!psa_version_parse(file->versions[mode], &policy->version)) {
            add_complaint(&b, &count, arena_concat(a, name, STR("-version")), psa_version_error);
        }
    }
    if (count) {
        return err_set(err, a, ERR_TYPE, count > 1 ? "[%.*s]" : "%.*s", STR_ARG(buf_str(&b)));
    }
    *out = config;
    return true;
}

/* As later versions of Kubernetes word it than kube/names.h does: dots are named as what is wrong
 * when nothing else is. */
static NameMessages check_namespace(Str name)
{
    NameMessages messages = name_check_dns1123_label(name);
    NameMessages as_subdomain = name_check_dns1123_subdomain(name);
    size_t form_errors = as_subdomain.count - (name.len > SUBDOMAIN_BYTES_MAX);
    if (messages.count && form_errors == 0 && str_contains(name, STR("."))) {
        messages.items[messages.count - 1] = STR("must not contain dots");
    }
    return messages;
}

static NameMessages check_username(Str name)
{
    NameMessages messages = { 0 };
    if (!name.len) {
        messages.items[messages.count++] = STR("username must not be empty");
    }
    return messages;
}

static void validate_names(const char *list, StrList names, NameCheck *check, FieldErrors *errs)
{
    Path exemptions = path_root("exemptions");
    Path path = path_child_str(&exemptions, str_from_c(list));
    Map valid = map_new(errs->arena);
    for (size_t i = 0; i < names.count; i++) {
        NameMessages messages = check(names.items[i]);
        if (messages.count) {
            Buf b = buf_new(errs->arena);
            for (size_t j = 0; j < messages.count; j++) {
                buf_add(&b, j ? STR(", ") : STR(""));
                buf_add(&b, messages.items[j]);
            }
            field_invalid_str(errs, path_index(&path, i), names.items[i], buf_str(&b));
        } else if (map_has(&valid, names.items[i])) {
            field_duplicate(errs, path_index(&path, i), names.items[i]);
        } else {
            map_set(&valid, names.items[i], NULL);
        }
    }
}

void psa_config_validate_exemptions(const PsaConfigFile *file, FieldErrors *errs)
{
    const PsaExemptions *e = &file->exemptions;
    validate_names("namespaces", e->namespaces, check_namespace, errs);
    validate_names("runtimeClasses", e->runtime_classes, name_check_dns1123_subdomain, errs);
    validate_names("usernames", e->usernames, check_username, errs);
}

void psa_config_validate(const PsaConfigFile *file, FieldErrors *errs)
{
    static const PsaMode order[] = { PSA_ENFORCE, PSA_WARN, PSA_AUDIT };
    Path defaults = path_root("defaults");
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        PsaMode mode = order[i];
        Str name = psa_mode_name(mode);
        PsaLevel level;
        PsaVersion version;
        if (!psa_level_parse(file->levels[mode], &level)) {
            field_invalid_str(errs, path_child_str(&defaults, name), file->levels[mode],
                              psa_level_error);
        }
        if (!psa_version_parse(file->versions[mode], &version)) {
            Str field = arena_concat(errs->arena, name, STR("-version"));
            field_invalid_str(errs, path_child_str(&defaults, field), file->versions[mode],
                              psa_version_error);
        }
    }
    psa_config_validate_exemptions(file, errs);
}

bool psa_config_read(Str text, Arena *a, PsaConfig *out, Err *err)
{
    PsaConfigFile file;
    PsaConfig config;
    if (!psa_config_load(text, a, &file, err)) {
        return false;
    }
    if (!psa_config_complete(&file, a, &config, err)) {
        return err_context(err, a, "PodSecurity configuration error");
    }
    FieldErrors errs = field_errors_new(a);
    psa_config_validate_exemptions(&file, &errs);
    if (errs.count) {
        Buf b = buf_new(a);
        field_errors_write_aggregate(&errs, &b);
        return err_set(err, a, ERR_TYPE, "PodSecurity invalid: %.*s", STR_ARG(buf_str(&b)));
    }
    *out = config;
    return true;
}
