/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an object, and lists. */
#include "kube/object.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static Value read(const char *text, Arena *a)
{
    Value v;
    Err err;
    if (!json_read(STR("row"), str_from_c(text), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

static void heads(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        const char *want; /* group|version|kind|namespace|name|generateName|known, or "!" error */
    } rows[] = {
        { "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", "|v1|Pod||||known" },
        { "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"n\","
          "\"namespace\":\"ns\",\"generateName\":\"g-\"}}",
          "apps|v1|Deployment|ns|n|g-|known" },
        { "{\"apiVersion\":\"x/v1\",\"kind\":\"Y\",\"metadata\":null}", "x|v1|Y||||unknown" },
        { "[]", "!not an object of the API but array" },
        { "null", "!not an object of the API but null" },
        { "{}", "!apiVersion: missing" },
        { "{\"apiVersion\":\"\",\"kind\":\"Pod\"}", "!apiVersion: missing" },
        { "{\"apiVersion\":\"v1\"}", "!kind: missing" },
        { "{\"apiVersion\":1,\"kind\":\"Pod\"}", "!apiVersion: expected a string, found number" },
        { "{\"apiVersion\":\"v1\",\"kind\":[]}", "!kind: expected a string, found array" },
        { "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":[]}",
          "!metadata: expected an object, found array" },
        { "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":true}}",
          "!metadata.name: expected a string, found boolean" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v = read(rows[i].object, &a);
        ObjectHead h;
        Err err = { 0 };
        bool ok = object_head(&v, &a, &h, &err);
        Str got = ok ? arena_printf(&a, "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s|%s", STR_ARG(h.group),
                                    STR_ARG(h.version), STR_ARG(h.kind), STR_ARG(h.namespace),
                                    STR_ARG(h.name), STR_ARG(h.generate_name),
                                    h.is_known ? "known" : "unknown")
                     : arena_concat(&a, STR("!"), err.msg);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s: got %.*s, want %s", rows[i].object, STR_ARG(got), rows[i].want);
        }
    }
    arena_done(&a);
}

static void lists(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        bool is_list;
        const char *item_kind;
    } rows[] = {
        { "{\"kind\":\"List\",\"items\":[]}", true, "" },
        { "{\"kind\":\"List\",\"items\":null}", true, "" },
        { "{\"kind\":\"PodList\",\"items\":[]}", true, "Pod" },
        { "{\"kind\":\"WaitList\",\"spec\":{}}", false, NULL },
        { "{\"kind\":\"List\",\"items\":5}", false, NULL },
        { "{\"kind\":\"Pod\",\"items\":[]}", false, NULL },
        { "[]", false, NULL },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v = read(rows[i].object, &a);
        Str item_kind;
        bool is_list = object_is_list(&v, &item_kind);
        if (is_list != rows[i].is_list ||
            (is_list && !str_eq(item_kind, str_from_c(rows[i].item_kind)))) {
            fail_msg("%s", rows[i].object);
        }
    }
    Value list = read(
        "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":[{},{\"kind\":\"X\"}]}", &a);
    for (size_t i = 0; i < 2; i++) {
        object_inherit(value_item(value_get_lit(&list, "items"), i), &list, STR("Pod"), &a);
    }
    Buf b = buf_new(&a);
    json_write(value_get_lit(&list, "items"), &b);
    assert_true(
        str_eq(buf_str(&b), STR("[{\"kind\":\"Pod\",\"apiVersion\":\"v1\"},{\"kind\":\"X\"}]")));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests_name("kube/object", tests, NULL, NULL);
}
