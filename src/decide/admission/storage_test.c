/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins that care for claims and volumes, and what quotas are told of what is admitted. */
#include "decide/admission/test_admission.h"

#define CLAIM(meta, spec)                                                           \
    "{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'name':'x'" meta \
    "},'spec':{" spec "}}"
#define CLASS(name, mark, time)                                                         \
    "{'apiVersion':'storage.k8s.io/v1','kind':'StorageClass','metadata':{'name':'" name \
    "','creationTimestamp':'" time "','annotations':{'storageclass." mark "':'true'}}}"
#define IS_DEFAULT "kubernetes.io/is-default-class"

static void claims(void **state)
{
    (void)state;
    static const char one[] = "[" CLASS("slow", "x", "") "," CLASS("fast", IS_DEFAULT, "") "]";
    static const char beta[] = "[" CLASS("old", "beta." IS_DEFAULT, "") "]";
    static const char two[] = "[" CLASS("a", IS_DEFAULT, "2021-01-01T00:00:00Z") "," CLASS(
        "b", IS_DEFAULT, "2022-01-01T00:00:00Z") "]";
    static const TestRow rows[] = {
        { .name = "a claim is protected",
          .plugin = ADMISSION_STORAGE_OBJECT_IN_USE,
          .resource = "persistentvolumeclaims",
          .object = CLAIM("", ""),
          .at = "/metadata/finalizers",
          .want = "['kubernetes.io/pvc-protection']" },
        { .name = "beside its own finalizers",
          .plugin = ADMISSION_STORAGE_OBJECT_IN_USE,
          .resource = "persistentvolumeclaims",
          .object = CLAIM(",'finalizers':['x.io/a']", ""),
          .at = "/metadata/finalizers",
          .want = "['x.io/a','kubernetes.io/pvc-protection']" },
        { .name = "once",
          .plugin = ADMISSION_STORAGE_OBJECT_IN_USE,
          .resource = "persistentvolumeclaims",
          .object = CLAIM(",'finalizers':['kubernetes.io/pvc-protection']", ""),
          .at = "/metadata/finalizers",
          .want = "['kubernetes.io/pvc-protection']" },
        { .name = "a volume is protected",
          .plugin = ADMISSION_STORAGE_OBJECT_IN_USE,
          .resource = "persistentvolumes",
          .object = "{'kind':'PersistentVolume','metadata':{'name':'x'}}",
          .at = "/metadata/finalizers",
          .want = "['kubernetes.io/pv-protection']" },
        { .name = "a pod is not",
          .plugin = ADMISSION_STORAGE_OBJECT_IN_USE,
          .object = "{'kind':'Pod','metadata':{'name':'x'}}",
          .at = "/metadata/finalizers" },
        { .name = "no classes",
          .plugin = ADMISSION_DEFAULT_STORAGE_CLASS,
          .resource = "persistentvolumeclaims",
          .object = CLAIM("", ""),
          .at = "/spec/storageClassName" },
        { .name = "the default class",
          .plugin = ADMISSION_DEFAULT_STORAGE_CLASS,
          .cluster = one,
          .resource = "persistentvolumeclaims",
          .object = CLAIM("", ""),
          .at = "/spec/storageClassName",
          .want = "'fast'" },
        { .name = "marked as in beta times",
          .plugin = ADMISSION_DEFAULT_STORAGE_CLASS,
          .cluster = beta,
          .resource = "persistentvolumeclaims",
          .object = CLAIM("", ""),
          .at = "/spec/storageClassName",
          .want = "'old'" },
        { .name = "no class is wanted",
          .plugin = ADMISSION_DEFAULT_STORAGE_CLASS,
          .cluster = one,
          .resource = "persistentvolumeclaims",
          .object = CLAIM("", "'storageClassName':''"),
          .at = "/spec/storageClassName",
          .want = "''" },
        { .name = "two defaults",
          .plugin = ADMISSION_DEFAULT_STORAGE_CLASS,
          .cluster = two,
          .resource = "persistentvolumeclaims",
          .object = CLAIM("", ""),
          .refused = "persistentvolumeclaims \"x\" is forbidden: Internal error occurred: 2 "
                     "default StorageClasses were found" },
        { .name = "the newer of two defaults, since 1.26",
          .plugin = ADMISSION_DEFAULT_STORAGE_CLASS,
          .minor = 26,
          .cluster = two,
          .resource = "persistentvolumeclaims",
          .object = CLAIM("", ""),
          .at = "/spec/storageClassName",
          .want = "'b'" },
    };
    test_run_all(rows, COUNT_OF(rows));
}

#define SIZED(class, size, phase)                                                                \
    "{'apiVersion':'v1','kind':'PersistentVolumeClaim','metadata':{'name':'x'},'spec':{"         \
    "'storageClassName':'" class "','resources':{'requests':{'storage':'" size "'}}},'status':{" \
                                 "'phase':'" phase "'}}"
#define CAN_GROW                                                                        \
    "[{'apiVersion':'storage.k8s.io/v1','kind':'StorageClass','metadata':{'name':'g'}," \
    "'allowVolumeExpansion':true},{'apiVersion':'storage.k8s.io/v1','kind':"            \
    "'StorageClass','metadata':{'name':'f'}}]"
#define RESIZE(what, class, old_size, size, phase, why)                                   \
    {                                                                                     \
        .name = what, .plugin = ADMISSION_CLAIM_RESIZE, .cluster = CAN_GROW,              \
        .resource = "persistentvolumeclaims", .operation = ADMISSION_UPDATE,              \
        .object = SIZED(class, size, phase), .old_object = SIZED(class, old_size, phase), \
        .refused = why                                                                    \
    }
#define REFUSED "persistentvolumeclaims \"x\" is forbidden: "
#define CANNOT                                                                           \
    REFUSED "only dynamically provisioned pvc can be resized and the storageclass that " \
            "provisions the pvc must support resize"

static void resizes(void **state)
{
    (void)state;
    static const TestRow rows[] = {
        RESIZE("larger", "g", "1Gi", "2Gi", "Bound", NULL),
        RESIZE("the same", "f", "1Gi", "1024Mi", "Pending", NULL),
        RESIZE("not bound yet", "g", "1Gi", "2Gi", "Pending",
               REFUSED "Only bound persistent volume claims can be expanded"),
        RESIZE("a class that cannot", "f", "1Gi", "2Gi", "Bound", CANNOT),
        RESIZE("a class that is not there", "h", "1Gi", "2Gi", "Bound", CANNOT),
        RESIZE("no class", "", "1Gi", "2Gi", "Bound", CANNOT),
    };
    test_run_all(rows, COUNT_OF(rows));
}

/* -- quotas ------------------------------------------------------------------------------------ */

#define QUOTA(name, spec, status)                                                                \
    "{'apiVersion':'v1','kind':'ResourceQuota','metadata':{'name':'" name "','namespace':'ns'}," \
    "'spec':{" spec "},'status':{" status "}}"

/* "q: {...}; r: {...}" */
static Str uses_text(const AdmissionDecision *d, Arena *a)
{
    Buf b = buf_new(a);
    for (const AdmissionQuotaUse *u = d->quotas; u; u = u->next) {
        buf_add(&b, b.len ? STR("; ") : STR(""));
        buf_add(&b, u->name);
        buf_lit(&b, ": ");
        json_write(&u->used, &b);
    }
    return buf_str(&b);
}

static void quota_uses(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *cluster;
        const char *want;
    } rows[] = {
        { "no quota", "[]", "" },
        { "counted",
          "[" QUOTA(
              "q", "'hard':{'configmaps':'3','pods':'1'}",
              "'hard':{'configmaps':'3','pods':'1'},'used':{'configmaps':'1','pods':'0'}") "]",
          "q: {\"configmaps\":\"2\",\"pods\":\"0\"}" },
        { "two quotas, one of other kinds",
          "[" QUOTA(
              "q", "",
              "'hard':{'count/configmaps':'9'},'used':{'count/configmaps':'0'}") "," QUOTA("r", "",
                                                                                           "'hard':"
                                                                                           "{'pods'"
                                                                                           ":'1'},'"
                                                                                           "used':{"
                                                                                           "'pods':"
                                                                                           "'0'}") "]",
          "q: {\"count/configmaps\":\"1\"}" },
        { "one that has no status yet", "[" QUOTA("q", "'hard':{'configmaps':'3'}", "") "]", "" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value cluster = test_json(rows[i].cluster, &a);
        Value object = test_json("{'kind':'ConfigMap','metadata':{'name':'m'}}", &a);
        KubeTarget target = kube_target(20);
        AdmissionOptions how = { .plugins = ADMISSION_PLUGIN_BIT(ADMISSION_RESOURCE_QUOTA) };
        Facts facts = { .cluster = &cluster,
                        .object = test_find_object,
                        .objects = test_find_objects };
        UserInfo alice = { .name = STR("alice") };
        AdmissionRequest r = { .operation = ADMISSION_CREATE,
                               .user = &alice,
                               .version = STR("v1"),
                               .resource = STR("configmaps"),
                               .kind = STR("ConfigMap"),
                               .namespace = STR("ns"),
                               .object = &object,
                               .target = &target,
                               .options = &how };
        AdmissionDecision decision;
        admission_decide(&facts, &r, &a, &decision);
        assert_true(decision.allowed);
        test_same_text(rows[i].name, uses_text(&decision, &a), rows[i].want);
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims),
        cmocka_unit_test(resizes),
        cmocka_unit_test(quota_uses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
