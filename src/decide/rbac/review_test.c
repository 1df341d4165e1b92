/* SPDX-License-Identifier: Apache-2.0 */
/* SubjectAccessReviews and SelfSubjectRulesReviews: answers and refusals. */
#include "decide/rbac/review.h"

#include "decide/rbac/test_cluster.h"
#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static const char cluster_json[] =
    "[{'kind':'ClusterRole','metadata':{'name':'r'},'rules':[{'verbs':['get'],'apiGroups':[''],"
    "'resources':['pods'],'resourceNames':['a']},{'verbs':['get'],'nonResourceURLs':['/x']}]},"
    "{'kind':'ClusterRoleBinding','metadata':{'name':'b'},'roleRef':{'kind':'ClusterRole','name':"
    "'r'},'subjects':[{'kind':'User','name':'u'},{'kind':'Group','name':'g'}]},"
    "{'kind':'RoleBinding','metadata':{'name':'c','namespace':'n'},'roleRef':{'kind':'Role','name':"
    "'gone'},'subjects':[{'kind':'User','name':'u'}]}]";

#define BY_USER                                                                                    \
    "{\"allowed\":true,\"reason\":\"RBAC: allowed by ClusterRoleBinding \\\"b\\\" of ClusterRole " \
    "\\\"r\\\" to User \\\"u\\\"\"}"
#define BY_GROUP                                                                                   \
    "{\"allowed\":true,\"reason\":\"RBAC: allowed by ClusterRoleBinding \\\"b\\\" of ClusterRole " \
    "\\\"r\\\" to Group \\\"g\\\"\"}"
#define EMPTY_METADATA                                                                             \
    "v1.ObjectMeta{Name:\"x\", GenerateName:\"\", Namespace:\"\", SelfLink:\"\", UID:\"\", "       \
    "ResourceVersion:\"\", Generation:0, CreationTimestamp:v1.Time{Time:time.Time{wall:0x0, "      \
    "ext:0, loc:(*time.Location)(nil)}}, DeletionTimestamp:(*v1.Time)(nil), "                      \
    "DeletionGracePeriodSeconds:(*int64)(nil), Labels:map[string]string{\"a\":\"1\", "             \
    "\"b\":\"2\"}, Annotations:map[string]string(nil), OwnerReferences:[]v1.OwnerReference(nil), " \
    "Finalizers:[]string(nil), ClusterName:\"\", ManagedFields:[]v1.ManagedFieldsEntry(nil)}"

static const struct {
    const char *kind;
    const char *namespace;
    const char *object;
    int code;         /* 0 when it is answered */
    const char *want; /* the status, or the message */
} rows[] = {
    { "SubjectAccessReview", "",
      "{'spec':{'user':'u','resourceAttributes':{'verb':'get','resource':'pods','name':'a'}}}", 0,
      BY_USER },
    { "SubjectAccessReview", "",
      "{'apiVersion':'authorization.k8s.io/v1','spec':{'groups':['g'],'nonResourceAttributes':"
      "{'verb':'get','path':'/x'}}}",
      0, BY_GROUP },
    { "SubjectAccessReview", "",
      "{'apiVersion':'authorization.k8s.io/v1beta1','spec':{'group':['g'],'nonResourceAttributes':"
      "{'verb':'get','path':'/x'}}}",
      0, BY_GROUP },
    { "SubjectAccessReview", "",
      "{'spec':{'user':'nobody','resourceAttributes':{'verb':'get','resource':'pods'}}}", 0,
      "{\"allowed\":false}" },
    { "SubjectAccessReview", "",
      "{'spec':{'user':'u','resourceAttributes':{'verb':'get','resource':'nodes','namespace':'n'}}"
      "}",
      0,
      "{\"allowed\":false,\"reason\":\"RBAC: role.rbac.authorization.k8s.io \\\"gone\\\" not "
      "found\"}" },
    { "SubjectAccessReview", "", "{'spec':{}}", 422,
      ".authorization.k8s.io \"\" is invalid: [spec.resourceAttributes: Invalid value: \"null\": "
      "exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: "
      "Invalid value: \"\": at least one of user or group must be specified]" },
    { "SubjectAccessReview", "", "{}", 422,
      ".authorization.k8s.io \"\" is invalid: [spec.resourceAttributes: Invalid value: \"null\": "
      "exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: "
      "Invalid value: \"\": at least one of user or group must be specified]" },
    { "SubjectAccessReview", "",
      "{'spec':{'user':'u','resourceAttributes':{},'nonResourceAttributes':{'path':'/x','verb':"
      "'get'}}}",
      422,
      ".authorization.k8s.io \"\" is invalid: spec.nonResourceAttributes: Invalid value: "
      "authorization.NonResourceAttributes{Path:\"/x\", Verb:\"get\"}: cannot be specified in "
      "combination with resourceAttributes" },
    { "SubjectAccessReview", "",
      "{'metadata':{'name':'x','labels':{'b':'2','a':'1'}},'spec':{'user':'u',"
      "'resourceAttributes':{}}}",
      422,
      ".authorization.k8s.io \"\" is invalid: metadata: Invalid value: " EMPTY_METADATA
      ": must be empty" },
    { "SubjectAccessReview", "",
      "{'metadata':{'name':'','creationTimestamp':null,'managedFields':[{}]},'spec':{'user':'u',"
      "'resourceAttributes':{'verb':'x'}}}",
      0, "{\"allowed\":false}" },
    { "SelfSubjectAccessReview", "",
      "{'spec':{'user':'nobody','nonResourceAttributes':{'verb':'get','path':'/x'}}}", 0, BY_USER },
    { "SelfSubjectAccessReview", "", "{'spec':{}}", 422,
      ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: \"null\": "
      "exactly one of nonResourceAttributes or resourceAttributes must be specified" },
    { "LocalSubjectAccessReview", "n",
      "{'metadata':{'namespace':'n'},'spec':{'user':'u','resourceAttributes':{'namespace':'n',"
      "'verb':'get','resource':'pods','name':'a'}}}",
      0, BY_USER },
    { "LocalSubjectAccessReview", "n",
      "{'metadata':{'namespace':'n','uid':'1'},'spec':{'user':'u','resourceAttributes':{'namespace'"
      ":"
      "'m'},'nonResourceAttributes':{}}}",
      422,
      ".authorization.k8s.io \"\" is invalid: [spec.nonResourceAttributes: Invalid value: "
      "authorization.NonResourceAttributes{Path:\"\", Verb:\"\"}: cannot be specified in "
      "combination "
      "with resourceAttributes, metadata: Invalid value: v1.ObjectMeta{Name:\"\", "
      "GenerateName:\"\", "
      "Namespace:\"n\", SelfLink:\"\", UID:\"1\", ResourceVersion:\"\", Generation:0, "
      "CreationTimestamp:v1.Time{Time:time.Time{wall:0x0, ext:0, loc:(*time.Location)(nil)}}, "
      "DeletionTimestamp:(*v1.Time)(nil), DeletionGracePeriodSeconds:(*int64)(nil), "
      "Labels:map[string]string(nil), Annotations:map[string]string(nil), "
      "OwnerReferences:[]v1.OwnerReference(nil), Finalizers:[]string(nil), ClusterName:\"\", "
      "ManagedFields:[]v1.ManagedFieldsEntry(nil)}: must be empty except for namespace, "
      "spec.resourceAttributes.namespace: Invalid value: \"m\": must match metadata.namespace, "
      "spec.nonResourceAttributes: Invalid value: authorization.NonResourceAttributes{Path:\"\", "
      "Verb:\"\"}: disallowed on this kind of request]" },
    { "LocalSubjectAccessReview", "m",
      "{'metadata':{'namespace':'n'},'spec':{'user':'u','resourceAttributes':{'namespace':'n'}}}",
      400, "spec.resourceAttributes.namespace must match namespace: m" },
    { "SelfSubjectRulesReview", "", "{'spec':{}}", 400, "no namespace on request" },
    { "SelfSubjectRulesReview", "", "{'spec':{'namespace':'n'}}", 0,
      "{\"resourceRules\":[{\"verbs\":[\"get\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\"],"
      "\"resourceNames\":[\"a\"]}],\"nonResourceRules\":[{\"verbs\":[\"get\"],\"nonResourceURLs\":"
      "[\"/x\"]}],\"incomplete\":false,\"evaluationError\":\"role.rbac.authorization.k8s.io "
      "\\\"gone\\\" not found\"}" },
    { "SelfSubjectRulesReview", "", "{'spec':{'namespace':'elsewhere'}}", 0,
      "{\"resourceRules\":[{\"verbs\":[\"get\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\"],"
      "\"resourceNames\":[\"a\"]}],\"nonResourceRules\":[{\"verbs\":[\"get\"],\"nonResourceURLs\":"
      "[\"/x\"]}],\"incomplete\":false}" },
};

static void reviews(void **state)
{
    (void)state;
    TestCluster c;
    test_cluster_init(&c);
    test_cluster_add(&c, cluster_json);
    UserInfo user = { .name = STR("u") };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value object = test_json(&c.arena, rows[i].object), out;
        RbacReview review = { &user, str_from_c(rows[i].kind), str_from_c(rows[i].namespace),
                              &object };
        Status refusal = { 0 };
        Str got;
        if (rbac_review(&c.facts, &review, &c.arena, &out, &refusal)) {
            Buf b = buf_new(&c.arena);
            json_write(value_get_lit(&out, "status"), &b);
            got = buf_str(&b);
            assert_null(value_get_lit(&object, "status"));
        } else {
            got = refusal.message;
        }
        if (refusal.code != rows[i].code || !str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("row %zu: got %d %.*s", i, refusal.code, STR_ARG(got));
        }
    }
    test_cluster_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reviews) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
