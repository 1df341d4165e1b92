/* SPDX-License-Identifier: Apache-2.0 */
/* What changed, as results name it. */
#include "analyze/grant.h"
#include "analyze/rbac/access_diff.h"

Str rbac_change_subject_text(const RbacChange *c, Arena *a)
{
    return arena_printf(a, "%s %.*s%s%.*s",
                        c->kind == SUBJECT_USER    ? "User"
                        : c->kind == SUBJECT_GROUP ? "Group"
                                                   : "ServiceAccount",
                        STR_ARG(c->subject_namespace), c->subject_namespace.len ? "/" : "",
                        STR_ARG(c->subject_name));
}

/* The first few, each not too long: results as data have them whole. */
static Str rest_text(StrList rest, Arena *a)
{
    enum { SHOWN_MAX = 3, LENGTH_MAX = 100 };
    Buf b = buf_new(a);
    for (size_t i = 0; i < rest.count && i < SHOWN_MAX; i++) {
        Str text = rest.items[i];
        buf_add(&b, i ? STR("; ") : STR(""));
        if (text.len <= LENGTH_MAX) {
            buf_add(&b, text);
            continue;
        }
        ptrdiff_t comma = str_rindex_byte(str_slice(text, 0, LENGTH_MAX), ',');
        buf_add(&b, comma > 0 ? str_slice(text, 0, (size_t)comma) : STR(""));
        buf_lit(&b, ",...");
    }
    if (rest.count > SHOWN_MAX) {
        buf_printf(&b, " and %zu more", rest.count - SHOWN_MAX);
    }
    return buf_str(&b);
}

Str rbac_change_right_text(const RbacChange *c, Arena *a)
{
    if (c->whole_role) {
        return STR("all of the role");
    }
    Str right = rbac_rule_short_text(&c->right, a);
    return c->rest.count ? arena_printf(a, "%.*s, but for %.*s", STR_ARG(right),
                                        STR_ARG(rest_text(c->rest, a)))
                         : right;
}

static Value change_value(const RbacChange *c, Arena *a)
{
    static const Str kinds[] = { STR_INIT("User"), STR_INIT("Group"), STR_INIT("ServiceAccount") };
    Value v = value_object();
    value_set_lit(&v, "change", value_str(c->gained ? STR("gained") : STR("lost")), a);
    Value subject = value_object();
    value_set_lit(&subject, "kind", value_str(kinds[c->kind]), a);
    value_set_lit(&subject, "name", value_str(c->subject_name), a);
    if (c->subject_namespace.len) {
        value_set_lit(&subject, "namespace", value_str(c->subject_namespace), a);
    }
    value_set_lit(&v, "subject", subject, a);
    if (c->namespace.len) {
        value_set_lit(&v, "inNamespace", value_str(c->namespace), a);
    }
    if (c->whole_role) {
        value_set_lit(&v, "wholeRole", value_bool(true), a);
    } else {
        value_set_lit(&v, "right", rbac_rule_to_value(&c->right, a), a);
    }
    value_set_lit(&v, "binding", grant_binding_value(c->by, a), a);
    value_set_lit(&v, "role", grant_role_value(c->by, a), a);
    if (c->rest.count) {
        Value rest = value_array();
        for (size_t i = 0; i < c->rest.count; i++) {
            value_add(&rest, value_str(c->rest.items[i]), a);
        }
        value_set_lit(&v, "butFor", rest, a);
    }
    return v;
}

Value rbac_changes_to_value(const RbacChanges *changes, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "kind", value_str(STR("RbacDiffReport")), a);
    value_set_lit(&v, "gained", value_int((int64_t)changes->gained), a);
    value_set_lit(&v, "lost", value_int((int64_t)changes->lost), a);
    Value list = value_array();
    for (size_t i = 0; i < changes->count; i++) {
        value_add(&list, change_value(&changes->items[i], a), a);
    }
    value_set_lit(&v, "changes", list, a);
    return v;
}
