/* SPDX-License-Identifier: Apache-2.0 */
/* The authorizer's words: who was granted what by whom, what is missing, what is refused. */
#include "decide/rbac/internal.h"

Str rbac_subject_kind_text(const RbacSubject *s)
{
    static const Str texts[] = {
        [SUBJECT_USER] = STR_INIT("User"),
        [SUBJECT_GROUP] = STR_INIT("Group"),
        [SUBJECT_SERVICE_ACCOUNT] = STR_INIT("ServiceAccount"),
        [RBAC_SUBJECT_NOBODY] = STR_INIT(""),
    };
    return texts[s->kind];
}

/* "name/namespace", or "name" alone when there is none and it need not be shown */
static void write_qualified(Buf *out, Str name, Str namespace, bool with_namespace)
{
    if (with_namespace) {
        Buf joined = buf_new(out->arena);
        buf_add(&joined, name);
        buf_byte(&joined, '/');
        buf_add(&joined, namespace);
        name = buf_str(&joined);
    }
    buf_go_quoted(out, name);
}

void rbac_grant_write(const RbacBinding *b, const RbacSubject *s, Buf *out)
{
    bool namespaced = b->namespace_len != 0;
    buf_add(out, namespaced ? STR("RoleBinding ") : STR("ClusterRoleBinding "));
    write_qualified(out, rbac_binding_name(b), rbac_binding_namespace(b), namespaced);
    buf_add(out, b->role_is_cluster ? STR(" of ClusterRole ") : STR(" of Role "));
    buf_go_quoted(out, rbac_binding_role_name(b));
    buf_lit(out, " to ");
    buf_add(out, rbac_subject_kind_text(s));
    buf_byte(out, ' ');
    write_qualified(out, rbac_subject_name(s), rbac_subject_namespace(s),
                    s->kind == SUBJECT_SERVICE_ACCOUNT);
}

static void write_missing_role(const RbacBinding *b, RbacMissingForm form, Buf *out)
{
    buf_add(out, b->role_is_cluster ? STR("clusterrole") : STR("role"));
    buf_add(out,
            form == RBAC_MISSING_RESOURCES ? STR("s." RBAC_GROUP " ") : STR("." RBAC_GROUP " "));
    buf_go_quoted(out, rbac_binding_role_name(b));
    buf_lit(out, " not found");
}

void rbac_missing_role_write(const RbacBinding *b, Buf *out)
{
    write_missing_role(b, RBAC_MISSING_KINDS, out);
}

void rbac_write_quoted_list(Buf *b, StrList list)
{
    buf_byte(b, '[');
    for (size_t i = 0; i < list.count; i++) {
        if (i) {
            buf_byte(b, ' ');
        }
        buf_go_quoted(b, list.items[i]);
    }
    buf_byte(b, ']');
}

Str rbac_missing_roles_text(const Facts *f, RbacBindingList list, RbacMissingForm form, Arena *a)
{
    Map seen = map_new(a); /* iterates in the order of insertion */
    for (size_t i = 0; i < list.count; i++) {
        if (!rbac_binding_role(f, list.items[i])) {
            Buf one = buf_new(a);
            write_missing_role(list.items[i], form, &one);
            map_at(&seen, buf_str(&one));
        }
    }
    if (seen.count == 0) {
        return STR("");
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < seen.count; i++) {
        buf_add(&b, i ? STR(", ") : seen.count > 1 ? STR("[") : STR(""));
        buf_add(&b, seen.entries[i].key);
    }
    if (seen.count > 1) {
        buf_byte(&b, ']');
    }
    return buf_str(&b);
}

/* The text as it stands in the message of a Status: the API server escapes it for HTML. */
Str rbac_escape_html(Str s, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < s.len; i++) {
        switch (s.ptr[i]) {
        case '&':
            buf_lit(&b, "&amp;");
            break;
        case '<':
            buf_lit(&b, "&lt;");
            break;
        case '>':
            buf_lit(&b, "&gt;");
            break;
        default:
            buf_byte(&b, s.ptr[i]);
        }
    }
    return buf_str(&b);
}

Str rbac_forbidden_message(const RbacRequest *req, Str reason, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "User ");
    buf_go_quoted(&b, req->user->name);
    buf_lit(&b, " cannot ");
    buf_add(&b, req->verb);
    if (!req->is_resource) {
        buf_lit(&b, " path ");
        buf_go_quoted(&b, req->path);
    } else {
        Str resource = req->resource;
        if (req->subresource.len) {
            resource = arena_printf(a, "%.*s/%.*s", STR_ARG(resource), STR_ARG(req->subresource));
        }
        buf_lit(&b, " resource ");
        buf_go_quoted(&b, resource);
        buf_lit(&b, " in API group ");
        buf_go_quoted(&b, req->api_group);
        if (req->namespace.len) {
            buf_lit(&b, " in the namespace ");
            buf_go_quoted(&b, req->namespace);
        } else {
            buf_lit(&b, " at the cluster scope");
        }
    }
    Str text = rbac_escape_html(buf_str(&b), a);
    if (reason.len) {
        text = arena_printf(a, "%.*s: %.*s", STR_ARG(text), STR_ARG(reason));
    }
    return text;
}

/* -- as a format ------------------------------------------------------------------------------ */

/* What can stand between "%" and the verb of a Go format, as far as a name can have it. */
static size_t skip_format_options(Str s, size_t at, Buf *out)
{
    while (at < s.len && str_index_byte(STR("#0+- "), s.ptr[at]) >= 0) {
        at++;
    }
    static const Str problems[] = { STR_INIT("%!(BADWIDTH)"), STR_INIT("%!(BADPREC)") };
    for (size_t part = 0; part < COUNT_OF(problems); part++) {
        if (part == 1) {
            if (at == s.len || s.ptr[at] != '.') {
                break;
            }
            at++;
        }
        if (at < s.len && s.ptr[at] == '*') {
            buf_add(out, problems[part]);
            at++;
        }
        while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9') {
            at++;
        }
    }
    return at;
}

/* The API server uses the text of a refusal as a format without arguments, so that a "%" in a name
 * or path comes out as Go complains about it. */
static Str format_without_arguments(Str s, Arena *a)
{
    if (str_index_byte(s, '%') < 0) {
        return s;
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '%') {
            buf_byte(&b, s.ptr[i]);
            continue;
        }
        i = skip_format_options(s, i + 1, &b);
        if (i >= s.len) {
            buf_lit(&b, "%!(NOVERB)");
        } else if (s.ptr[i] == '%') {
            buf_byte(&b, '%');
        } else {
            size_t end = i + 1;
            while (end < s.len && ((uint8_t)s.ptr[end] & 0xc0) == 0x80) {
                end++; /* the rest of the rune */
            }
            buf_lit(&b, "%!");
            buf_add(&b, str_slice(s, i, end));
            buf_lit(&b, "(MISSING)");
            i = end - 1;
        }
    }
    return buf_str(&b);
}

Status rbac_forbidden_status(const RbacRequest *req, Str reason, Arena *a)
{
    Str why = format_without_arguments(rbac_forbidden_message(req, reason, a), a);
    return req->is_resource ? status_forbidden(a, req->api_group, req->resource, req->name, why)
                            : status_forbidden(a, STR(""), STR(""), STR(""), why);
}
