/* SPDX-License-Identifier: Apache-2.0 */
/* The file that says how strict to be, read strictly: a misspelt word would open or close a door.
 */
#include "decide/enforcement/enforcement.h"
#include "doc/position.h"

#include <stdarg.h>

#define API_VERSION "podgate.io/v1"

typedef struct Reader {
    const Doc *doc;
    Arena *arena;
    Err *err;
} Reader;

static bool fail(const Reader *r, Str path, const char *format, ...) PRINTF_LIKE(3, 4);
static bool fail(const Reader *r, Str path, const char *format, ...)
{
    DocPosition at;
    va_list args;
    (void)doc_position(r->doc, path, &at);
    va_start(args, format);
    Str text = arena_vprintf(r->arena, format, args);
    va_end(args);
    return err_set(r->err, r->arena, ERR_TYPE, "%.*s:%zu:%zu: %.*s%s%.*s", STR_ARG(r->doc->name),
                   at.line, at.column, STR_ARG(path), path.len ? ": " : "", STR_ARG(text));
}

static Str member_path(const Reader *r, Str path, Str name)
{
    return path.len ? arena_printf(r->arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(name)) : name;
}

/* -- by tables of fields ----------------------------------------------------------------------- */

typedef enum FieldKind { FIELD_TEXT, FIELD_TEXTS, FIELD_OTHER } FieldKind;

/* FIELD_OTHER: who gave the table reads it. */
typedef struct Field {
    Str name;
    FieldKind kind;
    size_t offset;
} Field;

static bool read_texts(const Reader *r, const Value *v, Str path, StrList *out)
{
    if (v->kind != VALUE_ARRAY || !v->len) {
        return fail(r, path, "a list of texts is needed");
    }
    Str *items = new(r->arena, Str, v->len);
    for (uint32_t i = 0; i < v->len; i++) {
        if (v->items[i].kind != VALUE_STRING || !v->items[i].len) {
            return fail(r, arena_printf(r->arena, "%.*s[%u]", STR_ARG(path), i),
                        "a text is needed, not %.*s",
                        STR_ARG(v->items[i].kind == VALUE_STRING ? STR("an empty one")
                                                                 : value_kind_name(&v->items[i])));
        }
        items[i] = value_as_str(&v->items[i]);
    }
    *out = (StrList){ items, v->len };
    return true;
}

static bool read_fields(const Reader *r, const Value *v, Str path, const Field *fields,
                        size_t count, void *out)
{
    if (!value_is(v, VALUE_OBJECT)) {
        return fail(r, path, "an object is needed");
    }
    for (uint32_t i = 0; i < v->len; i++) {
        Str name = member_key(&v->members[i]);
        const Value *value = &v->members[i].value;
        Str at = member_path(r, path, name);
        const Field *f = fields;
        while (f < fields + count && !str_eq(f->name, name)) {
            f++;
        }
        if (f == fields + count) {
            return fail(r, at, "unknown field");
        }
        void *to = (char *)out + f->offset;
        if (f->kind == FIELD_TEXTS && !read_texts(r, value, at, to)) {
            return false;
        }
        if (f->kind == FIELD_TEXT) {
            if (value->kind != VALUE_STRING || !value->len) {
                return fail(r, at, "a text is needed");
            }
            *(Str *)to = value_as_str(value);
        }
    }
    return true;
}

/* -- modes ------------------------------------------------------------------------------------- */

static bool read_mode(const Reader *r, const Value *in, Str path, EnforcementPlugin plugin,
                      int8_t *out)
{
    Str name = enforcement_plugin_name(plugin);
    const Value *v = value_get(in, name);
    if (!v) {
        return true;
    }
    for (int8_t mode = ENFORCEMENT_ENFORCE; mode <= ENFORCEMENT_AUDIT; mode++) {
        if (value_is(v, VALUE_STRING) &&
            str_eq(value_as_str(v), enforcement_mode_name((EnforcementMode)mode))) {
            *out = mode;
            return true;
        }
    }
    return fail(r, member_path(r, path, name), "must be enforce, warn or audit");
}

static bool read_modes(const Reader *r, const Value *in, Str path,
                       int8_t modes[ENFORCEMENT_PLUGIN_COUNT])
{
    return read_mode(r, in, path, ENFORCEMENT_PSP, &modes[ENFORCEMENT_PSP]) &&
           read_mode(r, in, path, ENFORCEMENT_POD_SECURITY, &modes[ENFORCEMENT_POD_SECURITY]);
}

static bool read_namespaces(const Reader *r, const Value *v, Enforcement *out)
{
    static const Field fields[] = {
        { STR_INIT("names"), FIELD_TEXTS, offsetof(EnforcementNamespaces, names) },
        { STR_INIT("podSecurityPolicy"), FIELD_OTHER, 0 },
        { STR_INIT("podSecurity"), FIELD_OTHER, 0 },
    };
    if (!v) {
        return true;
    }
    if (v->kind != VALUE_ARRAY) {
        return fail(r, STR("modes.namespaces"), "a list is needed");
    }
    out->namespaces = new(r->arena, EnforcementNamespaces, v->len + 1);
    for (uint32_t i = 0; i < v->len; i++) {
        EnforcementNamespaces *n = &out->namespaces[out->namespace_count++];
        Str path = arena_printf(r->arena, "modes.namespaces[%u]", i);
        *n = (EnforcementNamespaces){ .modes = { -1, -1 } };
        if (!read_fields(r, &v->items[i], path, fields, COUNT_OF(fields), n) ||
            !read_modes(r, &v->items[i], path, n->modes)) {
            return false;
        }
        if (!n->names.count) {
            return fail(r, path, "names is needed: which namespaces this is about");
        }
    }
    return true;
}

static bool read_all_modes(const Reader *r, const Value *v, Enforcement *out)
{
    static const Field fields[] = {
        { STR_INIT("podSecurityPolicy"), FIELD_OTHER, 0 },
        { STR_INIT("podSecurity"), FIELD_OTHER, 0 },
        { STR_INIT("namespaces"), FIELD_OTHER, 0 },
    };
    int8_t modes[ENFORCEMENT_PLUGIN_COUNT] = { ENFORCEMENT_ENFORCE, ENFORCEMENT_ENFORCE };
    if (!v) {
        return true;
    }
    if (!read_fields(r, v, STR("modes"), fields, COUNT_OF(fields), NULL) ||
        !read_modes(r, v, STR("modes"), modes)) {
        return false;
    }
    for (int i = 0; i < ENFORCEMENT_PLUGIN_COUNT; i++) {
        out->modes[i] = (EnforcementMode)modes[i];
    }
    return read_namespaces(r, value_get_lit(v, "namespaces"), out);
}

/* -- exemptions -------------------------------------------------------------------------------- */

typedef struct Sent {
    EnforcementExemption *exemption;
    StrList plugins;
} Sent;

static bool is_date(Str s)
{
    static const char shape[] = "0000-00-00";
    if (s.len != sizeof(shape) - 1) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool is_digit = s.ptr[i] >= '0' && s.ptr[i] <= '9';
        if (shape[i] == '0' ? !is_digit : s.ptr[i] != shape[i]) {
            return false;
        }
    }
    int month = (s.ptr[5] - '0') * 10 + s.ptr[6] - '0';
    int day = (s.ptr[8] - '0') * 10 + s.ptr[9] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool read_plugins(const Reader *r, const Value *v, Str path, EnforcementExemption *out)
{
    StrList names = { NULL, 0 };
    if (!v) {
        out->plugins[ENFORCEMENT_PSP] = out->plugins[ENFORCEMENT_POD_SECURITY] = true;
        return true;
    }
    if (!read_texts(r, v, path, &names)) {
        return false;
    }
    for (size_t i = 0; i < names.count; i++) {
        bool known = false;
        for (int p = 0; p < ENFORCEMENT_PLUGIN_COUNT; p++) {
            if (str_eq(names.items[i], enforcement_plugin_name((EnforcementPlugin)p))) {
                known = out->plugins[p] = true;
            }
        }
        if (!known) {
            return fail(r, arena_printf(r->arena, "%.*s[%zu]", STR_ARG(path), i),
                        "must be podSecurityPolicy or podSecurity");
        }
    }
    return true;
}

static bool check_accounts(const Reader *r, StrList accounts, Str path)
{
    for (size_t i = 0; i < accounts.count; i++) {
        Str namespace, name;
        if (!str_split_once(accounts.items[i], '/', &namespace, &name) || !namespace.len ||
            !name.len) {
            return fail(r, arena_printf(r->arena, "%.*s.serviceAccounts[%zu]", STR_ARG(path), i),
                        "must be NAMESPACE/NAME");
        }
    }
    return true;
}

static bool says_something(const EnforcementExemption *x)
{
    return x->users.items || x->groups.items || x->service_accounts.items || x->namespaces.items ||
           x->runtime_classes.items || x->container_names.items || x->images.items ||
           x->has_selector;
}

static bool check_exemption(const Reader *r, const EnforcementExemption *x, Str path)
{
    if (!x->name.len || !x->reason.len) {
        return fail(r, path, "%s is needed", x->name.len ? "reason" : "name");
    }
    if (x->expires.len && !is_date(x->expires)) {
        return fail(r, member_path(r, path, STR("expires")), "must be a day such as 2027-03-31");
    }
    if (!says_something(x)) {
        return fail(r, path, "says nothing of whom it is for: everybody would be exempt");
    }
    return check_accounts(r, x->service_accounts, path);
}

static bool read_exemption(const Reader *r, const Value *v, Str path, EnforcementExemption *out)
{
#define ROW(name, kind, member)                                      \
    {                                                                \
        STR_INIT(name), kind, offsetof(EnforcementExemption, member) \
    }
    static const Field fields[] = {
        ROW("name", FIELD_TEXT, name),
        ROW("reason", FIELD_TEXT, reason),
        ROW("expires", FIELD_TEXT, expires),
        ROW("users", FIELD_TEXTS, users),
        ROW("groups", FIELD_TEXTS, groups),
        ROW("serviceAccounts", FIELD_TEXTS, service_accounts),
        ROW("namespaces", FIELD_TEXTS, namespaces),
        ROW("runtimeClasses", FIELD_TEXTS, runtime_classes),
        ROW("containerNames", FIELD_TEXTS, container_names),
        ROW("images", FIELD_TEXTS, images),
        ROW("podSelector", FIELD_OTHER, selector),
        ROW("plugins", FIELD_OTHER, plugins),
    };
#undef ROW
    *out = (EnforcementExemption){ .name = STR_ABSENT };
    if (!read_fields(r, v, path, fields, COUNT_OF(fields), out) ||
        !read_plugins(r, value_get_lit(v, "plugins"), member_path(r, path, STR("plugins")), out)) {
        return false;
    }
    const Value *selector = value_get_lit(v, "podSelector");
    if (selector) {
        Err why;
        Str at = member_path(r, path, STR("podSelector"));
        if (!value_is(selector, VALUE_OBJECT) || !selector->len) {
            return fail(r, at, "a selector that chooses something is needed");
        }
        if (!label_selector_read(selector, r->arena, &out->selector, &why)) {
            return fail(r, at, "%.*s", STR_ARG(why.msg));
        }
        out->has_selector = true;
    }
    return check_exemption(r, out, path);
}

static bool read_exemptions(const Reader *r, const Value *v, Enforcement *out)
{
    if (!v) {
        return true;
    }
    if (v->kind != VALUE_ARRAY) {
        return fail(r, STR("exemptions"), "a list is needed");
    }
    out->exemptions = new(r->arena, EnforcementExemption, v->len + 1);
    for (uint32_t i = 0; i < v->len; i++) {
        EnforcementExemption *x = &out->exemptions[out->exemption_count++];
        Str path = arena_printf(r->arena, "exemptions[%u]", i);
        if (!read_exemption(r, &v->items[i], path, x)) {
            return false;
        }
        for (uint32_t j = 0; j < i; j++) {
            if (str_eq(out->exemptions[j].name, x->name)) {
                return fail(r, member_path(r, path, STR("name")), "is that of exemptions[%u], too",
                            j);
            }
        }
    }
    return true;
}

bool enforcement_read(const Doc *doc, Arena *a, Enforcement *out, Err *err)
{
    static const Field fields[] = {
        { STR_INIT("apiVersion"), FIELD_OTHER, 0 },
        { STR_INIT("kind"), FIELD_OTHER, 0 },
        { STR_INIT("modes"), FIELD_OTHER, 0 },
        { STR_INIT("exemptions"), FIELD_OTHER, 0 },
    };
    Reader r = { doc, a, err };
    *out = (Enforcement){ .namespace_count = 0 };
    if (!value_is(&doc->root, VALUE_OBJECT) ||
        !str_eq(value_get_str(&doc->root, STR("apiVersion")), STR(API_VERSION)) ||
        !str_eq(value_get_str(&doc->root, STR("kind")), STR("Enforcement"))) {
        return fail(&r, STR(""), "apiVersion: " API_VERSION " and kind: Enforcement are needed");
    }
    return read_fields(&r, &doc->root, STR(""), fields, COUNT_OF(fields), NULL) &&
           read_all_modes(&r, value_get_lit(&doc->root, "modes"), out) &&
           read_exemptions(&r, value_get_lit(&doc->root, "exemptions"), out);
}
