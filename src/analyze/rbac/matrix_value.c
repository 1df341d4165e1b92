/* SPDX-License-Identifier: Apache-2.0 */
/* Access matrices as data. */
#include "analyze/rbac/report.h"

static void add_str(Value *object, const char *key, Str text, Arena *a)
{
    value_set(object, str_from_c(key), value_str(text), a);
}

Value rbac_user_value(const UserInfo *user, Arena *a)
{
    Value v = value_object();
    add_str(&v, "user", user->name, a);
    value_set_lit(&v, "groups", rbac_strings_value(user->groups, a), a);
    return v;
}

static Value resource_value(const RbacResource *r, Arena *a)
{
    Value v = value_object();
    add_str(&v, "group", r->group, a);
    add_str(&v, "resource", r->resource, a);
    if (r->subresource.len) {
        add_str(&v, "subresource", r->subresource, a);
    }
    value_set_lit(&v, "namespaced", value_bool(r->namespaced), a);
    return v;
}

static Value access_value(const MatrixAccess *access, unsigned taken, Arena *a)
{
    Value v = value_object();
    for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
        MatrixState state = matrix_state(access, taken, verb);
        if (state != MATRIX_NOT_TAKEN) {
            value_set(&v, rbac_catalogue_verb(verb), value_str(matrix_state_text(state)), a);
        }
    }
    return v;
}

/* The namespaces or names of the cells in one state, by verb; no member when there are none. */
static void add_where(Value *v, const char *key, const Matrix *m, size_t row, MatrixState state,
                      Arena *a)
{
    const RbacResource *r = &m->resources.items[row];
    Value where = value_object();
    for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
        if (matrix_state(&m->rows[row], r->verbs, verb) == state) {
            Value list = rbac_strings_value(matrix_where(m, row, verb, a), a);
            value_set(&where, rbac_catalogue_verb(verb), list, a);
        }
    }
    if (value_len(&where)) {
        value_set(v, str_from_c(key), where, a);
    }
}

static Value start(const Matrix *m, const UserInfo *user, Arena *a)
{
    Value v = value_object();
    add_str(&v, "kind", STR("AccessMatrixReport"), a);
    value_set_lit(&v, "subject", rbac_user_value(user, a), a);
    if (m->namespace.ptr) {
        add_str(&v, "namespace", m->namespace, a);
    }
    return v;
}

Value matrix_to_value(const Matrix *m, const UserInfo *user, Arena *a)
{
    Value v = start(m, user, a);
    Value rows = value_array();
    for (size_t i = 0; i < m->resources.count; i++) {
        const RbacResource *r = &m->resources.items[i];
        if (m->namespace.ptr && !r->namespaced) {
            continue;
        }
        Value row = resource_value(r, a);
        value_set_lit(&row, "access", access_value(&m->rows[i], r->verbs, a), a);
        add_where(&row, "namespaces", m, i, MATRIX_SOME, a);
        add_where(&row, "names", m, i, MATRIX_NAMED, a);
        value_add(&rows, row, a);
    }
    value_set_lit(&v, "resources", rows, a);
    return v;
}

/* -- two --------------------------------------------------------------------------------------- */

static Value changes_value(const Matrix *from, const Matrix *to, size_t row, Arena *a)
{
    unsigned taken = from->resources.items[row].verbs;
    Value v = value_object();
    for (int verb = 0; verb < RBAC_CATALOGUE_VERBS; verb++) {
        MatrixState was = matrix_state(&from->rows[row], taken, verb);
        MatrixState is = matrix_state(&to->rows[row], taken, verb);
        if (was != is) {
            Value change = value_object();
            add_str(&change, "from", matrix_state_text(was), a);
            add_str(&change, "to", matrix_state_text(is), a);
            value_set(&v, rbac_catalogue_verb(verb), change, a);
        }
    }
    return v;
}

Value matrix_diff_to_value(const Matrix *from, const UserInfo *from_user, const Matrix *to,
                           const UserInfo *to_user, Arena *a)
{
    Value v = start(from, from_user, a);
    Value with = rbac_user_value(to_user, a);
    if (to->namespace.ptr) {
        add_str(&with, "namespace", to->namespace, a);
    }
    value_set_lit(&v, "with", with, a);
    Value rows = value_array();
    for (size_t i = 0; i < from->resources.count; i++) {
        Value changes = changes_value(from, to, i, a);
        if (value_len(&changes)) {
            Value row = resource_value(&from->resources.items[i], a);
            value_set_lit(&row, "access", changes, a);
            value_add(&rows, row, a);
        }
    }
    value_set_lit(&v, "resources", rows, a);
    return v;
}

/* -- of a resource ----------------------------------------------------------------------------- */

Value matrix_for_to_value(const MatrixQuestion *q, MatrixSubjects subjects, Arena *a)
{
    Value v = value_object();
    add_str(&v, "kind", STR("AccessMatrixReport"), a);
    value_set_lit(&v, "for", resource_value(q->resource, a), a);
    if (q->name.len) {
        add_str(&v, "name", q->name, a);
    }
    if (q->namespace.ptr) {
        add_str(&v, "namespace", q->namespace, a);
    }
    Value rows = value_array();
    for (size_t i = 0; i < subjects.count; i++) {
        const MatrixSubject *s = &subjects.items[i];
        Value row = rbac_subject_key_value(&s->key, a);
        if (!s->exists) {
            value_set_lit(&row, "exists", value_bool(false), a);
        }
        value_set_lit(&row, "access", access_value(&s->access, q->resource->verbs, a), a);
        value_add(&rows, row, a);
    }
    value_set_lit(&v, "subjects", rows, a);
    return v;
}
