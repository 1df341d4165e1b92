/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions as objects. */
#include "kube/crd/test_crd.h"

#define OBJECT "'type':'object'"

static Value prepared(Value definition, const Value *old, Arena *a)
{
    KubeTarget target = kube_target(20);
    Err err;
    assert_true(crd_definition_decode(&definition, &target, a, &err));
    crd_definition_default(&definition, a);
    crd_definition_prepare(&definition, old, a);
    return definition;
}

static const char *errors_of(const Value *definition, const Value *old, Arena *a)
{
    KubeTarget target = kube_target(20);
    FieldErrors errs = field_errors_new(a);
    crd_definition_validate(definition, old, STR("v1"), &target, &errs);
    return all_errors(&errs, a);
}

/* -- schemas ----------------------------------------------------------------------------------- */

#define AT "spec.validation.openAPIV3Schema"
#define PROPERTIES(text) "{" OBJECT ",'properties':{" text "}}"

static void schemas(void **state)
{
    (void)state;
    static const struct {
        const char *schema;
        const char *errors;
    } rows[] = {
        { "{" OBJECT "}", "" },
        { "{}", AT ".type: Required value: must not be empty at the root" },
        { "{'type':'string'}", AT ".type: Invalid value: \"string\": must be object at the root" },
        { "{" OBJECT ",'nullable':true}",
          AT ".nullable: Forbidden: nullable cannot be true at the root" },
        { PROPERTIES("'a':{}"),
          AT ".properties[a].type: Required value: must not be empty for specified object fields" },
        { PROPERTIES("'a':{'type':'foo'}"),
          AT ".properties[a].type: Unsupported value: \"foo\": supported values: \"array\", "
             "\"boolean\", \"integer\", \"number\", \"object\", \"string\"" },
        { PROPERTIES("'a':{'type':'array'}"),
          AT ".properties[a].items: Required value: must be specified" },
        { PROPERTIES("'a':{'type':'array','items':{}}"),
          AT ".properties[a].items.type: Required value: must not be empty for specified array "
             "items" },
        { PROPERTIES("'a':{'type':'string','uniqueItems':true}"),
          AT ".properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the "
             "runtime complexity becomes quadratic" },
        { PROPERTIES("'a':{'type':'object','$ref':'#/x'}"),
          AT ".properties[a].$ref: Forbidden: $ref is not supported" },
        { PROPERTIES("'a':{'type':'object','properties':{'b':{'type':'string'}},"
                     "'additionalProperties':false}"),
          AT ".properties[a].additionalProperties: Forbidden: additionalProperties and properties "
             "are mutual exclusive" },
        { "{" OBJECT ",'additionalProperties':{'type':'string'}}",
          AT ".additionalProperties: Forbidden: must not be used at the root" },
        { PROPERTIES("'a':{'type':'string','pattern':'('}"),
          AT ".properties[a].pattern: Invalid value: \"(\": must be a valid regular expression, "
             "but isn't: error parsing regexp: missing closing ): `(`" },
        { PROPERTIES("'metadata':{'type':'object','properties':{'labels':{'type':'object'}}}"),
          AT ".properties[metadata]: Forbidden: must not specify anything other than name and "
             "generateName, but metadata is implicitly specified" },
        { PROPERTIES("'metadata':{'type':'object','properties':{'name':{'type':'string'}}}"), "" },
        { PROPERTIES("'a':{'type':'string','anyOf':[{'type':'string','description':'x'}]}"),
          AT ".properties[a].anyOf[0].description: Forbidden: must be empty to be structural\n" AT
             ".properties[a].anyOf[0].type: Forbidden: must be empty to be structural" },
        { PROPERTIES("'a':{'x-kubernetes-int-or-string':true,'anyOf':[{'type':'integer'},"
                     "{'type':'string'}]}"),
          "" },
        { "{" OBJECT ",'oneOf':[{'properties':{'a':{'minLength':1}}}]}",
          AT ".properties[a]: Required value: because it is defined in " AT
             ".oneOf[0].properties[a]" },
        { PROPERTIES("'a':{'type':'object','x-kubernetes-preserve-unknown-fields':false}"),
          AT ".properties[a].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be "
             "true or undefined" },
        { PROPERTIES("'a':{'type':'object','x-kubernetes-embedded-resource':true}"),
          AT ".properties[a].properties: Required value: must not be empty if "
             "x-kubernetes-embedded-resource is true without "
             "x-kubernetes-preserve-unknown-fields" },
        { PROPERTIES("'a':{'type':'string','x-kubernetes-list-type':'set'}"),
          AT ".properties[a].type: Invalid value: \"string\": must be array if "
             "x-kubernetes-list-type is specified" },
        { PROPERTIES("'a':{'type':'array','items':{'type':'string'},'x-kubernetes-list-type':"
                     "'x'}"),
          AT ".properties[a].x-kubernetes-list-type: Unsupported value: \"x\": supported values: "
             "\"atomic\", \"set\", \"map\"" },
        { PROPERTIES("'a':{'type':'array','items':{'type':'object','properties':{'k':{'type':"
                     "'string'}}},'x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':["
                     "'k','z']}"),
          AT ".properties[a].x-kubernetes-list-map-keys: Invalid value: []string{\"k\", \"z\"}: "
             "entries must all be names of item properties\n" AT
             ".properties[a].items.properties[k].default: Required value: this property is in "
             "x-kubernetes-list-map-keys, so it must have a default or be a required property" },
        { PROPERTIES("'a':{'type':'integer','default':'x'}"),
          AT ".properties[a].default: Invalid value: \"string\": " AT "x" },
        { PROPERTIES("'a':{'type':'object','default':{'b':1}}"),
          AT ".properties[a].default: Invalid value: map[string]interface {}{\"b\":1}: must not "
             "have unknown fields" },
        { PROPERTIES("'kind':{'type':'string','default':'x'}"),
          AT ".properties[kind].default: Forbidden: must not be set in top-level kind" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value definition = prepared(widget_definition(rows[i].schema, "", &a), NULL, &a);
        const char *found = errors_of(&definition, NULL, &a);
        if (strstr(rows[i].errors, AT "x")) { /* says the place twice, once without a root */
            assert_string_equal(found,
                                AT ".properties[a].default: Invalid value: \"string\":  in body "
                                   "must be of type integer: \"string\"");
            continue;
        }
        assert_string_equal(found, rows[i].errors);
    }
    arena_done(&a);
}

/* -- the rest of the spec ---------------------------------------------------------------------- */

static void specs(void **state)
{
    (void)state;
    static const struct {
        const char *where; /* path to a member, by dots */
        const char *value; /* its new value */
        const char *errors;
    } rows[] = {
        { "metadata.name", "'wrong'",
          "metadata.name: Invalid value: \"wrong\": must be spec.names.plural+\".\"+spec.group" },
        { "spec.scope", "'Galaxy'",
          "spec.scope: Unsupported value: \"Galaxy\": supported values: \"Cluster\", "
          "\"Namespaced\"" },
        { "spec.scope", "''", "spec.scope: Required value" },
        { "spec.names.shortNames", "['W']",
          "spec.names.shortNames[0]: Invalid value: \"W\": a DNS-1035 label must consist of lower "
          "case alphanumeric characters or '-', start with an alphabetic character, and end with "
          "an "
          "alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
          "'[a-z]([-a-z0-9]*[a-z0-9])?')" },
        { "spec.names.listKind", "'Widget'",
          "spec.names.listKind: Invalid value: \"Widget\": kind and listKind may not be the same" },
        { "spec.preserveUnknownFields", "true",
          "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set "
          "x-preserve-unknown-fields to true in spec.versions[*].schema instead" },
        { "spec.conversion", "{'strategy':'Webhook'}",
          "spec.conversion.webhookClientConfig: Required value: required when strategy is set to "
          "Webhook\nspec.conversion.conversionReviewVersions: Required value" },
        { "spec.conversion",
          "{'strategy':'Webhook','webhook':{'clientConfig':{},'conversionReviewVersions':['v2']}}",
          "spec.conversion.webhookClientConfig: Required value: exactly one of url or service is "
          "required\nspec.conversion.conversionReviewVersions: Invalid value: []string{\"v2\"}: "
          "must include at least one of v1, v1beta1" },
        { "spec.versions",
          "[{'name':'v1','served':true,'storage':false,'schema':{'openAPIV3Schema':{'type':"
          "'object'}}}]",
          "spec.versions: Invalid value: "
          "[]apiextensions.CustomResourceDefinitionVersion{apiextensions."
          "CustomResourceDefinitionVersion{Name:\"v1\", Served:true, Storage:false, "
          "Deprecated:false, DeprecationWarning:(*string)(nil), "
          "Schema:(*apiextensions.CustomResourceValidation)(nil), "
          "Subresources:(*apiextensions.CustomResourceSubresources)(nil), "
          "AdditionalPrinterColumns:[]apiextensions.CustomResourceColumnDefinition(nil)}}: must "
          "have exactly one version marked as storage version\nstatus.storedVersions: Invalid "
          "value: []string(nil): must have at least one stored version" },
        { "spec.versions", "[{'name':'v1','served':true,'storage':true}]",
          "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required" },
        { "spec.versions",
          "[{'name':'v1','served':true,'storage':true,'deprecationWarning':'x','schema':{"
          "'openAPIV3Schema':{'type':'object'}},'subresources':{'scale':{'specReplicasPath':"
          "'.a','statusReplicasPath':''}},'additionalPrinterColumns':[{'name':'','type':'x',"
          "'jsonPath':'a'}]}]",
          "spec.versions[0].deprecationWarning: Invalid value: \"x\": can only be set for "
          "deprecated "
          "versions\nspec.subresources.scale.specReplicasPath: Invalid value: \".a\": should be a "
          "json path under .spec\nspec.subresources.scale.statusReplicasPath: Required value\n"
          "spec.additionalPrinterColumns[0].name: Required value\n"
          "spec.additionalPrinterColumns[0].type: Invalid value: \"x\": must be one of "
          "boolean,date,integer,number,string\nspec.additionalPrinterColumns[0].JSONPath: Invalid "
          "value: \"a\": must be a simple json path starting with ." },
        { "spec.group", "'example'",
          "metadata.name: Invalid value: \"widgets.example.org\": must be "
          "spec.names.plural+\".\"+spec.group\nspec.group: Invalid value: \"example\": should be a "
          "domain with at least one dot" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value definition = widget_definition("{" OBJECT "}", "", &a), *at = &definition;
        Str rest = str_from_c(rows[i].where), key;
        while (str_next_piece(&rest, '.', &key) && rest.ptr && rest.len) {
            at = value_get(at, key);
        }
        value_set(at, key, parse(rows[i].value, &a), &a);
        definition = prepared(definition, NULL, &a);
        assert_string_equal(errors_of(&definition, NULL, &a), rows[i].errors);
    }
    arena_done(&a);
}

static void protected_groups(void **state)
{
    (void)state;
    static const struct {
        const char *group;
        const char *annotations;
        bool fine;
    } rows[] = {
        { "x.k8s.io", "{}", false },
        { "x.k8s.io", "{'api-approved.kubernetes.io':'https://a.b/c'}", true },
        { "x.k8s.io", "{'api-approved.kubernetes.io':'unapproved, a test'}", true },
        { "x.kubernetes.io", "{'api-approved.kubernetes.io':'yes'}", false },
        { "xk8s.io", "{}", true },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value definition = widget_definition("{" OBJECT "}", "", &a);
        Value *metadata = value_get_lit(&definition, "metadata");
        Str group = str_from_c(rows[i].group);
        value_set_lit(value_get_lit(&definition, "spec"), "group", value_str(group), &a);
        value_set_lit(metadata, "name", value_str(arena_concat(&a, STR("widgets."), group)), &a);
        value_set_lit(metadata, "annotations", parse(rows[i].annotations, &a), &a);
        definition = prepared(definition, NULL, &a);
        const char *found = errors_of(&definition, NULL, &a);
        assert_int_equal(strncmp(found, "metadata.annotations[api-approved.kubernetes.io]", 48) ==
                             0,
                         !rows[i].fine);
    }
    arena_done(&a);
}

static void updates(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value old = prepared(widget_definition("{" OBJECT "}", "", &a), NULL, &a);
    value_set_lit(value_get_lit(&old, "metadata"), "resourceVersion", value_str(STR("1")), &a);
    Value status = parse("{'conditions':[{'type':'Established','status':'True'}],'acceptedNames':{"
                         "'plural':'widgets','kind':'Widget'},'storedVersions':['v1']}",
                         &a);
    value_set_lit(&old, "status", status, &a);
    Value changed = value_copy(&old, &a);
    value_set_lit(value_get_lit(&changed, "spec"), "scope", value_str(STR("Cluster")), &a);
    changed = prepared(changed, &old, &a);
    assert_int_equal(value_get_int(value_get_lit(&changed, "metadata"), STR("generation")).value,
                     2);
    assert_string_equal(errors_of(&changed, &old, &a),
                        "spec.scope: Invalid value: \"Cluster\": field is immutable");
    Value same = prepared(value_copy(&old, &a), &old, &a);
    assert_int_equal(value_get_int(value_get_lit(&same, "metadata"), STR("generation")).value, 1);
    assert_string_equal(errors_of(&same, &old, &a), "");
    arena_done(&a);
}

static void versions(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value v1 = prepared(
        widget_definition("{" OBJECT "}",
                          ",'additionalPrinterColumns':[{'name':'A','type':'string','jsonPath':"
                          "'.a'}]",
                          &a),
        NULL, &a);
    assert_string_equal(
        printed(value_get_lit(&v1, "spec"), &a),
        "{'group':'example.org','scope':'Namespaced','names':{'plural':'widgets','kind':'Widget',"
        "'singular':'widget','listKind':'WidgetList'},'versions':[{'name':'v1','served':true,"
        "'storage':true,'schema':{'openAPIV3Schema':{'type':'object'}},'additionalPrinterColumns':["
        "{'name':'A','type':'string','jsonPath':'.a'}]}],'conversion':{'strategy':'None'}}");
    assert_string_equal(printed(value_get_lit(&v1, "status"), &a),
                        "{'conditions':null,'acceptedNames':{'plural':'','kind':''},"
                        "'storedVersions':['v1']}");
    Value beta = crd_definition_convert(&v1, STR("apiextensions.k8s.io/v1beta1"), &a);
    assert_string_equal(
        printed(value_get_lit(&beta, "spec"), &a),
        "{'group':'example.org','version':'v1','names':{'plural':'widgets','kind':'Widget',"
        "'singular':'widget','listKind':'WidgetList'},'scope':'Namespaced','validation':{"
        "'openAPIV3Schema':{'type':'object'}},'versions':[{'name':'v1','served':true,'storage':"
        "true}],'additionalPrinterColumns':[{'name':'A','type':'string','JSONPath':'.a'}],"
        "'conversion':{'strategy':'None'},'preserveUnknownFields':false}");
    Value back = crd_definition_convert(&beta, STR("apiextensions.k8s.io/v1"), &a);
    assert_true(value_equal(&back, &v1));
    Value old = parse(
        "{'apiVersion':'apiextensions.k8s.io/v1beta1','spec':{'group':'a.b','version':"
        "'v2','names':{'plural':'ws','kind':'W'}}}",
        &a);
    crd_definition_default(&old, &a);
    assert_string_equal(
        printed(value_get_lit(&old, "spec"), &a),
        "{'group':'a.b','version':'v2','names':{'plural':'ws','kind':'W','singular':'w','listKind':"
        "'WList'},'versions':[{'name':'v2','served':true,'storage':true}],"
        "'preserveUnknownFields':true,'scope':'Namespaced','conversion':{'strategy':'None'}}");
    arena_done(&a);
}

static void orders_schemas(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    KubeTarget target = kube_target(20);
    Err err;
    Value definition = widget_definition(
        "{'properties':{'b':{'x-kubernetes-list-map-keys':['k'],'enum':['z'],'default':{'y':1,"
        "'x':2},'type':'string','nullable':false,'unknown':1},'a':{'items':null}},'type':'object',"
        "'required':[]}",
        "", &a);
    assert_true(crd_definition_decode(&definition, &target, &a, &err));
    const Value *version = value_item(value_at(&definition, "spec", "versions", NULL), 0);
    assert_string_equal(printed(value_at(version, "schema", "openAPIV3Schema", NULL), &a),
                        "{'type':'object','properties':{'a':{},'b':{'type':'string','default':{"
                        "'x':2,'y':1},'enum':['z'],'x-kubernetes-list-map-keys':['k']}}}");
    definition = widget_definition("{'type':5}", "", &a);
    assert_false(crd_definition_decode(&definition, &target, &a, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemas), cmocka_unit_test(specs),    cmocka_unit_test(protected_groups),
        cmocka_unit_test(updates), cmocka_unit_test(versions), cmocka_unit_test(orders_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
