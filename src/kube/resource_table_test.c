/* SPDX-License-Identifier: Apache-2.0 */
/* What is served of resources, and how they are stored, over versions. */
#include "kube/resource_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static KubeKind find(const char *api_version, const char *kind)
{
    KubeKind k = { 0 };
    if (!kube_kind_find(str_from_c(api_version), str_from_c(kind), &k)) {
        fail_msg("no %s %s", api_version, kind);
    }
    return k;
}

static Str verbs_text(unsigned verbs, Arena *a)
{
    Buf b = buf_new(a);
    for (int i = 0; i < RESOURCE_VERB_COUNT; i++) {
        if (verbs & 1u << i) {
            buf_printf(&b, "%s%.*s", b.len ? "," : "", STR_ARG(resource_verb_name(i)));
        }
    }
    return buf_str(&b);
}

#define ALL_VERBS "create,delete,deletecollection,get,list,patch,update,watch"
#define PART "get,patch,update"

static const struct {
    int minor;
    const char *api_version;
    const char *kind;
    const char *entries; /* subresource (or -): apiVersion kind verbs; one a line */
} entry_rows[] = {
    { 20, "v1", "ConfigMap", "-: v1 ConfigMap " ALL_VERBS "\n" },
    { 20, "v1", "Binding", "-: v1 Binding create\n" },
    { 20, "v1", "Namespace",
      "-: v1 Namespace create,delete,get,list,patch,update,watch\nfinalize: v1 Namespace update\n"
      "status: v1 Namespace " PART "\n" },
    { 20, "v1", "Service",
      "-: v1 Service create,delete,get,list,patch,update,watch\n"
      "proxy: v1 ServiceProxyOptions create,delete,get,patch,update\nstatus: v1 Service " PART
      "\n" },
    { 25, "v1", "Service",
      "-: v1 Service " ALL_VERBS "\nproxy: v1 ServiceProxyOptions create,delete,get,patch,update\n"
      "status: v1 Service " PART "\n" },
    { 20, "v1", "Pod",
      "-: v1 Pod " ALL_VERBS
      "\nattach: v1 PodAttachOptions create,get\nbinding: v1 Binding create\n"
      "eviction: policy/v1beta1 Eviction create\nexec: v1 PodExecOptions create,get\n"
      "log: v1 Pod get\nportforward: v1 PodPortForwardOptions create,get\n"
      "proxy: v1 PodProxyOptions create,delete,get,patch,update\nstatus: v1 Pod " PART "\n" },
    { 32, "v1", "Pod",
      "-: v1 Pod " ALL_VERBS
      "\nattach: v1 PodAttachOptions create,get\nbinding: v1 Binding create\n"
      "ephemeralcontainers: v1 Pod " PART "\n"
      "eviction: policy/v1 Eviction create\nexec: v1 PodExecOptions create,get\n"
      "log: v1 Pod get\nportforward: v1 PodPortForwardOptions create,get\n"
      "proxy: v1 PodProxyOptions create,delete,get,patch,update\nresize: v1 Pod " PART "\n"
      "status: v1 Pod " PART "\n" },
    { 20, "apps/v1", "Deployment",
      "-: apps/v1 Deployment " ALL_VERBS "\nscale: autoscaling/v1 Scale " PART
      "\nstatus: apps/v1 Deployment " PART "\n" },
    { 20, "storage.k8s.io/v1", "VolumeAttachment",
      "-: storage.k8s.io/v1 VolumeAttachment " ALL_VERBS
      "\nstatus: storage.k8s.io/v1 VolumeAttachment " PART "\n" },
    { 20, "storage.k8s.io/v1beta1", "VolumeAttachment",
      "-: storage.k8s.io/v1beta1 VolumeAttachment " ALL_VERBS "\n" },
};

static void entries(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(entry_rows); i++) {
        KubeTarget target = kube_target(entry_rows[i].minor);
        KubeKind k = find(entry_rows[i].api_version, entry_rows[i].kind);
        ResourceEntry found[RESOURCE_ENTRIES_MAX];
        size_t count = resource_entries(&k, &target, found);
        Buf b = buf_new(&a);
        for (size_t n = 0; n < count; n++) {
            const ResourceEntry *e = &found[n];
            Str verbs = verbs_text(e->verbs, &a);
            buf_printf(&b, "%.*s: %.*s %.*s %.*s\n",
                       STR_ARG(e->subresource.len ? e->subresource : STR("-")),
                       STR_ARG(e->api_version), STR_ARG(e->kind), STR_ARG(verbs));
            assert_int_equal(e->is_other_group, !str_eq(e->api_version, k.api_version));
            ResourceEntry same;
            assert_true(resource_find(&k, e->subresource, &target, &same));
            assert_true(str_eq(same.kind, e->kind));
        }
        assert_string_equal(arena_cstr(&a, buf_str(&b)), entry_rows[i].entries);
    }
    arena_done(&a);
}

static const struct {
    int minor;
    const char *api_version;
    const char *kind;
    bool served;
} served_rows[] = {
    { 20, "v1", "Pod", true },
    { 20, "v1", "PodList", false },
    { 20, "policy/v1beta1", "PodSecurityPolicy", true },
    { 36, "policy/v1beta1", "PodSecurityPolicy", true },
    { 36, "policy/v1beta1", "PodDisruptionBudget", false },
    { 20, "rbac.authorization.k8s.io/v1alpha1", "Role", false },
    { 20, "flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", true },
    { 28, "flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", true },
    { 28, "admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", false },
    { 32, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", true },
    { 32, "resource.k8s.io/v1beta1", "ResourceClaim", false },
};

static void served(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(served_rows); i++) {
        KubeTarget target = kube_target(served_rows[i].minor);
        KubeKind k = find(served_rows[i].api_version, served_rows[i].kind);
        if (resource_is_served(&k, &target) != served_rows[i].served) {
            fail_msg("1.%d %s %s", served_rows[i].minor, served_rows[i].api_version,
                     served_rows[i].kind);
        }
    }
}

static const struct {
    int minor;
    const char *api_version;
    const char *kind;
    const char *stored;
    const char *hash;
} stored_rows[] = {
    { 20, "v1", "Pod", "v1", "xPOwRZ+Yhw8=" },
    { 20, "apps/v1", "Deployment", "apps/v1", "8aSe+NMegvE=" },
    { 20, "events.k8s.io/v1", "Event", "v1", "r2yiGXH7wu8=" },
    { 20, "policy/v1beta1", "PodSecurityPolicy", "policy/v1beta1", "khBLobUXkqA=" },
    { 20, "policy/v1beta1", "PodDisruptionBudget", "policy/v1beta1", "6BGBu0kpHtk=" },
    { 20, "apiextensions.k8s.io/v1", "CustomResourceDefinition", "apiextensions.k8s.io/v1beta1",
      "jfWCUB31mvA=" },
    { 20, "apiregistration.k8s.io/v1", "APIService", "apiregistration.k8s.io/v1beta1",
      "C+s2HXXP47k=" },
    { 20, "extensions/v1beta1", "Ingress", "networking.k8s.io/v1beta1", NULL },
    { 20, "batch/v1beta1", "CronJob", "batch/v1beta1", NULL },
    { 28, "batch/v1", "CronJob", "batch/v1", "sd5LIXh4Fjs=" },
    { 20, "autoscaling/v2beta2", "HorizontalPodAutoscaler", "autoscaling/v1", NULL },
    { 28, "autoscaling/v1", "HorizontalPodAutoscaler", "autoscaling/v2", "qwQve8ut294=" },
    { 28, "policy/v1", "PodDisruptionBudget", "policy/v1", "EVWiDmWqyJw=" },
    { 36, "discovery.k8s.io/v1", "EndpointSlice", "discovery.k8s.io/v1", NULL },
};

static void storage(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(stored_rows); i++) {
        KubeTarget target = kube_target(stored_rows[i].minor);
        KubeKind k = find(stored_rows[i].api_version, stored_rows[i].kind);
        KubeKind stored = resource_stored_kind(&k, &target);
        assert_true(resource_is_stored(&k, &target));
        assert_string_equal(arena_cstr(&a, stored.api_version), stored_rows[i].stored);
        Str hash = resource_storage_hash(stored.group, stored.version, stored.kind, &a);
        if (stored_rows[i].hash) {
            assert_string_equal(arena_cstr(&a, hash), stored_rows[i].hash);
        }
    }
    KubeTarget target = kube_target(20);
    KubeKind review = find("authentication.k8s.io/v1", "TokenReview");
    assert_false(resource_is_stored(&review, &target));
    KubeKind status = find("v1", "ComponentStatus");
    assert_false(resource_is_stored(&status, &target));
    arena_done(&a);
}

static void orders(void **state)
{
    (void)state;
    static const char *const groups[] = { "",
                                          "apps",
                                          "events.k8s.io",
                                          "networking.k8s.io",
                                          "extensions",
                                          "policy",
                                          "admissionregistration.k8s.io",
                                          "apiextensions.k8s.io",
                                          "a.example",
                                          "b.example" };
    for (size_t i = 0; i + 1 < COUNT_OF(groups); i++) {
        assert_true(resource_group_cmp(str_from_c(groups[i]), str_from_c(groups[i + 1])) < 0);
        assert_true(resource_group_cmp(str_from_c(groups[i + 1]), str_from_c(groups[i])) > 0);
    }
    static const char *const versions[] = { "v2", "v1", "v2beta1", "v2beta2" };
    for (size_t i = 0; i + 1 < COUNT_OF(versions); i++) {
        assert_true(resource_version_cmp(STR("autoscaling"), str_from_c(versions[i]),
                                         str_from_c(versions[i + 1])) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries),
        cmocka_unit_test(served),
        cmocka_unit_test(storage),
        cmocka_unit_test(orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
