/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of compiled definitions, and objects read by them. */
#include "kube/custom_kinds.h"

#include "doc/json.h"
#include "kube/resource_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static Value parse(Arena *a, const char *json)
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

static Str text(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    for (size_t i = 0; i < b.len; i++) {
        b.ptr[i] = b.ptr[i] == '"' ? '\'' : b.ptr[i];
    }
    return buf_str(&b);
}

/* A definition of two versions; spec: the properties of v1's spec. */
static const CustomKinds *with(const CustomKinds *before, const char *plural, const char *kind,
                               const char *spec, uint64_t version, bool established)
{
    Arena a;
    KubeTarget target = kube_target(20);
    arena_init(&a, 0);
    const char *json = arena_cstr(
        &a,
        arena_printf(
            &a,
            "{'apiVersion':'apiextensions.k8s.io/v1','kind':'CustomResourceDefinition',"
            "'metadata':{'name':'%s.a.example'},'spec':{'group':'a.example','scope':'Namespaced',"
            "'names':{'plural':'%s','kind':'%s','listKind':'%sList','shortNames':['x','y']},"
            "'versions':[{'name':'v1beta1','served':true,'storage':false,'schema':"
            "{'openAPIV3Schema':{'type':'object','x-kubernetes-preserve-unknown-fields':true}}},"
            "{'name':'v1','served':true,'storage':true,'subresources':{'status':{}},'schema':"
            "{'openAPIV3Schema':{'type':'object','properties':{'spec':{'type':'object',"
            "'properties':%s}}}}},{'name':'v2','served':false,'storage':false}]},'status':"
            "{'acceptedNames':{'plural':'%s','kind':'%s','listKind':'%sList','shortNames':['x','y']"
            "},'conditions':[{'type':'Established','status':'%s'}]}}",
            plural, plural, kind, kind, spec, plural, kind, kind, established ? "True" : "False"));
    Value definition = parse(&a, json);
    Str name = arena_printf(&a, "%s.a.example", plural);
    const CustomKinds *made = custom_kinds_with(before, name, &definition, version, &target);
    arena_done(&a); /* nothing of it is kept */
    custom_kinds_free(before);
    return made;
}

static void test_finding(void **state)
{
    (void)state;
    KubeTarget target = kube_target(20);
    KubeKind k;
    const CustomKinds *c = with(NULL, "bees", "Bee", "{}", 5, true);
    c = with(c, "ants", "Ant", "{}", 6, true);
    c = with(c, "cows", "Cow", "{}", 7, false);
    assert_int_equal(c->count, 3);
    assert_true(str_eq(c->items[0]->crd.names.plural, STR("ants")));

    assert_true(custom_kinds_find_resource(c, STR("a.example"), STR(""), STR("bees"), &k));
    assert_true(str_eq(k.api_version, STR("a.example/v1")));
    assert_true(str_eq(k.short_names, STR("x,y")));
    assert_true(k.type == NULL && k.custom && k.namespaced);
    assert_true(resource_is_served(&k, &target));
    assert_true(custom_kinds_find_resource(c, STR("a.example"), STR("v1beta1"), STR("bees"), &k));
    KubeKind stored = resource_stored_kind(&k, &target);
    assert_true(str_eq(stored.version, STR("v1")));
    assert_false(custom_kinds_find_resource(c, STR("a.example"), STR("v2"), STR("bees"), &k));
    assert_false(custom_kinds_find_resource(c, STR("a.example"), STR("v1"), STR("cows"), &k));
    assert_false(custom_kinds_find_resource(c, STR("b.example"), STR("v1"), STR("bees"), &k));
    assert_true(custom_kinds_find(c, STR("a.example/v1"), STR("Ant"), &k));
    assert_true(custom_kinds_find(c, STR("a.example/"), STR("Ant"), &k));
    assert_false(custom_kinds_find(c, STR("a.example/v1"), STR("Cow"), &k));
    assert_true(custom_kinds_has_group(c, STR("a.example"), STR("v1beta1")));
    assert_false(custom_kinds_has_group(c, STR("a.example"), STR("v2")));
    assert_true(kinds_find(c, STR("v1"), STR("Pod"), &k) && k.custom == NULL);
    assert_true(kinds_find(NULL, STR("v1"), STR("Pod"), &k));
    assert_false(custom_kinds_find(NULL, STR("a.example/v1"), STR("Ant"), &k));
    assert_null(custom_kinds_get(NULL, STR("ants.a.example")));

    ResourceEntry entries[RESOURCE_ENTRIES_MAX];
    assert_true(custom_kinds_find_resource(c, STR("a.example"), STR("v1"), STR("ants"), &k));
    assert_int_equal(resource_entries(&k, &target, entries), 2);
    assert_true(str_eq(entries[1].subresource, STR("status")));
    custom_kinds_free(c);
}

static void test_changing(void **state)
{
    (void)state;
    const CustomKinds *c = with(NULL, "ants", "Ant", "{}", 5, false);
    c = with(c, "ants", "Ant", "{}", 6, true);
    const CustomKind *ant = custom_kinds_get(c, STR("ants.a.example"));
    assert_int_equal(ant->version, 6);
    assert_int_equal(ant->changed, 5); /* the status alone changed */
    custom_kind_hold(ant);
    c = with(c, "ants", "Ant", "{'a':{'type':'string'}}", 7, true);
    assert_int_equal(custom_kinds_get(c, STR("ants.a.example"))->changed, 7);
    assert_true(str_eq(ant->kinds[1].kind, STR("Ant"))); /* it is held */
    custom_kind_let_go(ant);
    KubeTarget target = kube_target(20);
    const CustomKinds *none = custom_kinds_with(c, STR("ants.a.example"), NULL, 8, &target);
    assert_int_equal(none->count, 0);
    custom_kinds_free(c);
    custom_kinds_free(none);
}

static void test_reading(void **state)
{
    (void)state;
    static const struct {
        const char *version; /* of the request */
        const char *stored;
        const char *read; /* NULL: as stored, not copied */
    } rows[] = {
        { "v1",
          "{'apiVersion':'a.example/"
          "v1','kind':'Ant','metadata':{'creationTimestamp':null,'name':'n','resourceVersion':'9'},"
          "'spec':{'b':1}}",
          NULL },
        { "v1",
          "{'apiVersion':'a.example/"
          "v1','kind':'Ant','metadata':{'creationTimestamp':null,'name':'n','resourceVersion':'4'},"
          "'spec':{'c':1}}",
          "{'apiVersion':'a.example/"
          "v1','kind':'Ant','metadata':{'creationTimestamp':null,'name':'n','resourceVersion':'4'},"
          "'spec':{'b':7}}" },
        { "v1beta1",
          "{'apiVersion':'a.example/"
          "v1','kind':'Ant','metadata':{'creationTimestamp':null,'name':'n','resourceVersion':'9'},"
          "'spec':{'b':1}}",
          "{'apiVersion':'a.example/"
          "v1beta1','kind':'Ant','metadata':{'creationTimestamp':null,'name':'n',"
          "'resourceVersion':'9'},'spec':{'b':1}}" },
    };
    const CustomKinds *c = with(NULL, "ants", "Ant", "{'b':{'type':'integer','default':7}}", 5,
                                true);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        KubeKind k;
        arena_init(&a, 0);
        Value stored = parse(&a, rows[i].stored);
        assert_true(custom_kinds_find_resource(c, STR("a.example"), str_from_c(rows[i].version),
                                               STR("ants"), &k));
        const Value *read = custom_kind_read(&k, &stored, &a);
        if (rows[i].read) {
            assert_string_equal(arena_cstr(&a, text(read, &a)), rows[i].read);
        } else {
            assert_ptr_equal(read, &stored);
        }
        Value kept = custom_kind_to_stored(&k, read, &a);
        assert_true(str_eq(value_get_str(&kept, STR("apiVersion")), STR("a.example/v1")));
        arena_done(&a);
    }
    custom_kinds_free(c);
}

static void test_numbers(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value v = parse(&a, "{'c':[1.0,-0.0,1.5,1e3],'b':12345678901234567890,'a':1e300}");
    custom_settle(&v);
    assert_string_equal(arena_cstr(&a, text(&v, &a)),
                        "{'a':1e+300,'b':12345678901234567000,'c':[1,0,1.5,1000]}");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finding),
        cmocka_unit_test(test_changing),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
