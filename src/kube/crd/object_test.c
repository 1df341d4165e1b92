/* SPDX-License-Identifier: Apache-2.0 */
/* What a definition makes of its objects. */
#include "kube/crd/test_crd.h"

#define META "'apiVersion':'example.org/v1','kind':'Widget','metadata':{'name':'w','namespace':'n'}"
#define SPEC(properties) "{'type':'object','properties':{" properties "}}"

typedef struct Widget {
    Value definition;
    Crd crd;
    const CrdVersion *version;
} Widget;

static void widget(const char *schema, const char *more, int minor, Arena *a, Widget *out)
{
    KubeTarget target = kube_target(minor);
    Err err;
    out->definition = widget_definition(schema, more, a);
    assert_true(crd_definition_decode(&out->definition, &target, a, &err));
    crd_definition_default(&out->definition, a);
    assert_true(crd_read(&out->definition, &target, a, &out->crd, &err));
    out->version = crd_version(&out->crd, STR("v1"));
    assert_non_null(out->version);
}

static void decodes_and_defaults(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        const char *in;  /* without what META says */
        const char *out; /* the same, or the message of a 400 */
    } rows[] = {
        { SPEC("'a':{'type':'string'}"), "'a':'x','b':1", "'a':'x'" },
        { SPEC("'a':{'type':'object','properties':{'b':{'type':'string'}}}"),
          "'a':{'b':'x','c':{'d':1}}", "'a':{'b':'x'}" },
        { SPEC("'a':{'type':'object','x-kubernetes-preserve-unknown-fields':true,"
               "'properties':{'b':{'type':'object'}}}"),
          "'a':{'b':{'c':1},'d':{'e':1}}", "'a':{'b':{},'d':{'e':1}}" },
        { SPEC("'a':{'type':'object','additionalProperties':{'type':'object','properties':{"
               "'b':{'type':'string'}}}}"),
          "'a':{'x':{'b':'1','c':2}}", "'a':{'x':{'b':'1'}}" },
        { SPEC("'a':{'type':'array','items':{'type':'object','properties':{'b':{'type':'string',"
               "'default':'d'}}}}"),
          "'a':[{},{'b':'x','c':1}]", "'a':[{'b':'d'},{'b':'x'}]" },
        /* null where none is wanted: the default, or nothing */
        { SPEC("'a':{'type':'string','default':'d'},'b':{'type':'string'},"
               "'c':{'type':'string','nullable':true,'default':'d'}"),
          "'a':null,'b':null,'c':null", "'a':'d','c':null" },
        { SPEC("'a':{'type':'object','default':{'b':1},'properties':{'b':{'type':'integer'},"
               "'c':{'type':'integer','default':2}}}"),
          "'x':1", "'a':{'b':1,'c':2}" },
        { "{'type':'object','x-kubernetes-preserve-unknown-fields':true}",
          "'a':12345678901234567890", "'a':12345678901234567000" },
        { SPEC("'t':{'type':'object','x-kubernetes-embedded-resource':true,"
               "'x-kubernetes-preserve-unknown-fields':true}"),
          "'t':{'apiVersion':'v1','kind':'Pod','metadata':{'name':'x','foo':1},'spec':{'a':1}}",
          "'t':{'apiVersion':'v1','kind':'Pod','metadata':{'name':'x'},'spec':{'a':1}}" },
        { SPEC("'t':{'type':'object','x-kubernetes-embedded-resource':true,"
               "'x-kubernetes-preserve-unknown-fields':true}"),
          "'t':{'apiVersion':5,'kind':'Pod'}", "t.apiVersion: Invalid value: 5: must be a string" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Widget w;
        Err err;
        widget(rows[i].schema, "", 20, &a, &w);
        Value object = parse(arena_cstr(&a, arena_printf(&a, "{" META ",%s}", rows[i].in)), &a);
        if (!crd_decode(&w.crd, w.version, false, &object, &a, NULL, &err)) {
            assert_string_equal(arena_cstr(&a, err.msg), rows[i].out);
            continue;
        }
        crd_default(w.version, &object, &a);
        Value *metadata = value_get_lit(&object, "metadata");
        value_remove(metadata, STR("creationTimestamp"));
        Value expected = parse(arena_cstr(&a, arena_printf(&a, "{" META ",%s}", rows[i].out)), &a);
        if (!value_equal(&object, &expected)) {
            assert_string_equal(printed(&object, &a), printed(&expected, &a));
        }
    }
    arena_done(&a);
}

static void tells_what_it_prunes(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Widget w;
    Err err;
    Value unknown = value_array();
    widget(SPEC("'a':{'type':'array','items':{'type':'object','properties':{'b':{'type':"
                "'string'}}}}"),
           "", 25, &a, &w);
    Value object = parse("{" META ",'a':[{'b':'x'},{'c':1}],'d':{}}", &a);
    assert_true(crd_decode(&w.crd, w.version, false, &object, &a, &unknown, &err));
    assert_string_equal(printed(&unknown, &a), "['a[1].c','d']");
    arena_done(&a);
}

static void validates(void **state)
{
    (void)state;
    static const struct {
        int minor;
        const char *schema;
        const char *in;
        const char *errors;
    } rows[] = {
        { 20, SPEC("'a':{'type':'integer'}"), "'a':'x'",
          "a: Invalid value: \"string\": a in body must be of type integer: \"string\"" },
        { 20, SPEC("'a':{'type':'integer'}"), "'a':1.0", "" },
        { 20, SPEC("'a':{'type':'integer'}"), "'a':1.5",
          "a: Invalid value: \"number\": a in body must be of type integer: \"number\"" },
        { 20, SPEC("'a':{'type':'string','nullable':true},'b':{'type':'string'}"),
          "'a':null,'b':null",
          "b: Invalid value: \"null\": b in body must be of type string: \"null\"" },
        { 20, SPEC("'a':{'x-kubernetes-int-or-string':true}"), "'a':true",
          "a: Invalid value: \"boolean\": a in body must be of type integer,string: \"boolean\"" },
        { 20,
          "{'type':'object','required':['a'],'properties':{'b':{'type':'object','required':["
          "'c']}}}",
          "'b':{}", "b.c: Required value\na: Required value" },
        { 20, SPEC("'a':{'type':'string','enum':['A','B']}"), "'a':'C'",
          "a: Unsupported value: \"C\": supported values: \"A\", \"B\"" },
        { 20, SPEC("'a':{'type':'integer','minimum':1,'maximum':10}"), "'a':0",
          "a: Invalid value: 0: a in body should be greater than or equal to 1" },
        { 20, SPEC("'a':{'type':'number','maximum':1.5,'exclusiveMaximum':true}"), "'a':1.5",
          "a: Invalid value: 1.5: a in body should be less than 1.5" },
        { 20, SPEC("'a':{'type':'integer','multipleOf':3}"), "'a':7",
          "a: Invalid value: 7: a in body should be a multiple of 3" },
        { 20,
          SPEC("'a':{'type':'string','maxLength':2},'b':{'type':'string','minLength':2},"
               "'c':{'type':'string','pattern':'^[a-z]+$'}"),
          "'a':'abc','b':'\xc3\xa9','c':'A'",
          "a: Invalid value: \"abc\": a in body should be at most 2 chars long\n"
          "b: Invalid value: \"\xc3\xa9\": b in body should be at least 2 chars long\n"
          "c: Invalid value: \"A\": c in body should match '^[a-z]+$'" },
        { 20, SPEC("'a':{'type':'array','maxItems':1,'items':{'type':'string'}}"), "'a':['x',1]",
          "a: Invalid value: \"integer\": a in body must be of type string: \"integer\"\n"
          "a: Invalid value: 2: a in body should have at most 1 items" },
        { 26, SPEC("'a':{'type':'array','maxItems':1,'items':{'type':'string'}}"), "'a':['x',1]",
          "a[1]: Invalid value: \"integer\": a[1] in body must be of type string: \"integer\"\n"
          "a: Too many: 2: must have at most 1 items" },
        { 20,
          SPEC("'a':{'type':'object','minProperties':1,'additionalProperties':{'type':"
               "'string'}}"),
          "'a':{}", "a: Invalid value: 1: a in body should have at least 1 properties" },
        { 20, SPEC("'a':{'type':'string','oneOf':[{'minLength':1},{'maxLength':3}]}"), "'a':'x'",
          "<nil>: Invalid value: \"\": \"a\" must validate one and only one schema (oneOf). Found "
          "2 "
          "valid alternatives" },
        { 20, SPEC("'a':{'type':'string','anyOf':[{'minLength':5},{'pattern':'^y'}]}"), "'a':'x'",
          "<nil>: Invalid value: \"\": \"a\" must validate at least one schema (anyOf)\n"
          "a: Invalid value: \"x\": a in body should be at least 5 chars long" },
        { 20, SPEC("'a':{'type':'string','not':{'enum':['x']}}"), "'a':'x'",
          "<nil>: Invalid value: \"\": \"a\" must not validate the schema (not)" },
        { 20,
          SPEC("'a':{'type':'string','format':'date'},'b':{'type':'string','format':'ipv4'},"
               "'c':{'type':'string','format':'nothing'}"),
          "'a':'2020-02-30','b':'::1','c':'x'",
          "a: Invalid value: \"2020-02-30\": a in body must be of type date: \"2020-02-30\"\n"
          "b: Invalid value: \"::1\": b in body must be of type ipv4: \"::1\"" },
        { 20, SPEC("'a':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'}}"),
          "'a':['x','y','x','x']", "a[2]: Duplicate value: \"x\"" },
        { 20,
          SPEC("'a':{'type':'array','x-kubernetes-list-type':'map',"
               "'x-kubernetes-list-map-keys':['k','l'],'items':{'type':'object','properties':{"
               "'k':{'type':'string'},'l':{'type':'integer','default':1}}}}"),
          "'a':[{'k':'x'},{'k':'x','l':2},{'k':'x','l':1}]",
          "a[2]: Duplicate value: map[string]interface {}{\"k\":\"x\", \"l\":1}" },
        { 20,
          SPEC("'t':{'type':'object','x-kubernetes-embedded-resource':true,"
               "'x-kubernetes-preserve-unknown-fields':true}"),
          "'t':{'kind':'P d','metadata':{'name':'a/b'}}",
          "t.apiVersion: Required value: must not be empty\n"
          "t.kind: Invalid value: \"P d\": may have mixed case, but should otherwise match: a "
          "DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
          "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or "
          "'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')\n"
          "t.metadata.name: Invalid value: \"a/b\": may not contain '/'" },
        { 26, SPEC("'a':{'type':'string','maxLength':2}"), "'a':'abc'",
          "a: Too long: may not be longer than 2" },
        { 33, SPEC("'a':{'type':'string','maxLength':2}"), "'a':'abc'",
          "a: Too long: may not be more than 2 bytes" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Widget w;
        Err err;
        widget(rows[i].schema, "", rows[i].minor, &a, &w);
        Value object = parse(arena_cstr(&a, arena_printf(&a, "{" META ",%s}", rows[i].in)), &a);
        FieldErrors errs = field_errors_new_for(rows[i].minor, &a);
        /* not pruned of the nulls that are to be found */
        crd_default(w.version, &object, &a);
        crd_validate(&w.crd, w.version, &object, &errs);
        assert_string_equal(all_errors(&errs, &a), rows[i].errors);
        (void)err;
    }
    arena_done(&a);
}

static void keeps_old_duplicates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Widget w;
    widget(SPEC("'a':{'type':'array','x-kubernetes-list-type':'set','items':{'type':'string'}}"),
           "", 20, &a, &w);
    Value old = parse("{" META ",'a':['x','x']}", &a), fresh = parse("{" META ",'a':['x']}", &a);
    value_set_lit(value_get_lit(&old, "metadata"), "resourceVersion", value_str(STR("1")), &a);
    value_set_lit(value_get_lit(&fresh, "metadata"), "resourceVersion", value_str(STR("1")), &a);
    FieldErrors errs = field_errors_new(&a);
    crd_validate_update(&w.crd, w.version, &old, &old, &errs);
    assert_string_equal(all_errors(&errs, &a), "");
    crd_validate_update(&w.crd, w.version, &old, &fresh, &errs);
    assert_string_equal(all_errors(&errs, &a), "a[1]: Duplicate value: \"x\"");
    arena_done(&a);
}

static void scales(void **state)
{
    (void)state;
    static const char subresource[] =
        ",'subresources':{'scale':{'specReplicasPath':'.spec.n','statusReplicasPath':'.status.n',"
        "'labelSelectorPath':'.status.s'}}";
    Arena a;
    arena_init(&a, 0);
    Widget w;
    Err err;
    Value scale;
    widget("{'type':'object','x-kubernetes-preserve-unknown-fields':true}", subresource, 20, &a,
           &w);
    Value object = parse("{" META ",'spec':{'n':3},'status':{'n':2,'s':'a=b'}}", &a);
    assert_true(crd_scale_get(&w.crd, w.version, &object, &a, &scale, &err));
    assert_string_equal(printed(&scale, &a),
                        "{'kind':'Scale','apiVersion':'autoscaling/v1','metadata':{'name':'w',"
                        "'namespace':'n'},'spec':{'replicas':3},'status':{'replicas':2,"
                        "'selector':'a=b'}}");
    assert_true(crd_scale_put(w.version, 5, &object, &a, &err));
    assert_int_equal(value_get_int(value_get_lit(&object, "spec"), STR("n")).value, 5);
    object = parse("{" META ",'spec':{'n':'x'}}", &a);
    assert_false(crd_scale_get(&w.crd, w.version, &object, &a, &scale, &err));
    assert_string_equal(arena_cstr(&a, err.msg),
                        ".spec.n accessor error: x is of the type string, expected int64");
    FieldErrors errs = field_errors_new(&a);
    crd_validate(&w.crd, w.version, &object, &errs);
    assert_string_equal(all_errors(&errs, &a),
                        ".spec.n: Invalid value: 0: .spec.n accessor error: x is of the type "
                        "string, expected int64");
    object = parse("{" META "}", &a);
    assert_false(crd_scale_get(&w.crd, w.version, &object, &a, &scale, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_true(crd_scale_put(w.version, 1, &object, &a, &err));
    assert_string_equal(printed(value_get_lit(&object, "spec"), &a), "{'n':1}");
    arena_done(&a);
}

static void publishes(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        const char *v2;
        const char *v3;
    } rows[] = {
        { SPEC("'a':{'type':'string','enum':['x'],'default':'x'}"),
          SPEC("'a':{'type':'string','default':'x','enum':['x']}"),
          SPEC("'a':{'type':'string','default':'x','enum':['x']}") },
        { SPEC("'a':{'type':'object','nullable':true,'properties':{'b':{'type':'string'}}}"),
          SPEC("'a':{}"),
          SPEC("'a':{'type':'object','properties':{'b':{'type':'string'}},'nullable':true}") },
        { SPEC("'a':{'x-kubernetes-int-or-string':true}"),
          SPEC("'a':{'x-kubernetes-int-or-string':true}"),
          SPEC("'a':{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},{'type':"
               "'string'}]}") },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Widget w;
        widget(rows[i].schema, "", 24, &a, &w);
        Value v2 = crd_openapi_v2(&w.crd, w.version, &a);
        Value v3 = crd_openapi_v3(&w.crd, w.version, &a);
        assert_string_equal(printed(&v2, &a), rows[i].v2);
        assert_string_equal(printed(&v3, &a), rows[i].v3);
    }
    arena_done(&a);
}

static void warns_of_deprecated(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value definition = parse(
        "{'spec':{'group':'example.org','names':{'plural':'widgets','kind':'Widget'},'versions':["
        "{'name':'v1beta1','served':true,'deprecated':true},{'name':'v1alpha1','served':true},"
        "{'name':'v1','served':true},{'name':'v2','served':true,'storage':true},"
        "{'name':'v1beta2','deprecated':true,'deprecationWarning':'no more'}]}}",
        &a);
    KubeTarget target = kube_target(20);
    Crd crd;
    Err err;
    assert_true(crd_read(&definition, &target, &a, &crd, &err));
    assert_string_equal(arena_cstr(&a, crd_deprecation_warning(&crd, &crd.versions[0], &a)),
                        "example.org/v1beta1 Widget is deprecated; use example.org/v2 Widget");
    assert_null(crd_deprecation_warning(&crd, &crd.versions[1], &a).ptr);
    assert_string_equal(arena_cstr(&a, crd_deprecation_warning(&crd, &crd.versions[4], &a)),
                        "no more");
    assert_ptr_equal(crd_storage_version(&crd), &crd.versions[3]);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_and_defaults),
        cmocka_unit_test(tells_what_it_prunes),
        cmocka_unit_test(validates),
        cmocka_unit_test(keeps_old_duplicates),
        cmocka_unit_test(scales),
        cmocka_unit_test(publishes),
        cmocka_unit_test(warns_of_deprecated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
