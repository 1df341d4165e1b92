/* SPDX-License-Identifier: Apache-2.0 */
/* When an answer counts as the recorded one. */
#include "cli/case_match.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* JSON with single quotes for double ones. */
static Value parse(const char *json, Arena *a)
{
    Buf b = buf_new(a);
    for (; *json; json++) {
        buf_byte(&b, *json == '\'' ? '"' : *json);
    }
    Value v;
    Err err = { 0 };
    if (!json_read(STR("test"), buf_str(&b), NULL, a, &v, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    return v;
}

static const struct {
    const char *name;
    const char *expect;
    const char *got;
    bool same;
} rows[] = {
    { "equal", "{'code':201,'allowed':true,'object':{'a':1,'b':[2]}}",
      "{'allowed':true,'code':201,'object':{'b':[2],'a':1}}", true },
    { "another code", "{'code':201}", "{'code':200}", false },
    { "an object with more", "{'code':201,'object':{'a':1}}", "{'code':201,'object':{'a':1,'b':2}}",
      false },
    { "what is not expected is not looked at", "{'code':200}", "{'code':200,'object':{}}", true },
    { "a message", "{'code':403,'message':'a b'}", "{'code':403,'message':'b a'}", false },
    { "a message in any order", "{'code':403,'message':'x: [a, b c]','messageAlternatives':[]}",
      "{'code':403,'message':'x: [b c, a]'}", true },
    { "but of the same words", "{'code':403,'message':'x: [a, b]','messageAlternatives':[]}",
      "{'code':403,'message':'x: [a, a]'}", false },
    { "a prefix", "{'code':422,'message':'a: b','messageIsPrefix':true}",
      "{'code':422,'message':'a: b and more'}", true },
    { "no prefix", "{'code':422,'message':'a: b','messageIsPrefix':true}",
      "{'code':422,'message':'a'}", false },
    { "the decoder's words", "{'code':400,'reason':'BadRequest','message':'a'}",
      "{'code':400,'reason':'BadRequest','message':'b'}", true },
    { "but its reason", "{'code':400,'reason':'BadRequest'}", "{'code':400,'reason':'x'}", false },
    { "details", "{'code':403,'details':{'name':'a'}}", "{'code':403,'details':{'name':'b'}}",
      false },
    { "one of the reasons",
      "{'code':201,'status':{'allowed':true,'reason':'a'},'reasonAlternatives':['a','b']}",
      "{'code':201,'status':{'allowed':true,'reason':'b'}}", true },
    { "none of the reasons",
      "{'code':201,'status':{'allowed':true,'reason':'a'},'reasonAlternatives':['a','b']}",
      "{'code':201,'status':{'allowed':true,'reason':'c'}}", false },
    { "a reason too many", "{'code':201,'status':{'allowed':false}}",
      "{'code':201,'status':{'allowed':false,'reason':'c'}}", false },
    { "rules in any order", "{'code':201,'status':{'resourceRules':[{'a':1},{'b':2}]}}",
      "{'code':201,'status':{'resourceRules':[{'b':2},{'a':1}]}}", true },
    { "a rule twice", "{'code':201,'status':{'resourceRules':[{'a':1},{'b':2}]}}",
      "{'code':201,'status':{'resourceRules':[{'a':1},{'a':1}]}}", false },
};

static void matches(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value test = value_object();
        value_set_lit(&test, "expect", parse(rows[i].expect, &a), &a);
        Value got = parse(rows[i].got, &a);
        Str difference = STR("");
        if (case_matches(&test, &got, &a, &difference) != rows[i].same) {
            fail_msg("%s: %.*s", rows[i].name, STR_ARG(difference));
        }
        assert_true(rows[i].same == (difference.len == 0));
        arena_reset(&a);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(matches) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
