/* SPDX-License-Identifier: Apache-2.0 */
/* The view of a pod: every field that it reads, unset against empty, and every wrong type. */
#include "kube/pod_view.h"

#include "doc/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Single quotes stand for double ones. */
static Value parse(Arena *a, Str text)
{
    Str copy = arena_str(a, text);
    for (char *at = (char *)(uintptr_t)copy.ptr; *at; at++) {
        *at = *at == '\'' ? '"' : *at;
    }
    Value v = value_null();
    Err err = { 0 };
    if (!json_read(STR("test"), copy, NULL, a, &v, &err)) {
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err.msg));
    }
    return v;
}

static PodView read_view(Arena *a, const char *text)
{
    Value *v = new(a, Value, 1);
    *v = parse(a, str_from_c(text));
    PodView view;
    Err err = { 0 };
    if (!pod_view_read(v, a, &view, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return view;
}

static void same(Str got, const char *want)
{
    if (!str_eq(got, str_from_c(want)) || !got.ptr != !want) {
        fail_msg("got %.*s, want %s", STR_ARG(got), want ? want : "nothing");
    }
}

static void test_pod(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    PodView v = read_view(
        &a, "{'metadata':{'name':'n','generateName':'g-','namespace':'ns','labels':{'l':'1'},"
            "'annotations':{'a/b':'x','a/':'','null':null}},"
            "'spec':{'hostNetwork':true,'hostPID':true,'hostIPC':true,'hostUsers':false,"
            "'shareProcessNamespace':true,'os':{'name':'linux'},'runtimeClassName':'',"
            "'serviceAccountName':'sa','serviceAccount':'older','nodeName':'node',"
            "'resourceClaims':[{'name':'c','resourceClaimName':'r'},{'name':'d',"
            "'resourceClaimTemplateName':'t'}],'resources':{},"
            "'securityContext':{'runAsUser':1,'runAsGroup':2,'fsGroup':3,'runAsNonRoot':false,"
            "'supplementalGroups':[4,5],'sysctls':[{'name':'s','value':'v'}],"
            "'seLinuxOptions':{'level':'l','role':'r','type':'t','user':'u'},"
            "'seccompProfile':{'type':'Localhost','localhostProfile':'p'},"
            "'appArmorProfile':{'type':'Unconfined'},'windowsOptions':{'hostProcess':true,"
            "'runAsUserName':'w','gmsaCredentialSpecName':'gn','gmsaCredentialSpec':'gs'},"
            "'supplementalGroupsPolicy':'Strict','fsGroupChangePolicy':'Always',"
            "'seLinuxChangePolicy':'Recursive'}}}");
    same(v.name, "n");
    same(v.generate_name, "g-");
    same(v.namespace, "ns");
    assert_int_equal(value_len(v.labels), 1);
    same(pod_annotation(&v, STR("a/b")), "x");
    same(pod_annotation(&v, STR("null")), "");
    same(pod_annotation(&v, STR("b")), NULL);
    same(pod_annotation_with_suffix(&v, STR("a/"), STR("b")), "x");
    same(pod_annotation_with_suffix(&v, STR("a/"), STR_ABSENT), "");
    same(pod_annotation_with_suffix(&v, STR("a/"), STR("c")), NULL);
    assert_true(v.host_network && v.host_pid && v.host_ipc);
    assert_true(v.host_users.set && !v.host_users.value);
    assert_true(v.share_process_namespace.value);
    same(v.os, "linux");
    same(v.runtime_class_name, "");
    same(v.service_account_name, "sa");
    same(v.node_name, "node");
    assert_int_equal(v.claim_count, 2);
    same(v.claims[0].claim_name, "r");
    same(v.claims[0].template_name, NULL);
    same(v.claims[1].template_name, "t");
    assert_non_null(v.resources);
    const PodSecurityView *sc = &v.security;
    assert_int_equal(sc->run_as_user.value, 1);
    assert_int_equal(sc->run_as_group.value, 2);
    assert_int_equal(sc->fs_group.value, 3);
    assert_true(sc->run_as_non_root.set && !sc->run_as_non_root.value);
    assert_int_equal(sc->supplemental_groups.count, 2);
    assert_int_equal(sc->supplemental_groups.items[1], 5);
    same(sc->sysctls[0].name, "s");
    same(sc->sysctls[0].value, "v");
    same(sc->se_linux->level, "l");
    same(sc->se_linux->role, "r");
    same(sc->se_linux->type, "t");
    same(sc->se_linux->user, "u");
    same(sc->seccomp->localhost_profile, "p");
    same(sc->app_armor->type, "Unconfined");
    assert_true(sc->windows->host_process.value);
    same(sc->windows->run_as_user_name, "w");
    same(sc->windows->gmsa_credential_spec_name, "gn");
    same(sc->windows->gmsa_credential_spec, "gs");
    same(sc->supplemental_groups_policy, "Strict");
    same(sc->fs_group_change_policy, "Always");
    same(sc->se_linux_change_policy, "Recursive");
    arena_done(&a);
}

static void test_containers(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    PodView v = read_view(
        &a,
        "{'spec':{'containers':[{'name':'c','image':'i','ports':[{'hostPort':1,'containerPort':2,"
        "'hostIP':'h','protocol':'UDP'}],'volumeMounts':[{'name':'v','mountPath':'/m',"
        "'readOnly':true,'mountPropagation':'None','recursiveReadOnly':'Enabled'}],"
        "'resources':{'claims':[{'name':'x'}]},"
        "'lifecycle':{'preStop':{'tcpSocket':{'host':'s'}},'postStart':{'httpGet':{'host':'p'}}},"
        "'startupProbe':{'httpGet':{'host':''}},'livenessProbe':{'httpGet':{'host':'l'}},"
        "'securityContext':{'runAsUser':1,'runAsGroup':2,'runAsNonRoot':true,'privileged':false,"
        "'allowPrivilegeEscalation':true,'readOnlyRootFilesystem':true,'procMount':'Default',"
        "'capabilities':{'add':['A'],'drop':['B','C']},'seLinuxOptions':{},'seccompProfile':{},"
        "'appArmorProfile':{},'windowsOptions':{}}},null],"
        "'ephemeralContainers':[{'name':'e'}],"
        "'initContainers':[{'name':'i','restartPolicy':'Always'}]}}");
    assert_int_equal(v.container_count, 4);
    assert_int_equal(v.init_count, 1);
    assert_int_equal(v.regular_count, 2);
    static const char *const paths[] = { "spec.initContainers[0]", "spec.containers[0]",
                                         "spec.containers[1]", "spec.ephemeralContainers[0]" };
    size_t at = 0;
    POD_EACH_CONTAINER(c, &v) {
        ContainerPath path;
        container_path(&path, c);
        same(path_render(&path.item, &a), paths[at++]);
    }
    same(v.containers[0].restart_policy, "Always");
    same(v.containers[2].name, NULL);
    same(v.containers[3].name, "e");
    const ContainerView *c = &v.containers[1];
    same(c->image, "i");
    assert_int_equal(c->ports[0].host_port, 1);
    assert_int_equal(c->ports[0].container_port, 2);
    same(c->ports[0].host_ip, "h");
    same(c->ports[0].protocol, "UDP");
    same(c->mounts[0].name, "v");
    assert_true(c->mounts[0].read_only);
    same(c->mounts[0].mount_path, "/m");
    same(c->mounts[0].mount_propagation, "None");
    same(c->mounts[0].recursive_read_only, "Enabled");
    same(c->claims.items[0], "x");
    assert_int_equal(c->handler_host_count, 3);
    same(str_from_c(c->handler_hosts[0].handler), "livenessProbe");
    same(str_from_c(c->handler_hosts[1].handler), "lifecycle.postStart");
    same(str_from_c(c->handler_hosts[2].action), "tcpSocket");
    same(c->handler_hosts[2].host, "s");
    const ContainerSecurityView *sc = &c->security;
    assert_true(sc->privileged.set && !sc->privileged.value);
    assert_true(sc->allow_privilege_escalation.value && sc->read_only_root_filesystem.value);
    assert_int_equal(sc->run_as_group.value, 2);
    same(sc->proc_mount, "Default");
    same(sc->capabilities->drop.items[1], "C");
    assert_non_null(sc->se_linux);
    assert_non_null(sc->windows);
    assert_null(v.containers[0].security.value);
    arena_done(&a);
}

static void test_unset_is_not_empty(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    PodView v = read_view(&a, "{'spec':{'securityContext':{'supplementalGroups':[]}}}");
    assert_true(v.security.supplemental_groups_set);
    v = read_view(&a, "{'spec':{'securityContext':{'supplementalGroups':null,'runAsUser':null}}}");
    assert_false(v.security.supplemental_groups_set);
    assert_false(v.security.run_as_user.set);
    v = read_view(&a, "{'spec':{'serviceAccount':'older','runtimeClassName':null}}");
    same(v.service_account_name, "older");
    same(v.runtime_class_name, NULL);
    v = read_view(&a, "{'metadata':null,'spec':null}");
    assert_null(v.spec);
    v = read_view(&a, "{}");
    assert_int_equal(v.container_count, 0);
    arena_done(&a);
}

typedef struct VolumeRow {
    const char *json;
    VolumeType type;
    const char *path;
    const char *driver;
} VolumeRow;

static const VolumeRow volumes[] = {
    { "{'name':'v'}", VOLUME_EMPTY_DIR, NULL, NULL },
    { "{'name':'v','hostPath':{'path':'/a'}}", VOLUME_HOST_PATH, "/a", NULL },
    { "{'secret':{},'nfs':{}}", VOLUME_SECRET, NULL, NULL },
    { "{'csi':{'driver':'d'}}", VOLUME_CSI, NULL, "d" },
    { "{'flexVolume':{'driver':'d'}}", VOLUME_FLEX_VOLUME, NULL, "d" },
    { "{'cephfs':{}}", VOLUME_CEPHFS, NULL, NULL },
    { "{'ephemeral':{}}", VOLUME_EPHEMERAL, NULL, NULL },
    { "{'image':{'reference':'r'}}", VOLUME_IMAGE, NULL, NULL },
    { "{'nfs':null}", VOLUME_EMPTY_DIR, NULL, NULL },
    { "{'teleport':7}", VOLUME_OTHER, NULL, NULL },
    { "{'teleport':7,'nfs':{}}", VOLUME_NFS, NULL, NULL },
};

static void test_volumes(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(volumes); i++) {
        Str json = arena_printf(&a, "{'spec':{'volumes':[%s]}}", volumes[i].json);
        PodView v = read_view(&a, arena_cstr(&a, json));
        assert_int_equal(v.volumes[0].type, volumes[i].type);
        same(v.volumes[0].path, volumes[i].path);
        same(v.volumes[0].driver, volumes[i].driver);
    }
    arena_done(&a);
}

/* -- wrong types: a pod with every field right, in which one is replaced --------------------------
 */

static const char whole_pod[] =
    "{'metadata':{'name':'n','generateName':'g','namespace':'ns','labels':{'a':'b'},"
    "'annotations':{'a':'b'}},'spec':{'hostNetwork':true,'hostPID':true,'hostIPC':true,"
    "'hostUsers':true,'shareProcessNamespace':true,'os':{'name':'linux'},'runtimeClassName':'r',"
    "'serviceAccountName':'s','serviceAccount':'s','nodeName':'n','resources':{},"
    "'resourceClaims':[{'name':'c','resourceClaimName':'r','resourceClaimTemplateName':'t'}],"
    "'securityContext':{'runAsUser':1,'runAsGroup':2,'fsGroup':3,'runAsNonRoot':false,"
    "'supplementalGroups':[4],'sysctls':[{'name':'s','value':'v'}],"
    "'seLinuxOptions':{'level':'l','role':'r','type':'t','user':'u'},"
    "'seccompProfile':{'type':'Localhost','localhostProfile':'p'},"
    "'appArmorProfile':{'type':'Localhost','localhostProfile':'p'},"
    "'windowsOptions':{'hostProcess':true,'runAsUserName':'w','gmsaCredentialSpecName':'g',"
    "'gmsaCredentialSpec':'g'},'supplementalGroupsPolicy':'Strict','fsGroupChangePolicy':'Always',"
    "'seLinuxChangePolicy':'Recursive'},"
    "'volumes':[{'name':'v','hostPath':{'path':'/a'}},{'name':'w','csi':{'driver':'d'}},"
    "{'name':'x','flexVolume':{'driver':'d'}},{'name':'y','projected':{}}],"
    "'initContainers':[{'name':'i','restartPolicy':'Always'}],'ephemeralContainers':[{'name':'e'}],"
    "'containers':[{'name':'c','image':'i','ports':[{'hostPort':1,'containerPort':2,'hostIP':'h',"
    "'protocol':'UDP'}],'volumeMounts':[{'name':'v','mountPath':'/m','readOnly':true,"
    "'mountPropagation':'None','recursiveReadOnly':'Enabled'}],"
    "'resources':{'claims':[{'name':'x'}]},"
    "'lifecycle':{'preStop':{'tcpSocket':{'host':'s'}},'postStart':{'httpGet':{'host':'p'}}},"
    "'startupProbe':{'tcpSocket':{'host':'l'}},'livenessProbe':{'httpGet':{'host':'l'}},"
    "'readinessProbe':{'httpGet':{'host':'l'}},'securityContext':{'runAsUser':1,'runAsGroup':2,"
    "'runAsNonRoot':true,'privileged':false,'allowPrivilegeEscalation':true,"
    "'readOnlyRootFilesystem':true,'procMount':'Default','capabilities':{'add':['A'],'drop':['B']},"
    "'seLinuxOptions':{'level':'l','role':'r','type':'t','user':'u'},"
    "'seccompProfile':{'type':'x','localhostProfile':'p'},"
    "'appArmorProfile':{'type':'x','localhostProfile':'p'},"
    "'windowsOptions':{'hostProcess':true,'runAsUserName':'w','gmsaCredentialSpecName':'g',"
    "'gmsaCredentialSpec':'g'}}}]}}";

typedef struct Walk {
    Arena *arena;
    const Value *pod;
    size_t tried;
} Walk;

/* The place must be refused, and named, when it holds a value of another type. */
static void check_place(Walk *w, Value *place, const Path *path)
{
    const Value held = *place;
    const Value wrong[] = { value_str(STR("x")), value_int(7), value_bool(true), value_array(),
                            value_object() };
    Str want = path_render(path, w->arena);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (wrong[i].kind == held.kind) {
            continue;
        }
        *place = wrong[i];
        PodView view;
        Err err = { 0 };
        if (pod_view_read(w->pod, w->arena, &view, &err)) {
            fail_msg("%.*s takes %.*s", STR_ARG(want), STR_ARG(value_kind_name(place)));
        }
        assert_int_equal(err.code, ERR_TYPE);
        if (!str_starts_with(err.msg, want) || err.msg.ptr[want.len] != ':') {
            fail_msg("%.*s: %.*s", STR_ARG(want), STR_ARG(err.msg));
        }
        w->tried++;
    }
    *place = value_null();
    PodView view;
    Err err = { 0 };
    if (!pod_view_read(w->pod, w->arena, &view, &err)) {
        fail_msg("%.*s: a null is refused: %.*s", STR_ARG(want), STR_ARG(err.msg));
    }
    *place = held;
}

static void walk(Walk *w, Value *v, const Path *path, bool is_map)
{
    if (path) {
        check_place(w, v, path);
    }
    VALUE_EACH_ITEM(item, v) {
        Path at = path_index(path, (size_t)(item - v->items));
        walk(w, item, &at, false);
    }
    VALUE_EACH_MEMBER(m, v) {
        Str key = member_key(m);
        Path at = is_map ? path_key(path, key) : path_child_str(path, key);
        walk(w, &m->value, &at, str_eq(key, STR("labels")) || str_eq(key, STR("annotations")));
    }
}

static void test_wrong_types(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Value pod = parse(&a, str_from_c(whole_pod));
    Walk w = { &a, &pod, 0 };
    walk(&w, &pod, NULL, false);
    assert_true(w.tried > 400);
    PodView view;
    Err err = { 0 };
    assert_false(pod_view_read(NULL, &a, &view, &err));
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pod),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_unset_is_not_empty),
        cmocka_unit_test(test_volumes),
        cmocka_unit_test(test_wrong_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
