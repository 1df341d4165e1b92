/* SPDX-License-Identifier: Apache-2.0 */
/* One refusal, taken apart: a row for each beginning that its reason may have. */
#include "analyze/explain/refusal.h"

#include "analyze/explain/refusal_parts.h"

#define FORBIDDEN " is forbidden: "
#define INVALID " is invalid: "

/* -- words --------------------------------------------------------------------------------------
 */

/* Takes a Go string off *rest: `"a\"b"`, unescaped. False when there is none. */
static bool take_quoted(Str *rest, Arena *a, Str *out)
{
    if (!rest->len || rest->ptr[0] != '"') {
        return false;
    }
    size_t end = refusal_quoted_end(*rest, 0);
    Str inner = str_cut_suffix(str_slice(*rest, 1, end), STR("\""));
    *rest = str_drop(*rest, end);
    if (str_index_byte(inner, '\\') < 0) {
        *out = inner;
        return true;
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < inner.len; i++) {
        bool escaped = inner.ptr[i] == '\\' && i + 1 < inner.len;
        i += escaped;
        buf_byte(&b, escaped && inner.ptr[i] == 'n'   ? '\n'
                     : escaped && inner.ptr[i] == 't' ? '\t'
                                                      : inner.ptr[i]);
    }
    *out = buf_str(&b);
    return true;
}

static bool take(Str *rest, Str word)
{
    if (!str_starts_with(*rest, word)) {
        return false;
    }
    *rest = str_drop(*rest, word.len);
    return true;
}

/* Up to the next blank, which goes, too. */
static Str take_word(Str *rest)
{
    ptrdiff_t at = str_index_byte(*rest, ' ');
    size_t end = at < 0 ? rest->len : (size_t)at;
    Str word = str_slice(*rest, 0, end);
    *rest = str_drop(*rest, end + 1);
    return word;
}

static void take_points(const RefusalPoints *points, Refusal *out)
{
    out->points = points->items;
    out->point_count = points->count;
}

/* -- the reasons --------------------------------------------------------------------------------
 */

/* User "x" cannot create resource "pods/log" in API group "" in the namespace "y": reason; before
 * 1.12: User "x" cannot create pods.apps in the namespace "y" */
static bool read_rbac(Str rest, Arena *a, Refusal *out)
{
    if (!take(&rest, STR("User ")) || !take_quoted(&rest, a, &out->user) ||
        !take(&rest, STR(" cannot "))) {
        return false;
    }
    out->kind = REFUSAL_RBAC;
    out->verb = take_word(&rest);
    if (take(&rest, STR("path "))) {
        if (!take_quoted(&rest, a, &out->path)) {
            out->path = take_word(&rest);
        }
    } else {
        Str resource;
        if (!take(&rest, STR("resource ")) || !take_quoted(&rest, a, &resource)) {
            resource = take_word(&rest);
            str_split_once(resource, '.', &resource, &out->api_group);
            rest = arena_concat(a, STR(" "), rest);
        }
        str_split_once(resource, '/', &out->resource, &out->subresource);
        if (take(&rest, STR(" in API group "))) {
            take_quoted(&rest, a, &out->api_group);
        }
        if (take(&rest, STR(" in the namespace "))) {
            take_quoted(&rest, a, &out->namespace);
        } else {
            out->cluster_scope = take(&rest, STR(" at the cluster scope"));
        }
        out->group = out->api_group;
    }
    out->reason = str_trim(str_cut_prefix(rest, STR(":")));
    return true;
}

static bool read_psp(Str rest, Arena *a, Refusal *out)
{
    static const struct {
        Str words;
        bool validating;
    } forms[] = {
        { STR_INIT("unable to admit pod: "), false },
        { STR_INIT("unable to validate pod: "), true },
        { STR_INIT("unable to validate against any pod security policy: "), false },
        { STR_INIT("unable to validate against any security context constraint: "), false },
    };
    bool named = take(&rest, STR("PodSecurityPolicy: "));
    if (str_starts_with(rest, STR("no providers available"))) {
        out->kind = REFUSAL_PSP;
        out->no_policies = true;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (take(&rest, forms[i].words)) {
            RefusalPoints points = { .arena = a };
            out->kind = REFUSAL_PSP;
            out->validating = forms[i].validating;
            refusal_field_errors(str_cut_suffix(str_cut_prefix(rest, STR("[")), STR("]")), &points);
            take_points(&points, out);
            return true;
        }
    }
    out->kind = named ? REFUSAL_PSP : out->kind;
    return named;
}

static bool read_pod_security(Str rest, Arena *a, Refusal *out)
{
    bool warning = take(&rest, STR("would violate PodSecurity "));
    Str level;
    if ((!warning && !take(&rest, STR("violates PodSecurity "))) ||
        !take_quoted(&rest, a, &level)) {
        return false;
    }
    RefusalPoints points = { .arena = a };
    out->kind = REFUSAL_POD_SECURITY;
    out->is_warning = warning;
    str_split_once(level, ':', &out->level, &out->version);
    refusal_reasons(str_cut_prefix(rest, STR(": ")), out->level, &points);
    take_points(&points, out);
    return true;
}

static bool read_quota(Str rest, Arena *a, Refusal *out)
{
    static const Str forms[] = { STR_INIT("exceeded quota: "), STR_INIT("failed quota: "),
                                 STR_INIT("status unknown for quota: ") };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (!take(&rest, forms[i])) {
            continue;
        }
        out->kind = REFUSAL_QUOTA;
        size_t end = 0;
        while (end < rest.len && rest.ptr[end] != ',' && rest.ptr[end] != ':') {
            end++;
        }
        out->subject = str_slice(rest, 0, end);
        out->reason = str_trim(str_drop(rest, end + 1));
        refusal_amounts(out->reason, a, out);
        return true;
    }
    return false;
}

static bool read_limits(Str rest, Arena *a, Refusal *out)
{
    if (!refusal_is_limit(rest)) {
        return false;
    }
    RefusalPoints points = { .arena = a };
    out->kind = REFUSAL_LIMIT_RANGE;
    refusal_limits(rest, &points);
    take_points(&points, out);
    return true;
}

static bool read_account(Str rest, Arena *a, Refusal *out)
{
    (void)a;
    if (!take(&rest, STR("error looking up service account "))) {
        return false;
    }
    Str account;
    Str name;
    out->kind = REFUSAL_ACCOUNT;
    str_split_once(rest, ':', &account, &out->reason);
    out->reason = str_trim(out->reason);
    if (str_split_once(account, '/', &out->namespace, &name)) {
        out->subject = name;
    } else {
        out->namespace = STR("");
        out->subject = account;
    }
    return true;
}

static bool read_namespace(Str rest, Arena *a, Refusal *out)
{
    (void)a;
    if (!take(&rest, STR("unable to create new content in namespace "))) {
        return false;
    }
    out->kind = REFUSAL_NAMESPACE;
    out->namespace = take_word(&rest);
    out->reason = rest;
    return true;
}

static bool read_escalation(Str rest, Arena *a, Refusal *out)
{
    ptrdiff_t at = str_index(rest, STR(" is attempting to grant RBAC permissions"));
    if (at < 0 || !take(&rest, STR("user ")) || !take_quoted(&rest, a, &out->user)) {
        return false;
    }
    out->kind = REFUSAL_ESCALATION;
    return true;
}

static void read_why(Str why, Arena *a, Refusal *out)
{
    static bool (*const rows[])(Str, Arena *, Refusal *) = {
        read_rbac,   read_psp,     read_pod_security, read_quota,
        read_limits, read_account, read_namespace,    read_escalation,
    };
    out->why = why;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i](why, a, out)) {
            return;
        }
    }
}

/* -- sentences ----------------------------------------------------------------------------------
 */

/* "pods.apps "x"" into resource, group and name. */
static void read_object(Str head, Arena *a, Refusal *out)
{
    Str rest = head;
    Str resource = take_word(&rest);
    str_split_once(resource, '.', &out->resource, &out->group);
    take_quoted(&rest, a, &out->name);
}

static bool read_webhook(Str sentence, Arena *a, Refusal *out)
{
    Str rest = sentence;
    if (take(&rest, STR("admission webhook ")) && take_quoted(&rest, a, &out->subject)) {
        out->kind = REFUSAL_WEBHOOK;
        take(&rest, STR(" denied the request"));
        out->reason = str_trim(str_cut_prefix(rest, STR(":")));
        return true;
    }
    rest = sentence;
    if (take(&rest, STR("failed calling webhook ")) && take_quoted(&rest, a, &out->subject)) {
        out->kind = REFUSAL_WEBHOOK;
        out->reason = arena_concat(a, STR("could not be called: "),
                                   str_trim(str_cut_prefix(rest, STR(":"))));
        return true;
    }
    return false;
}

static bool read_missing_namespace(Str sentence, Arena *a, Refusal *out)
{
    Str rest = sentence;
    if (!take(&rest, STR("namespaces ")) || !take_quoted(&rest, a, &out->namespace) ||
        !str_starts_with(rest, STR(" not found"))) {
        return false;
    }
    out->kind = REFUSAL_NAMESPACE;
    out->reason = STR("it is not there");
    return true;
}

static void clear(Str sentence, Refusal *out)
{
    *out = (Refusal){ .kind = REFUSAL_OTHER, .sentence = sentence };
    Str *texts[] = { &out->file, &out->resource, &out->group, &out->name,      &out->namespace,
                     &out->why,  &out->user,     &out->verb,  &out->api_group, &out->subresource,
                     &out->path, &out->reason,   &out->level, &out->version,   &out->subject };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        *texts[i] = STR("");
    }
}

bool refusal_read(Str sentence, Arena *a, Refusal *out)
{
    clear(sentence, out);
    ptrdiff_t at = str_index(sentence, STR(FORBIDDEN));
    ptrdiff_t invalid = str_index(sentence, STR(INVALID));
    if (read_webhook(sentence, a, out) || read_missing_namespace(sentence, a, out) ||
        read_pod_security(sentence, a, out)) {
        return true;
    }
    if (str_starts_with(sentence, STR("forbidden: "))) {
        read_why(str_drop(sentence, strlen("forbidden: ")), a, out);
        return true;
    }
    if (at >= 0 && (invalid < 0 || at < invalid)) {
        read_object(str_slice(sentence, 0, (size_t)at), a, out);
        read_why(str_drop(sentence, (size_t)at + strlen(FORBIDDEN)), a, out);
        return true;
    }
    if (invalid >= 0) {
        RefusalPoints points = { .arena = a };
        read_object(str_slice(sentence, 0, (size_t)invalid), a, out);
        out->kind = REFUSAL_VALIDATION;
        out->why = str_drop(sentence, (size_t)invalid + strlen(INVALID));
        refusal_field_errors(str_cut_suffix(str_cut_prefix(out->why, STR("[")), STR("]")), &points);
        take_points(&points, out);
        return true;
    }
    return false;
}

/* -- names --------------------------------------------------------------------------------------
 */

Str refusal_kind_name(RefusalKind kind)
{
    static const Str names[REFUSAL_KIND_COUNT] = {
        [REFUSAL_OTHER] = STR_INIT("Other"),
        [REFUSAL_PSP] = STR_INIT("PodSecurityPolicy"),
        [REFUSAL_POD_SECURITY] = STR_INIT("PodSecurity"),
        [REFUSAL_RBAC] = STR_INIT("RBAC"),
        [REFUSAL_ESCALATION] = STR_INIT("Escalation"),
        [REFUSAL_QUOTA] = STR_INIT("ResourceQuota"),
        [REFUSAL_LIMIT_RANGE] = STR_INIT("LimitRange"),
        [REFUSAL_WEBHOOK] = STR_INIT("Webhook"),
        [REFUSAL_VALIDATION] = STR_INIT("Validation"),
        [REFUSAL_ACCOUNT] = STR_INIT("ServiceAccount"),
        [REFUSAL_NAMESPACE] = STR_INIT("Namespace"),
    };
    return names[kind];
}

Str refusal_decider(const Refusal *r, Arena *a)
{
    switch (r->kind) {
    case REFUSAL_PSP:
        return STR("the admission plugin PodSecurityPolicy");
    case REFUSAL_POD_SECURITY:
        return STR("the admission plugin PodSecurity (Pod Security Standards)");
    case REFUSAL_RBAC:
        return STR("the authorizer (RBAC), before admission was asked");
    case REFUSAL_ESCALATION:
        return STR("the guard against granting more than one has (RBAC)");
    case REFUSAL_QUOTA:
        return STR("the admission plugin ResourceQuota");
    case REFUSAL_LIMIT_RANGE:
        return STR("the admission plugin LimitRanger");
    case REFUSAL_WEBHOOK:
        return arena_printf(a, "the admission webhook %.*s", STR_ARG(r->subject));
    case REFUSAL_VALIDATION:
        return STR("the API server's own validation");
    case REFUSAL_ACCOUNT:
        return STR("the admission plugin ServiceAccount");
    case REFUSAL_NAMESPACE:
        return STR("the admission plugin NamespaceLifecycle");
    case REFUSAL_OTHER:
    case REFUSAL_KIND_COUNT:
        break;
    }
    return STR("something whose words are not known here");
}
