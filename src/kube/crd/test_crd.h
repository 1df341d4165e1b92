/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder share. Texts have ' for ". */
#ifndef PODGATE_KUBE_CRD_TEST_CRD_H
#define PODGATE_KUBE_CRD_TEST_CRD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "doc/json.h"
#include "kube/crd/structural.h"

static inline Value parse(const char *text, Arena *a)
{
    char *json = arena_alloc(a, strlen(text) + 1);
    Value out = value_null();
    Err err = { 0 };
    size_t i = 0;
    for (; text[i]; i++) {
        json[i] = text[i] == '\'' ? '"' : text[i];
    }
    json[i] = '\0';
    if (!json_read(STR("test"), str_from_c(json), NULL, a, &out, &err)) {
        fail_msg("%.*s in %s", STR_ARG(err.msg), json);
    }
    return out;
}

static inline const char *printed(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    char *text = arena_alloc(a, b.len + 1);
    for (size_t i = 0; i < b.len; i++) {
        text[i] = b.ptr[i] == '"' ? '\'' : b.ptr[i];
    }
    text[b.len] = '\0';
    return text;
}

/* All errors, one a line. */
static inline const char *all_errors(const FieldErrors *errs, Arena *a)
{
    Buf b = buf_new(a);
    for (const FieldError *e = errs->first; e; e = e->next) {
        if (b.len) {
            buf_byte(&b, '\n');
        }
        field_error_write(e, &b);
    }
    return arena_cstr(a, buf_str(&b));
}

/* A definition of widgets.example.org in the form of v1; more: members of its one version. */
static inline Value widget_definition(const char *schema, const char *more, Arena *a)
{
    Str text = arena_printf(
        a,
        "{'apiVersion':'apiextensions.k8s.io/v1','kind':'CustomResourceDefinition',"
        "'metadata':{'name':'widgets.example.org'},'spec':{'group':'example.org',"
        "'scope':'Namespaced','names':{'plural':'widgets','kind':'Widget'},'versions':["
        "{'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':%s}%s}]}}",
        schema, more);
    return parse(arena_cstr(a, text), a);
}

#endif
