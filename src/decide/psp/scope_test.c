/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests the plugin looks at. */
#include "decide/psp/psp.h"

#include "decide/psp/test_psp.h"

typedef struct ScopeRow {
    const char *name;
    const char *object;
    const char *old; /* NULL for a create */
    const char *subresource;
    int minor;
    bool want;
} ScopeRow;

static const ScopeRow rows[] = {
    { "create", "{}", NULL, "", 20, true },
    { "a subresource", "{}", NULL, "binding", 20, false },
    { "a subresource, newest", "{}", NULL, "eviction", 37, false },
    { "the status", "{}", "{'a':1}", "status", 37, false },
    { "ephemeral containers, 1.20", "{}", "{'a':1}", "ephemeralcontainers", 20, false },
    { "ephemeral containers, 1.22", "{}", "{'a':1}", "ephemeralcontainers", 22, false },
    { "ephemeral containers, 1.23", "{}", "{'a':1}", "ephemeralcontainers", 23, true },
    { "ephemeral containers, newest", "{}", "{'a':1}", "ephemeralcontainers", 37, true },
    { "no change", "{'metadata':{'name':'p'}}", "{'metadata':{'name':'p'}}", "", 20, false },
    { "a label", "{'metadata':{'labels':{'a':'b'}}}", "{'metadata':{}}", "", 20, true },
    { "an image", "{'spec':{'containers':[{'image':'a'}]}}",
      "{'spec':{'containers':[{'image':'b'}]}}", "", 20, true },
    { "one container more", "{'spec':{'containers':[{'image':'a'},{'image':'a'}]}}",
      "{'spec':{'containers':[{'image':'a'}]}}", "", 20, true },
    { "owner references", "{'metadata':{'name':'p','ownerReferences':[{'uid':'1'}]}}",
      "{'metadata':{'name':'p'}}", "", 20, false },
    { "finalizers go", "{'metadata':{'name':'p'}}",
      "{'metadata':{'name':'p','finalizers':['a/b']}}", "", 20, false },
    { "managed fields", "{'metadata':{'managedFields':[{'manager':'x'}]}}",
      "{'metadata':{'managedFields':[{'manager':'y'}]}}", "", 20, false },
    { "finalizers and a label", "{'metadata':{'labels':{'a':'b'}}}",
      "{'metadata':{'finalizers':['a/b']}}", "", 20, true },
    { "an annotation goes", "{'metadata':{'annotations':{}}}",
      "{'metadata':{'annotations':{'a':'b'}}}", "", 20, true },
    { "empty is unset",
      "{'metadata':{'labels':{}},'spec':{'containers':[{'ports':[]}],'tolerations':null}}",
      "{'metadata':{},'spec':{'containers':[{}]}}", "", 20, false },
    { "one empty list fewer", "{'spec':{'containers':[{'a':1}]}}",
      "{'spec':{'containers':[{'a':1,'b':[]}]}}", "", 20, false },
    { "an empty object is not unset", "{'spec':{'securityContext':{}}}", "{'spec':{}}", "", 20,
      true },
    { "false is not unset", "{'spec':{'shareProcessNamespace':false}}", "{'spec':{}}", "", 20,
      true },
    { "members in another order", "{'spec':{'a':1,'b':{'c':'d','e':'f'}}}",
      "{'spec':{'b':{'e':'f','c':'d'},'a':1}}", "", 20, false },
    { "no stored object", "{'metadata':{'name':'p'}}", "null", "", 20, true },
};

static void test_scope(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        KubeTarget target = kube_target(rows[i].minor);
        Value object = psp_test_json(&a, rows[i].object);
        Value old = psp_test_json(&a, rows[i].old ? rows[i].old : "null");
        PspScope scope = { .is_update = rows[i].old,
                           .subresource = str_from_c(rows[i].subresource),
                           .object = &object,
                           .old = &old,
                           .target = &target };
        if (psp_looks_at(&scope) != rows[i].want) {
            fail_msg("%s", rows[i].name);
        }
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_scope) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
