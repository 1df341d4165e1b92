/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this folder share: pods as JSON text, and comparisons that print both sides. */
#ifndef PODGATE_KUBE_POD_TEST_POD_H
#define PODGATE_KUBE_POD_TEST_POD_H

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Single quotes stand for double ones; between backticks they stay, and so do double ones. */
static inline Value test_json(const char *text, Arena *a)
{
    Str copy = arena_str(a, str_from_c(text));
    bool is_literal = false;
    for (char *at = (char *)(uintptr_t)copy.ptr; *at; at++) {
        if (*at == '`') {
            is_literal = !is_literal;
            *at = '"';
        } else if (*at == '\'' && !is_literal) {
            *at = '"';
        }
    }
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), copy, NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

static inline void test_same_json(const char *name, const Value *got, const char *want, Arena *a)
{
    Value expected = test_json(want, a);
    if (!value_equal(got, &expected)) {
        Buf b = buf_new(a);
        Buf w = buf_new(a);
        json_write(got, &b);
        json_write(&expected, &w);
        fail_msg("%s:\n got %.*s\nwant %.*s", name, STR_ARG(buf_str(&b)), STR_ARG(buf_str(&w)));
    }
}

static inline void test_same_text(const char *name, Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want))) {
        fail_msg("%s:\n got %.*s\nwant %s", name, STR_ARG(got), want);
    }
}

#endif
