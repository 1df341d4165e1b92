/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns which fields of a custom resource, by its schema. */
#include "kube/crd/test_crd.h"
#include "kube/managed/managed.h"

#define LIST                                                                                     \
    "'list':{'type':'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['k'],"  \
    "'items':{'type':'object','required':['k'],'properties':{'k':{'type':'string'},'v':{'type':" \
    "'string'}}}}"
#define SCHEMA(properties) \
    "{'type':'object','properties':{'spec':{'type':'object','properties':{" properties "}}}}"

static void widget(const char *schema, int minor, Arena *a, Crd *out)
{
    KubeTarget target = kube_target(minor);
    Value *definition = new(a, Value, 1);
    Err err;
    *definition = widget_definition(schema, "", a);
    assert_true(crd_definition_decode(definition, &target, a, &err));
    assert_true(crd_read(definition, &target, a, out, &err));
}

static ManagedRequest request(const Crd *crd, const char *manager)
{
    return (ManagedRequest){ .target = &crd->target,
                             .type = crd_managed_type(crd, &crd->versions[0]),
                             .api_version = STR("example.org/v1"),
                             .kind = STR("Widget"),
                             .manager = str_from_c(manager),
                             .time = STR("2021-02-03T04:05:06Z") };
}

static Value object_with(const char *spec, Arena *a)
{
    Str text = arena_printf(a,
                            "{'apiVersion':'example.org/v1','kind':'Widget','metadata':{'name':"
                            "'w','namespace':'n'},'spec':%s}",
                            spec);
    return parse(arena_cstr(a, text), a);
}

static const char *fields_of(const Value *object, Arena *a)
{
    const Value *entries = value_at(object, "metadata", "managedFields", NULL);
    return printed(value_get_lit(value_item(entries, 0), "fieldsV1"), a);
}

static void updates(void **state)
{
    (void)state;
    static const struct {
        int minor;
        const char *schema;
        const char *spec;
        const char *fields;
    } rows[] = {
        { 20, SCHEMA(LIST), "{'list':[{'k':'a','v':'1'}]}",
          "{'f:spec':{'.':{},'f:list':{'.':{},'k:{\\'k\\':\\'a\\'}':{'.':{},'f:k':{},'f:v':{}}}}"
          "}" },
        /* what could not be modelled then */
        { 20, SCHEMA(LIST ",'port':{'x-kubernetes-int-or-string':true}"),
          "{'list':[{'k':'a','v':'1'}]}", "{'f:spec':{'.':{},'f:list':{}}}" },
        { 23, SCHEMA(LIST ",'port':{'x-kubernetes-int-or-string':true}"),
          "{'list':[{'k':'a'}],'port':1}",
          "{'f:spec':{'.':{},'f:list':{'.':{},'k:{\\'k\\':\\'a\\'}':{'.':{},'f:k':{}}},'f:port':{}}"
          "}" },
        { 20,
          SCHEMA("'set':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'}},"
                 "'list':{'type':'array','items':{'type':'string'}},'map':{'type':'object',"
                 "'x-kubernetes-map-type':'atomic','additionalProperties':{'type':'string'}}"),
          "{'set':['x'],'list':['y'],'map':{'a':'b'}}",
          "{'f:spec':{'.':{},'f:list':{},'f:map':{},'f:set':{'.':{},'v:\\'x\\'':{}}}}" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Crd crd;
        widget(rows[i].schema, rows[i].minor, &a, &crd);
        ManagedRequest req = request(&crd, "m");
        Value object = object_with(rows[i].spec, &a);
        managed_update(&req, NULL, &object, &a);
        assert_string_equal(fields_of(&object, &a), rows[i].fields);
    }
    arena_done(&a);
}

static void applies(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Crd crd;
    ManagedApplied one, two, three;
    widget(SCHEMA(LIST), 20, &a, &crd);
    ManagedRequest req = request(&crd, "one"), other = request(&crd, "two");
    Value config = object_with("{'list':[{'k':'a','v':'1'}]}", &a);
    managed_apply(&req, NULL, &config, false, &a, &one);
    assert_int_equal(one.verdict, MANAGED_APPLIED);
    assert_string_equal(fields_of(&one.object, &a),
                        "{'f:spec':{'f:list':{'k:{\\'k\\':\\'a\\'}':{'.':{},'f:k':{},'f:v':{}}}}}");
    config = object_with("{'list':[{'k':'b'}]}", &a);
    managed_apply(&other, &one.object, &config, false, &a, &two);
    assert_int_equal(two.verdict, MANAGED_APPLIED);
    assert_string_equal(printed(value_get_lit(&two.object, "spec"), &a),
                        "{'list':[{'k':'a','v':'1'},{'k':'b'}]}");
    config = object_with("{'list':[{'k':'a','v':'2'}]}", &a);
    managed_apply(&other, &one.object, &config, false, &a, &three);
    assert_int_equal(three.verdict, MANAGED_CONFLICT);
    assert_string_equal(arena_cstr(&a, three.causes[0].field), ".spec.list[k=\"a\"].v");
    /* and what was applied and is no more goes */
    config = object_with("{'list':[]}", &a);
    managed_apply(&req, &two.object, &config, false, &a, &three);
    assert_int_equal(three.verdict, MANAGED_APPLIED);
    assert_string_equal(printed(value_get_lit(&three.object, "spec"), &a), "{'list':[{'k':'b'}]}");
    config = object_with("{'list':[{'k':'a'},{'k':'a'}],'x':1}", &a);
    managed_apply(&req, NULL, &config, false, &a, &three);
    assert_int_equal(three.verdict, MANAGED_FAILED);
    assert_string_equal(arena_cstr(&a, three.message),
                        "failed to create typed patch object: errors:\n"
                        "  .spec.list: duplicate entries for key [k=\"a\"]\n"
                        "  .spec.x: field not declared in schema");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(updates), cmocka_unit_test(applies) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
