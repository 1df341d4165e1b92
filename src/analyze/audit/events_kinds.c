/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit event is, besides a request. */
#include "analyze/audit/events.h"

#include "base/map.h"

typedef struct KindList {
    EventsKind *first;
    EventsKind **end;
    Arena *arena;
} KindList;

static EventsKind *add_kind(KindList *list, Str name, Prevention prevention)
{
    EventsKind *kind = new(list->arena, EventsKind, 1);
    kind->name = name;
    kind->prevention = prevention;
    *list->end = kind;
    list->end = &kind->next;
    return kind;
}

static bool is_one_of(Str s, const char *words)
{
    Str rest = str_from_c(words);
    Str word;
    while (str_next_piece(&rest, ' ', &word)) {
        if (str_eq(word, s)) {
            return true;
        }
    }
    return false;
}

/* -- fields -------------------------------------------------------------------------------------
 */

/* "spec.containers[0].image" and "spec.containers[1].image" are one: "spec.containers[*].image". */
static Str without_indexes(Str path, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < path.len; i++) {
        buf_byte(&b, path.ptr[i]);
        if (path.ptr[i] == '[') {
            size_t end = i + 1;
            while (end < path.len && path.ptr[end] >= '0' && path.ptr[end] <= '9') {
                end++;
            }
            if (end > i + 1 && end < path.len && path.ptr[end] == ']') {
                buf_byte(&b, '*');
                i = end - 1;
            }
        }
    }
    return buf_str(&b);
}

static void add_field(Map *fields, Str path, Arena *a)
{
    Str general = without_indexes(path, a);
    if (fields->count < EVENTS_FIELDS_MAX) {
        map_set(fields, general, fields);
    }
}

static StrList fields_of(const Map *fields, Arena *a)
{
    Str *items = new(a, Str, fields->count + 1);
    for (size_t i = 0; i < fields->count; i++) {
        items[i] = fields->entries[i].key;
    }
    return (StrList){ items, fields->count };
}

static bool is_path_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '[' || c == ']' || c == '_' || c == '-' || c == '/';
}

/* The fields that a refusal names: `spec.containers[0].securityContext.privileged: Invalid value`.
 */
static StrList fields_in(Str message, Arena *a)
{
    Map fields = map_new(a);
    for (ptrdiff_t at; (at = str_index(message, STR("spec."))) >= 0;) {
        message = str_drop(message, (size_t)at);
        size_t end = 0;
        while (end < message.len && is_path_byte(message.ptr[end])) {
            end++;
        }
        if (end < message.len && message.ptr[end] == ':') {
            add_field(&fields, str_slice(message, 0, end), a);
        }
        message = str_drop(message, end);
    }
    return fields_of(&fields, a);
}

/* -- pods ---------------------------------------------------------------------------------------
 */

static StrList fields_at(const PsaPlace *places, Arena *a)
{
    Map fields = map_new(a);
    for (const PsaPlace *p = places; p; p = p->next) {
        add_field(&fields, p->path, a);
    }
    return fields_of(&fields, a);
}

static bool is_pod_write(const AuditEvent *e)
{
    return !e->group.len && str_eq(e->resource, STR("pods")) &&
           (!e->subresource.len || str_eq(e->subresource, STR("ephemeralcontainers"))) &&
           is_one_of(e->verb, "create update patch");
}

/* The pod as it was sent or, of a patch, as it became; NULL when the log does not have it. */
static const Value *pod_of(const AuditEvent *e)
{
    const Value *pod = e->request_object;
    if (str_eq(e->verb, STR("patch")) || !value_is(value_get_lit(pod, "spec"), VALUE_OBJECT)) {
        pod = e->response_object;
    }
    return value_is(value_get_lit(pod, "spec"), VALUE_OBJECT) ? pod : NULL;
}

/* Each check of the standards that the pod fails is a kind. */
static void add_violations(KindList *list, const AuditEvent *e, PsaLevelVersion level)
{
    static const PsaOptions options = { .places = true };
    Arena *a = list->arena;
    const Value *pod = pod_of(e);
    PodView view;
    PsaResult result;
    Err err;
    if (!pod || !pod_view_read(pod, a, &view, &err)) {
        return;
    }
    psa_apply_defaults(&view, a);
    psa_evaluate(&view, level, &options, a, &result);
    for (size_t i = 0; i < result.count; i++) {
        const PsaViolation *v = &result.violations[i];
        EventsKind *kind = add_kind(list,
                                    arena_printf(a, "pod: %.*s", STR_ARG(psa_check_id(v->check))),
                                    prevent_check(v->check));
        kind->fields = fields_at(v->places, a);
        kind->is_violation = true;
    }
}

/* -- refusals -----------------------------------------------------------------------------------
 */

static const Prevention none = { PREVENT_DONE, STR_INIT(""), STR_INIT(""), STR_INIT("") };

static void add_refusal(KindList *list, const AuditEvent *e)
{
    static const struct {
        Str words;
        Str name;
    } rows[] = {
        { STR_INIT("pod security policy: ["), STR_INIT("refused: PodSecurityPolicy") },
        { STR_INIT("PodSecurityPolicy: "), STR_INIT("refused: PodSecurityPolicy") },
        { STR_INIT("no providers available to validate pod request"),
          STR_INIT("refused: PodSecurityPolicy") },
        { STR_INIT("violates PodSecurity"), STR_INIT("refused: PodSecurity") },
        { STR_INIT("exceeded quota"), STR_INIT("refused: ResourceQuota") },
        { STR_INIT("admission webhook"), STR_INIT("refused: webhook") },
        { STR_INIT("attempting to grant RBAC permissions not currently held"),
          STR_INIT("refused: escalation") },
    };
    Str name = STR("refused: admission");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_index(e->message, rows[i].words) >= 0) {
            name = rows[i].name;
            break;
        }
    }
    add_kind(list, name, none)->fields = fields_in(e->message, list->arena);
}

/* -- other requests -----------------------------------------------------------------------------
 */

typedef struct RequestRow {
    const char *verbs;     /* "" for all */
    const char *group;     /* "*" for all */
    const char *resources; /* with subresource */
    Str name;
    Prevention prevention;
} RequestRow;

#define BY_RBAC(text)                                           \
    {                                                           \
        PREVENT_NOT, STR_INIT(""), STR_INIT(""), STR_INIT(text) \
    }
#define WRITES "create update patch delete deletecollection"

static const RequestRow request_rows[] = {
    { "", "", "pods/exec pods/attach", STR_INIT("exec into a pod"),
      BY_RBAC("RBAC, who may create pods/exec and pods/attach") },
    { "", "", "pods/portforward", STR_INIT("port forward to a pod"),
      BY_RBAC("RBAC, who may create pods/portforward") },
    { "", "", "nodes/proxy pods/proxy services/proxy", STR_INIT("proxy"),
      BY_RBAC("RBAC, who may get and create nodes/proxy, pods/proxy and services/proxy") },
    { "update patch",
      "",
      "pods/ephemeralcontainers",
      STR_INIT("debug container added"),
      { PREVENT_PARTLY, STR_INIT(""), STR_INIT(""),
        STR_INIT("policies hold for ephemeral containers too; RBAC, who may update "
                 "pods/ephemeralcontainers") } },
    { "get list watch", "", "secrets", STR_INIT("secrets read"),
      BY_RBAC("RBAC, who may get, list and watch secrets") },
    { "create", "", "serviceaccounts/token", STR_INIT("token made"),
      BY_RBAC("RBAC, who may create serviceaccounts/token") },
    { WRITES, "rbac.authorization.k8s.io", "roles rolebindings clusterroles clusterrolebindings",
      STR_INIT("roles or bindings changed"),
      BY_RBAC("RBAC: escalate, bind, and the check against escalation") },
    { WRITES, "policy", "podsecuritypolicies", STR_INIT("policies changed"),
      BY_RBAC("RBAC, who may write podsecuritypolicies") },
    { WRITES, "admissionregistration.k8s.io",
      "mutatingwebhookconfigurations validatingwebhookconfigurations "
      "validatingadmissionpolicies validatingadmissionpolicybindings",
      STR_INIT("admission changed"),
      BY_RBAC("RBAC, who may write webhook configurations and admission policies") },
    { "update patch", "certificates.k8s.io", "certificatesigningrequests/approval",
      STR_INIT("certificate approved"), BY_RBAC("RBAC: approve on signers") },
};

/* Parts of the control plane read secrets and make tokens all day. */
static bool is_control_plane(const UserInfo *user)
{
    static const char *const prefixes[] = { "system:node:", "system:kube-", "system:apiserver",
                                            "system:serviceaccount:kube-system:" };
    for (size_t i = 0; i < COUNT_OF(prefixes); i++) {
        if (str_starts_with(user->name, str_from_c(prefixes[i]))) {
            return true;
        }
    }
    return false;
}

static void add_request(KindList *list, const AuditEvent *e)
{
    Str resource = e->subresource.len ? arena_printf(list->arena, "%.*s/%.*s", STR_ARG(e->resource),
                                                     STR_ARG(e->subresource))
                                      : e->resource;
    for (size_t i = 0; i < COUNT_OF(request_rows); i++) {
        const RequestRow *row = &request_rows[i];
        if (is_one_of(resource, row->resources) && str_eq(e->group, str_from_c(row->group)) &&
            (!row->verbs[0] || is_one_of(e->verb, row->verbs))) {
            add_kind(list, row->name, row->prevention);
            return;
        }
    }
}

static bool is_public_path(const AuditEvent *e)
{
    static const char *const prefixes[] = { "/healthz", "/livez", "/readyz", "/version" };
    for (size_t i = 0; i < COUNT_OF(prefixes) && !e->is_resource; i++) {
        if (str_starts_with(e->path, str_from_c(prefixes[i]))) {
            return true;
        }
    }
    return false;
}

const EventsKind *events_kinds_of(const AuditEvent *e, PsaLevelVersion level, Arena *a)
{
    KindList list = { .arena = a };
    list.end = &list.first;
    switch (e->outcome) {
    case AUDIT_UNAUTHENTICATED:
        add_kind(&list, STR("refused: authentication"), none);
        return list.first;
    case AUDIT_FORBIDDEN:
        add_kind(&list, STR("refused: authorization"), none);
        return list.first;
    case AUDIT_NOT_IMPERSONATED:
        add_kind(&list, STR("refused: impersonation"), none);
        return list.first;
    default:
        break;
    }
    if (audit_refused_by_admission(e)) {
        add_refusal(&list, e);
        return list.first;
    }
    if (e->impersonates) {
        add_kind(&list, STR("impersonation"),
                 (Prevention){ PREVENT_NOT, STR(""), STR(""), STR("RBAC: impersonate") });
    }
    if (str_eq(e->user.name, STR(RBAC_USER_ANONYMOUS)) && !is_public_path(e)) {
        add_kind(&list, STR("anonymous request"),
                 (Prevention){ PREVENT_NOT, STR(""), STR(""),
                               STR("RBAC for system:unauthenticated, --anonymous-auth=false") });
    }
    bool went_well = e->code < 400; /* 0 when it is not told */
    if (e->is_resource && went_well && is_pod_write(e)) {
        add_violations(&list, e, level);
    }
    if (e->is_resource && !is_control_plane(&e->user)) {
        add_request(&list, e);
    }
    return list.first;
}
