/* SPDX-License-Identifier: Apache-2.0 */
/* The authorizer: from a user to the bindings that name them, to the roles, to the rules. */
#include "decide/rbac/internal.h"

#include <stdlib.h>

/* -- whose is what ---------------------------------------------------------------------------- */

bool rbac_split_service_account(Str user, Str *namespace, Str *name)
{
    Str prefix = STR("system:serviceaccount:");
    Str ns, rest;
    if (!str_starts_with(user, prefix) ||
        !str_split_once(str_drop(user, prefix.len), ':', &ns, &rest) || ns.len == 0 ||
        rest.len == 0) {
        return false;
    }
    *namespace = ns;
    *name = rest;
    return true;
}

bool rbac_subject_is(const RbacSubject *s, const UserInfo *user)
{
    Str ns, name;
    switch ((int)s->kind) {
    case SUBJECT_USER:
        return str_eq(rbac_subject_name(s), user->name);
    case SUBJECT_GROUP:
        return str_list_has(user->groups, rbac_subject_name(s));
    case SUBJECT_SERVICE_ACCOUNT:
        return rbac_split_service_account(user->name, &ns, &name) &&
               str_eq(rbac_subject_namespace(s), ns) && str_eq(rbac_subject_name(s), name);
    default:
        return false;
    }
}

const RbacSubject *rbac_binding_subject_of(const RbacBinding *b, const UserInfo *user)
{
    for (uint32_t i = 0; i < b->subject_count; i++) {
        if (rbac_subject_is(&b->subjects[i], user)) {
            return &b->subjects[i];
        }
    }
    return NULL;
}

const RbacRole *rbac_binding_role(const Facts *f, const RbacBinding *b)
{
    return b->role ? b->role
                   : f->rbac_role(f->cluster, rbac_binding_role_namespace(b),
                                  rbac_binding_role_name(b));
}

bool rbac_binding_before(const RbacBinding *a, const RbacBinding *b)
{
    if (!a->namespace_len != !b->namespace_len) {
        return !a->namespace_len;
    }
    return str_cmp(rbac_binding_name(a), rbac_binding_name(b)) < 0;
}

static bool visit_scope(const Facts *f, const UserInfo *user, Str namespace, RbacListVisit *visit,
                        void *context)
{
    Str none = STR("");
    Str sa_namespace, sa_name;
    if (!visit(context, f->rbac_bindings(f->cluster, SUBJECT_USER, none, user->name, namespace))) {
        return false;
    }
    for (size_t i = 0; i < user->groups.count; i++) {
        if (!visit(context, f->rbac_bindings(f->cluster, SUBJECT_GROUP, none, user->groups.items[i],
                                             namespace))) {
            return false;
        }
    }
    return !rbac_split_service_account(user->name, &sa_namespace, &sa_name) ||
           visit(context, f->rbac_bindings(f->cluster, SUBJECT_SERVICE_ACCOUNT, sa_namespace,
                                           sa_name, namespace));
}

void rbac_visit_lists(const Facts *f, const UserInfo *user, Str namespace, RbacListVisit *visit,
                      void *context)
{
    if (visit_scope(f, user, STR(""), visit, context) && namespace.len) {
        visit_scope(f, user, namespace, visit, context);
    }
}

/* -- all bindings of a user ------------------------------------------------------------------- */

typedef struct Collected {
    RbacBindingList *lists; /* those that are not empty */
    size_t list_count;
    size_t count; /* of bindings in them */
} Collected;

static bool collect(void *context, RbacBindingList list)
{
    Collected *c = context;
    if (list.count) {
        c->lists[c->list_count++] = list;
        c->count += list.count;
    }
    return true;
}

static int compare_bindings(const void *left, const void *right)
{
    const RbacBinding *a = *(const RbacBinding *const *)left;
    const RbacBinding *b = *(const RbacBinding *const *)right;
    return rbac_binding_before(a, b) ? -1 : rbac_binding_before(b, a);
}

RbacBindingList rbac_bindings_of(const Facts *f, const UserInfo *user, Str namespace, Arena *a)
{
    /* the user, each group and the service account: in the cluster and in the namespace */
    Collected c = { .lists = arena_alloc(a, (user->groups.count + 2) * 2 * sizeof(*c.lists)) };
    rbac_visit_lists(f, user, namespace, collect, &c);
    if (c.list_count <= 1) {
        return c.list_count ? c.lists[0] : (RbacBindingList){ NULL, 0 };
    }
    const RbacBinding **items = arena_alloc(a, c.count * sizeof(const RbacBinding *));
    size_t filled = 0;
    for (size_t i = 0; i < c.list_count; i++) {
        memcpy(items + filled, c.lists[i].items, c.lists[i].count * sizeof(const RbacBinding *));
        filled += c.lists[i].count;
    }
    qsort(items, c.count, sizeof(const RbacBinding *), compare_bindings);
    size_t kept = 1;
    for (size_t i = 1; i < c.count; i++) {
        if (items[i] != items[kept - 1]) {
            items[kept++] = items[i];
        }
    }
    return (RbacBindingList){ items, kept };
}

/* -- the question ----------------------------------------------------------------------------- */

typedef struct Search {
    const Facts *facts;
    const RbacRequest *req;
    uint32_t verb_bits;
    bool first_is_enough;
    const RbacBinding *by; /* the first by order that grants */
    const RbacRule *rule;
} Search;

static const RbacRule *granting_rule(const Search *s, const RbacBinding *b)
{
    const RbacRole *role = rbac_binding_role(s->facts, b);
    for (size_t i = 0; role && i < role->rule_count; i++) {
        if (rbac_rule_covers(&role->rules[i], s->verb_bits, s->req)) {
            return &role->rules[i];
        }
    }
    return NULL;
}

static bool search_list(void *context, RbacBindingList list)
{
    Search *s = context;
    for (size_t i = 0; i < list.count; i++) {
        if (s->by && !rbac_binding_before(list.items[i], s->by)) {
            break; /* the list is by name: nothing in the rest of it can come first */
        }
        const RbacRule *rule = granting_rule(s, list.items[i]);
        if (rule) {
            s->by = list.items[i];
            s->rule = rule;
            break;
        }
    }
    return !(s->by && s->first_is_enough);
}

bool rbac_allows(const Facts *f, const RbacRequest *req)
{
    if (rbac_user_is_master(req->user)) {
        return true;
    }
    Search s = { f, req, rbac_verb_bits(req->verb), true, NULL, NULL };
    rbac_visit_lists(f, req->user, req->namespace, search_list, &s);
    return s.by != NULL;
}

/* `RBAC: a`, or `RBAC: [a, b]` with equal ones once; "" when no role is missing. */
static Str missing_roles(const Facts *f, const RbacRequest *req, Arena *a)
{
    RbacBindingList list = rbac_bindings_of(f, req->user, req->namespace, a);
    Str text = rbac_missing_roles_text(f, list, RBAC_MISSING_KINDS, a);
    return text.len ? arena_concat(a, STR("RBAC: "), text) : STR("");
}

void rbac_authorize(const Facts *f, const RbacRequest *req, Arena *a, RbacAnswer *out)
{
    *out = (RbacAnswer){ .reason = STR("") };
    if (rbac_user_is_master(req->user)) {
        out->allowed = true;
        out->privileged = true;
        return;
    }
    Search s = { f, req, rbac_verb_bits(req->verb), false, NULL, NULL };
    rbac_visit_lists(f, req->user, req->namespace, search_list, &s);
    if (!s.by) {
        out->reason = missing_roles(f, req, a);
        return;
    }
    out->allowed = true;
    out->by = s.by;
    out->rule = s.rule;
    out->subject = rbac_binding_subject_of(s.by, req->user);
    Buf b = buf_new(a);
    buf_lit(&b, "RBAC: allowed by ");
    rbac_grant_write(s.by, out->subject, &b);
    out->reason = buf_str(&b);
}
