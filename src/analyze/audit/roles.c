/* SPDX-License-Identifier: Apache-2.0 */
/* Roles out of an audit log: gathering what each subject did. */
#include "analyze/audit/roles_private.h"

#include "analyze/audit/when.h"

Roles *roles_new(const RolesOptions *options, Arena *a)
{
    Roles *r = new(a, Roles, 1);
    r->options = *options;
    r->arena = a;
    r->stages = audit_stages_new(a);
    r->subjects = map_new(a);
    r->accesses = map_new(a);
    return r;
}

/* -- subjects -----------------------------------------------------------------------------------
 */

static UserInfo copy_user(const UserInfo *user, Arena *a)
{
    Str *groups = new(a, Str, user->groups.count + 1);
    for (size_t i = 0; i < user->groups.count; i++) {
        groups[i] = arena_str(a, user->groups.items[i]);
    }
    return (UserInfo){ .name = arena_str(a, user->name),
                       .uid = STR(""),
                       .groups = { groups, user->groups.count } };
}

static RolesSubject *find_subject(Roles *r, const UserInfo *user)
{
    RolesSubject *s = map_get(&r->subjects, user->name);
    if (s) {
        return s;
    }
    Arena *a = r->arena;
    s = new(a, RolesSubject, 1);
    s->user = copy_user(user, a);
    s->is_account = rbac_split_service_account(s->user.name, &s->account_namespace,
                                               &s->account_name);
    map_set(&r->subjects, s->user.name, s);
    return s;
}

static bool is_node(const UserInfo *user)
{
    return str_starts_with(user->name, STR("system:node:")) &&
           str_list_has(user->groups, STR("system:nodes"));
}

/* -- what they did ------------------------------------------------------------------------------
 */

static void keep_name(Roles *r, RolesAccess *access, Str name)
{
    if (access->any_name) {
        return;
    }
    if (!name.len) {
        access->any_name = true;
        return;
    }
    Str *names = (Str *)access->names;
    for (size_t i = 0; i < access->name_count; i++) {
        if (str_eq(names[i], name)) {
            return;
        }
    }
    size_t max = access->keep_names                                           ? ROLES_NAMES_MAX
                 : r->options.names && r->options.names_max < ROLES_NAMES_MAX ? r->options.names_max
                 : r->options.names                                           ? ROLES_NAMES_MAX
                                                                              : 1;
    if (access->name_count == max) {
        access->any_name = true;
        return;
    }
    if ((access->name_count & (access->name_count - 1)) == 0) { /* at powers of two */
        Str *grown = new(r->arena, Str, access->name_count ? access->name_count * 2 : 1);
        if (access->name_count) {
            memcpy(grown, names, access->name_count * sizeof(Str));
        }
        access->names = names = grown;
    }
    names[access->name_count++] = arena_str(r->arena, name);
}

static void add_to_subject(Roles *r, RolesSubject *s, RolesAccess *access)
{
    if (s->access_count == s->access_cap) {
        size_t cap = s->access_cap ? s->access_cap * 2 : 8;
        RolesAccess **grown = new(r->arena, RolesAccess *, cap);
        if (s->access_count) {
            memcpy(grown, s->accesses, s->access_count * sizeof *grown);
        }
        s->accesses = grown;
        s->access_cap = cap;
    }
    s->accesses[s->access_count++] = access;
}

static RolesAccess *find_access(Roles *r, const RbacRequest *q, const AuditEvent *e, Arena *scratch)
{
    Str key = arena_printf(scratch, "%.*s\x1f%.*s\x1f%.*s\x1f%.*s\x1f%.*s\x1f%.*s\x1f%.*s",
                           STR_ARG(q->user->name), STR_ARG(q->verb), STR_ARG(q->api_group),
                           STR_ARG(q->resource), STR_ARG(q->subresource), STR_ARG(q->namespace),
                           STR_ARG(q->is_resource ? STR("") : q->path));
    RolesAccess *access = map_get(&r->accesses, key);
    if (access || r->accesses.count >= ROLES_ACCESSES_MAX) {
        return access;
    }
    Arena *a = r->arena;
    RolesSubject *s = find_subject(r, q->user);
    if (!q->is_resource && s->path_count++ >= ROLES_PATHS_MAX) {
        return NULL;
    }
    access = new(a, RolesAccess, 1);
    access->subject = s;
    access->is_resource = q->is_resource;
    access->verb = arena_str(a, q->verb);
    access->group = arena_str(a, q->api_group);
    access->resource = q->subresource.len ? arena_printf(a, "%.*s/%.*s", STR_ARG(q->resource),
                                                         STR_ARG(q->subresource))
                                          : arena_str(a, q->resource);
    access->namespace = arena_str(a, q->namespace);
    access->path = arena_str(a, q->is_resource ? STR("") : q->path);
    access->keep_names = str_eq(q->verb, STR("impersonate"));
    access->order = r->accesses.count;
    access->file = arena_str(a, e->file);
    access->line = e->line;
    access->time = e->has_time ? when_text(e->time, a) : STR("");
    map_set(&r->accesses, arena_str(a, key), access);
    add_to_subject(r, s, access);
    return access;
}

/* The namespace "" is that of what is in none; a Role cannot be there. Paths are of no namespace.
 */
static void take_request(Roles *r, const RbacRequest *q, const AuditEvent *e, Arena *scratch)
{
    /* RBAC alone: what the Node authorizer grants to nodes is not asked of roles */
    const Facts *facts = snapshot_facts(r->options.existing);
    if (q->is_resource ? !q->resource.len : !str_starts_with(q->path, STR("/"))) {
        r->report.malformed++;
        return;
    }
    if (rbac_allows(facts, q)) {
        r->report.already++;
        return;
    }
    RolesAccess *access = find_access(r, q, e, scratch);
    if (!access) {
        r->report.too_many++;
        return;
    }
    access->count++;
    r->report.requests++;
    if (q->is_resource) {
        keep_name(r, access, q->name);
    }
}

/* -- impersonation ------------------------------------------------------------------------------
 */

/* Groups that the API server adds by itself. */
static bool is_implied_group(Str group, const UserInfo *user)
{
    Str namespace, name;
    return str_eq(group, STR(RBAC_GROUP_AUTHENTICATED)) ||
           str_eq(group, STR(RBAC_GROUP_UNAUTHENTICATED)) ||
           (str_starts_with(group, STR(RBAC_GROUP_SERVICE_ACCOUNTS)) &&
            rbac_split_service_account(user->name, &namespace, &name));
}

/* Who speaks for others needs the right to: the log has no requests of their own for it. */
static void take_impersonation(Roles *r, const AuditEvent *e, Arena *scratch)
{
    RbacRequest q = {
        .user = &e->real,
        .verb = STR("impersonate"),
        .api_group = STR(""),
        .resource = STR("users"),
        .subresource = STR(""),
        .name = e->user.name,
        .namespace = STR(""),
        .is_resource = true,
        .path = STR(""),
    };
    Str namespace, name;
    if (rbac_split_service_account(e->user.name, &namespace, &name)) {
        q.resource = STR("serviceaccounts");
        q.namespace = namespace;
        q.name = name;
    }
    take_request(r, &q, e, scratch);
    q.namespace = STR("");
    q.resource = STR("groups");
    for (size_t i = 0; i < e->user.groups.count; i++) {
        q.name = e->user.groups.items[i];
        if (!is_implied_group(q.name, &e->user)) {
            take_request(r, &q, e, scratch);
        }
    }
    q.api_group = STR("authentication.k8s.io");
    if (e->user.uid.len) {
        q.resource = STR("uids");
        q.name = e->user.uid;
        take_request(r, &q, e, scratch);
    }
    q.resource = STR("userextras");
    VALUE_EACH_MEMBER(m, e->user.extra) {
        q.subresource = member_key(m);
        VALUE_EACH_ITEM(v, &m->value) {
            q.name = value_as_str(v).ptr ? value_as_str(v) : STR("");
            take_request(r, &q, e, scratch);
        }
    }
}

/* -- events -------------------------------------------------------------------------------------
 */

static bool is_asked_for(const Roles *r, const UserInfo *user)
{
    return !r->options.subject || str_eq(r->options.subject->name, user->name);
}

static void take_event(Roles *r, const AuditEvent *e, Arena *scratch)
{
    bool asked = is_asked_for(r, &e->user);
    bool asked_real = e->impersonates && is_asked_for(r, &e->real) && !r->options.namespace.ptr;
    if (asked_real && e->outcome != AUDIT_UNAUTHENTICATED && e->outcome != AUDIT_UNDECIDED) {
        take_impersonation(r, e, scratch);
    }
    bool here = !r->options.namespace.ptr ||
                (e->is_resource && str_eq(e->namespace, r->options.namespace));
    if (!asked || !here) {
        r->report.other += !asked_real;
    } else if (e->outcome == AUDIT_UNAUTHENTICATED || e->outcome == AUDIT_NOT_IMPERSONATED) {
        r->report.nobody++;
    } else if (e->outcome == AUDIT_FORBIDDEN && !r->options.denied) {
        r->report.refused++;
    } else if (is_node(&e->user) && !r->options.subject) {
        r->report.of_nodes++;
    } else {
        RbacRequest q = audit_event_request(e);
        take_request(r, &q, e, scratch);
    }
}

void roles_record(void *context, const LogRecord *record, Arena *scratch)
{
    Roles *r = context;
    AuditEvent e;
    Err err;
    if (record->kind != LOG_AUDIT) {
        return;
    }
    if (!audit_event_read(record, scratch, &e, &err)) {
        r->report.malformed++;
        return;
    }
    if (audit_stages_take(&r->stages, &e)) {
        take_event(r, &e, scratch);
    }
}
