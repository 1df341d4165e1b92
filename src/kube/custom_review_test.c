/* SPDX-License-Identifier: Apache-2.0 */
/* What conversion webhooks are sent, and what their answers come to. */
#include "kube/custom_review.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Str quoted(Arena *a, const char *json)
{
    Buf b = buf_new(a);
    for (; *json; json++) {
        buf_byte(&b, *json == '\'' ? '"' : *json);
    }
    return buf_str(&b);
}

static Value parse(Arena *a, const char *json)
{
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), quoted(a, json), NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

#define OBJECT                                                                             \
    "{'apiVersion':'a.example/v1','kind':'Ant','metadata':{'labels':{'a':'b'},'name':'n'," \
    "'namespace':'s','resourceVersion':'5','uid':'u'},'spec':{'x':1}}"

static void test_body(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value object = parse(&a, OBJECT);
    CustomReview r = { STR("v1"), STR("id"), STR("a.example/v2"), &object };
    assert_string_equal(
        arena_cstr(&a, custom_review_body(&r, &a)),
        arena_cstr(&a, quoted(&a, "{'kind':'ConversionReview','apiVersion':'apiextensions.k8s.io/"
                                  "v1','request':{'uid':'id','desiredAPIVersion':'a.example/v2',"
                                  "'objects':[" OBJECT "]},'response':{'uid':'','convertedObjects'"
                                  ":null,'result':{'metadata':{}}}}")));
    arena_done(&a);
}

#define ANSWER(response) \
    "{'apiVersion':'apiextensions.k8s.io/v1','kind':'ConversionReview','response':" response "}"
#define MADE(object) \
    ANSWER("{'uid':'id','result':{'status':'Success'},'convertedObjects':[" object "]}")
#define HEAD "'apiVersion':'a.example/v2','kind':'Ant'"
#define FAILED "conversion webhook for a.example/v1, Kind=Ant failed: "
#define INVALID "conversion webhook for a.example/v1, Kind=Ant returned invalid "

static const struct {
    const char *version;
    const char *answer;
    const char *made; /* NULL: message */
    const char *message;
} rows[] = {
    { "v1",
      MADE("{" HEAD ",'metadata':{'name':'n','namespace':'s','uid':'u','labels':{'c':'d'},"
           "'resourceVersion':'9','annotations':{'e':'f'}},'spec':{'y':2}}"),
      "{" HEAD ",'metadata':{'labels':{'c':'d'},'name':'n','namespace':'s','resourceVersion':'5',"
      "'uid':'u','annotations':{'e':'f'}},'spec':{'y':2}}",
      NULL },
    { "v1", MADE("{" HEAD ",'metadata':{'name':'n','namespace':'s','uid':'u'}}"),
      "{" HEAD ",'metadata':{'name':'n','namespace':'s','resourceVersion':'5','uid':'u'}}", NULL },
    /* v1beta1 looks at neither its kind nor the uid */
    { "v1beta1",
      "{'response':{'result':{'status':'Success'},'convertedObjects':[{" HEAD
      ",'metadata':{'name':'n','namespace':'s','uid':'u'}}]}}",
      "{" HEAD ",'metadata':{'name':'n','namespace':'s','resourceVersion':'5','uid':'u'}}", NULL },
    { "v1", "{'response':{}}", NULL,
      FAILED "expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got /, "
             "Kind=" },
    { "v1", ANSWER("null"), NULL, FAILED "no response provided" },
    { "v1", ANSWER("{'uid':'other'}"), NULL, FAILED "expected response.uid='id', got 'other'" },
    { "v1", ANSWER("{'uid':'id'}"), NULL, FAILED "response.result.status was '', not 'Success'" },
    { "v1", ANSWER("{'uid':'id','result':{'status':'Failure','message':'no'}}"), NULL,
      FAILED "no" },
    { "v1", ANSWER("{'uid':'id','result':{'status':'Success'}}"), NULL,
      "conversion webhook for a.example/v1, Kind=Ant returned 0 objects, expected 1" },
    { "v1", MADE("{'apiVersion':'a.example/v3','kind':'Ant'}"), NULL,
      INVALID "object at index 0: invalid groupVersion (expected a.example/v2, received "
              "a.example/v3)" },
    { "v1", MADE("{'apiVersion':'a.example/v2','kind':'Bee'}"), NULL,
      INVALID "object at index 0: invalid kind (expected Ant, received Bee)" },
    { "v1", MADE("{" HEAD ",'metadata':{'name':'m'}}"), NULL,
      INVALID "object: must have the same name: n != m" },
    { "v1", MADE("{" HEAD ",'metadata':{'name':'n','namespace':'s','uid':'u','labels':[1]}}"), NULL,
      INVALID "metadata: invalid metadata.labels of type []interface {} in converted object" },
    { "v1", MADE("{" HEAD ",'metadata':{'name':'n','namespace':'s','uid':'u','labels':{'a':1}}}"),
      NULL,
      INVALID "metadata: metadata.labels[a] must be a string, but is int64 in converted "
              "object" },
    { "v1", "nonsense", NULL, FAILED "invalid character 'o' in literal null (expecting 'u')" },
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        Err err = { 0 };
        Value made;
        arena_init(&a, 0);
        Value object = parse(&a, OBJECT);
        CustomReview r = { str_from_c(rows[i].version), STR("id"), STR("a.example/v2"), &object };
        bool done = custom_review_read(&r, quoted(&a, rows[i].answer), &a, &made, &err);
        Buf b = buf_new(&a);
        if (done) {
            json_write(&made, &b);
        } else {
            buf_add(&b, err.msg);
        }
        const char *wanted = done ? arena_cstr(&a, quoted(&a, rows[i].made ? rows[i].made : ""))
                             : rows[i].message == NULL ? ""
                                                       : rows[i].message;
        const char *got = arena_cstr(&a, buf_str(&b));
        if (!done && strstr(wanted, "response.uid")) {
            wanted = arena_cstr(&a, quoted(&a, wanted));
        }
        assert_string_equal(got, wanted);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
