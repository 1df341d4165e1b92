/* SPDX-License-Identifier: Apache-2.0 */
/* What writes make of metadata.managedFields. Rows have ' for ". */
#include "doc/json.h"
#include "kube/managed/entries.h"
#include "kube/managed/managed.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define NOW "2021-02-03T04:05:06Z"
#define BEFORE "2021-01-01T00:00:00Z"

static Value read(const char *text, Arena *a)
{
    Str copy = arena_str(a, str_from_c(text));
    char *at = arena_alloc(a, copy.len);
    for (size_t i = 0; i < copy.len; i++) {
        at[i] = copy.ptr[i] == '\'' ? '"' : copy.ptr[i];
    }
    Value v;
    Err err;
    if (!json_read(STR("row"), str_from(at, copy.len), NULL, a, &v, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return v;
}

/* JSON with ' for " (and \' for \"). */
static Str written(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    json_write(v, &b);
    for (size_t i = 0; i < b.len; i++) {
        b.ptr[i] = b.ptr[i] == '"' ? '\'' : b.ptr[i];
    }
    return buf_str(&b);
}

static Value decoded(const SchemaType *type, const char *text, const KubeTarget *target, Arena *a)
{
    Value in = read(text, a);
    Value out;
    Err err;
    if (!type) {
        return in;
    }
    if (!schema_decode(type, &in, target, a, &out, NULL, &err)) {
        fail_msg("%s: %.*s", text, STR_ARG(err.msg));
    }
    return out;
}

typedef struct Row {
    const char *name;
    const char *type; /* "v1 Pod" */
    const char *live; /* NULL: a create */
    const char *object;
    const char *want; /* managedFields: of each entry "manager operation apiVersion time fields" */
    const char *manager; /* NULL: "m" */
    int minor;           /* 0: 20 */
    bool is_subresource;
} Row;

/* One line an entry. */
static Str entries_text(const Value *list, Arena *a)
{
    Buf b = buf_new(a);
    VALUE_EACH_ITEM(e, list) {
        static const Str keys[] = { STR_INIT("manager"), STR_INIT("operation"),
                                    STR_INIT("apiVersion"), STR_INIT("time") };
        for (size_t i = 0; i < COUNT_OF(keys); i++) {
            buf_add(&b, value_get_str(e, keys[i]));
            buf_byte(&b, ' ');
        }
        buf_add(&b, written(value_get_lit(e, "fieldsV1"), a));
        buf_byte(&b, '\n');
    }
    return buf_str(&b);
}

static void check_row(const Row *row, Arena *a)
{
    KubeTarget target = kube_target(row->minor ? row->minor : 20);
    Str version;
    Str kind;
    str_split_once(str_from_c(row->type), ' ', &version, &kind);
    const SchemaType *type = schema_find(version, kind);
    Value live = row->live ? decoded(type, row->live, &target, a) : value_null();
    Value object = decoded(type, row->object, &target, a);
    ManagedRequest req = { .target = &target,
                           .type = type,
                           .api_version = version,
                           .kind = kind,
                           .manager = row->manager ? str_from_c(row->manager) : STR("m"),
                           .time = STR(NOW),
                           .is_subresource = row->is_subresource };
    managed_update(&req, row->live ? &live : NULL, &object, a);
    const Value *list = value_at(&object, "metadata", "managedFields", NULL);
    Str got = list ? entries_text(list, a) : STR("none");
    if (!str_eq(got, str_from_c(row->want))) {
        fail_msg("%s:\n got %.*s\nwant %s", row->name, STR_ARG(got), row->want);
    }
}

#define M "m Update v1 " NOW " "
#define ENTRY(manager, time, fields)                                                \
    "{'manager':'" manager "','operation':'Update','apiVersion':'v1','time':'" time \
    "','fieldsType':'FieldsV1','fieldsV1':" fields "}"
#define CM(managed, data) \
    "{'metadata':{'name':'c','uid':'u','managedFields':[" managed "]}," data "}"

static void creates(void **state)
{
    (void)state;
    static const Row rows[] = {
        { .name = "namespace",
          .type = "v1 Namespace",
          .object = "{'metadata':{'name':'n','labels':{'a':'b'}},'status':{'phase':'Active'}}",
          .want = M "{'f:metadata':{'f:labels':{'.':{},'f:a':{}}},'f:status':{'f:phase':{}}}\n" },
        { .name = "a status that the registry puts back",
          .type = "v1 Namespace",
          .minor = 22,
          .object = "{'metadata':{'name':'n','labels':{'a':'b'}},'status':{'phase':'Active'}}",
          .want = M "{'f:metadata':{'f:labels':{'.':{},'f:a':{}}}}\n" },
        { .name = "what only names an object",
          .type = "v1 ConfigMap",
          .object = "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'n','namespace':'x',"
                    "'uid':'u','generation':3,'resourceVersion':'1'}}",
          .want = "none" },
        { .name = "no manager",
          .type = "v1 ConfigMap",
          .manager = "",
          .object = "{'data':{'a':'b'}}",
          .want = "unknown Update v1 " NOW " {'f:data':{'.':{},'f:a':{}}}\n" },
        { .name = "pod",
          .type = "v1 Pod",
          .object = "{'spec':{'containers':[{'name':'b','image':'i','ports':[{'containerPort':80,"
                    "'protocol':'TCP'},{'containerPort':9,'protocol':'UDP'}],'args':['x'],"
                    "'env':[{'name':'E','valueFrom':{'fieldRef':{'fieldPath':'p'}}}],"
                    "'securityContext':{'capabilities':{'add':['A']}}},{'name':'a'}],"
                    "'securityContext':{},'nodeSelector':{'k':'v'},'tolerations':[{'key':'t'}],"
                    "'volumes':[{'name':'v','emptyDir':{}}]}}",
          .want = M
          "{'f:spec':{'f:containers':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:name':{},"
          "'f:resources':{}},'k:{\\'name\\':\\'b\\'}':{'.':{},'f:args':{},'f:env':{'.':{},"
          "'k:{\\'name\\':\\'E\\'}':{'.':{},'f:name':{},'f:valueFrom':{'.':{},'f:fieldRef':{'.':{},"
          "'f:fieldPath':{}}}}},'f:image':{},'f:name':{},'f:ports':{'.':{},"
          "'k:{\\'containerPort\\':9,\\'protocol\\':\\'UDP\\'}':{'.':{},'f:containerPort':{},"
          "'f:protocol':{}},'k:{\\'containerPort\\':80,\\'protocol\\':\\'TCP\\'}':{'.':{},"
          "'f:containerPort':{},'f:protocol':{}}},'f:resources':{},'f:securityContext':{'.':{},"
          "'f:capabilities':{'.':{},'f:add':{}}}}},'f:nodeSelector':{'.':{},'f:k':{}},"
          "'f:securityContext':{},'f:tolerations':{},'f:volumes':{'.':{},'k:{\\'name\\':\\'v\\'}':"
          "{'.':{},'f:emptyDir':{},'f:name':{}}}}}\n" },
        { .name = "markers of later versions",
          .type = "v1 Pod",
          .minor = 30,
          .object = "{'spec':{'containers':[{'name':'a','env':[{'name':'E','valueFrom':{'fieldRef':"
                    "{'fieldPath':'p'}}}]}],'nodeSelector':{'k':'v'}}}",
          .want = M "{'f:spec':{'f:containers':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:env':{'.':{},"
                    "'k:{\\'name\\':\\'E\\'}':{'.':{},'f:name':{},'f:valueFrom':{'.':{},"
                    "'f:fieldRef':{}}}},'f:name':{},'f:resources':{}}},'f:nodeSelector':{}}}\n" },
        { .name = "sets, and keys by their bytes",
          .type = "v1 ConfigMap",
          .object = "{'metadata':{'finalizers':['b/c','a/<'],'annotations':{'B':'','a':''},"
                    "'ownerReferences':[{'uid':'u','name':'o'}]}}",
          .want = M "{'f:metadata':{'f:annotations':{'.':{},'f:B':{},'f:a':{}},'f:finalizers':{"
                    "'.':{},'v:\\'a/\\\\u003c\\'':{},'v:\\'b/c\\'':{}},'f:ownerReferences':{'.':{},"
                    "'k:{\\'uid\\':\\'u\\'}':{'.':{},'f:apiVersion':{},'f:kind':{},'f:name':{},"
                    "'f:uid':{}}}}}\n" },
        { .name = "empty lists of always written fields, and of others",
          .type = "rbac.authorization.k8s.io/v1 Role",
          .object = "{'metadata':{'labels':{}},'rules':[]}",
          .want = "m Update rbac.authorization.k8s.io/v1 " NOW " {'f:rules':{}}\n" },
        { .name = "nulls of always written fields are as they were",
          .type = "rbac.authorization.k8s.io/v1 Role",
          .object = "{}",
          .want = "none" },
        { .name = "a null in what was not there",
          .type = "v1 ReplicationController",
          .object = "{'spec':{'template':{'spec':{}}}}",
          .want = M
          "{'f:spec':{'f:template':{'.':{},'f:metadata':{'.':{},'f:creationTimestamp':{}},"
          "'f:spec':{'.':{},'f:containers':{}}}}}\n" },
        { .name = "an item twice",
          .type = "v1 Pod",
          .object = "{'spec':{'containers':[{'name':'a','env':[{'name':'E'},{'name':'E'}]}]}}",
          .want = "none" },
        { .name = "an item twice in what is owned whole",
          .type = "apps/v1 StatefulSet",
          .object = "{'spec':{'volumeClaimTemplates':[{'metadata':{'finalizers':['a','a']}}]}}",
          .want = "none" },
        { .name = "an item without its key",
          .type = "v1 Pod",
          .object = "{'spec':{'containers':[],'hostAliases':[{'hostnames':['h']}]}}",
          .want = "none" },
        { .name = "a default for a key",
          .type = "v1 Pod",
          .object = "{'spec':{'containers':[{'name':'a','ports':[{'containerPort':1}]}]}}",
          .want = M
          "{'f:spec':{'f:containers':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:name':{},"
          "'f:ports':{'.':{},'k:{\\'containerPort\\':1,\\'protocol\\':\\'TCP\\'}':{'.':{},"
          "'f:containerPort':{}}},'f:resources':{}}}}}\n" },
        { .name = "entries that the client brings along",
          .type = "v1 ConfigMap",
          .object = "{'metadata':{'managedFields':[" ENTRY(
              "o", BEFORE, "{'f:data':{'f:x':{}}}") "]},"
                                                    "'data':{'a':'b'}}",
          .want = "o Update v1 " BEFORE " {'f:data':{'f:x':{}}}\n" M
                  "{'f:data':{'.':{},'f:a':{}}}\n" },
        { .name = "entries of versions that are not there",
          .type = "v1 ConfigMap",
          .object = "{'metadata':{'managedFields':[{'manager':'o','operation':'Update',"
                    "'apiVersion':'apps/v1','fieldsType':'FieldsV1','fieldsV1':{'f:data':{}}}]},"
                    "'data':{'a':'b'}}",
          .want = M "{'f:data':{'.':{},'f:a':{}}}\n" },
        { .name = "a custom resource",
          .type = "x.example.org/v1 Widget",
          .object = "{'apiVersion':'x.example.org/v1','kind':'Widget','metadata':{'name':'w',"
                    "'finalizers':['a'],'labels':{'a':'b'}},'spec':{'list':[{'k':'a'}],'map':{},"
                    "'null':null,'deep':{'n':1.5}}}",
          .want =
              "m Update x.example.org/v1 " NOW
              " {'f:metadata':{'f:finalizers':{},'f:labels':{'.':{},'f:a':{}}},'f:spec':{'.':{},"
              "'f:deep':{'.':{},'f:n':{}},'f:list':{},'f:map':{},'f:null':{}}}\n" },
        { .name = "what is not tracked",
          .type = "apiregistration.k8s.io/v1 APIService",
          .object = "{'spec':{'group':'g'}}",
          .want = "none" },
        { .name = "entries of no version at all",
          .type = "v1 ConfigMap",
          .object = "{'metadata':{'managedFields':[{'manager':'o','operation':'Update',"
                    "'apiVersion':'a/b/c','fieldsType':'FieldsV1','fieldsV1':{'f:data':{}}}]},"
                    "'data':{'a':'b'}}",
          .want = "none" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        check_row(&rows[i], &a);
        arena_done(&a);
    }
}

static void updates(void **state)
{
    (void)state;
#define LIVE CM(ENTRY("m", BEFORE, "{'f:data':{'.':{},'f:a':{}}}"), "'data':{'a':'1'}")
#define LIVE_OF(manager) \
    CM(ENTRY(manager, BEFORE, "{'f:data':{'.':{},'f:a':{}}}"), "'data':{'a':'1'}")
    static const Row rows[] = {
        { "nothing changed", "v1 ConfigMap", LIVE, LIVE,
          "m Update v1 " BEFORE " {'f:data':{'.':{},'f:a':{}}}\n", NULL, 0, false },
        { "the same fields again keep their time", "v1 ConfigMap", LIVE, CM("", "'data':{'a':'2'}"),
          "m Update v1 " BEFORE " {'f:data':{'.':{},'f:a':{}}}\n", NULL, 0, true },
        { "one more field", "v1 ConfigMap", LIVE, CM("", "'data':{'a':'1','b':'2'}"),
          M "{'f:data':{'.':{},'f:a':{},'f:b':{}}}\n", NULL, 0, true },
        { "one field less", "v1 ConfigMap", LIVE, CM("", "'binaryData':{}"), "none", NULL, 0,
          true },
        { "from another manager", "v1 ConfigMap", LIVE_OF("o"), CM("", "'data':{'a':'2'}"),
          "o Update v1 " BEFORE " {'f:data':{}}\n" M "{'f:data':{'f:a':{}}}\n", NULL, 0, true },
        { "gone from another manager", "v1 ConfigMap", LIVE_OF("o"), CM("", "'data':{'b':'2'}"),
          "o Update v1 " BEFORE " {'f:data':{}}\n" M "{'f:data':{'f:b':{}}}\n", NULL, 0, true },
        { "reset by []", "v1 ConfigMap", LIVE, CM("", "'data':{'a':'2'}"), "none", NULL, 0, false },
        { "reset by [{}]", "v1 ConfigMap", LIVE, CM("{}", "'data':{'a':'2'}"), "none", NULL, 0,
          false },
        { "nothing said", "v1 ConfigMap", LIVE, "{'metadata':{'uid':'u'},'data':{'a':'2'}}",
          "m Update v1 " BEFORE " {'f:data':{'.':{},'f:a':{}}}\n", NULL, 0, false },
        { "broken entries", "v1 ConfigMap", LIVE,
          CM(ENTRY("x", BEFORE, "{'data':{}}"), "'data':{'a':'1'}"),
          "m Update v1 " BEFORE " {'f:data':{'.':{},'f:a':{}}}\n", NULL, 0, false },
        { "entries without a type", "v1 ConfigMap", LIVE, CM("{'manager':'x'}", "'data':{'a':'1'}"),
          "m Update v1 " BEFORE " {'f:data':{'.':{},'f:a':{}}}\n", NULL, 0, false },
        { "entries that the client made", "v1 ConfigMap", LIVE,
          CM(ENTRY("x", BEFORE, "{'f:data':{'f:a':{}}}"), "'data':{'a':'1'}"),
          "x Update v1 " BEFORE " {'f:data':{'f:a':{}}}\n", NULL, 0, false },
        { "the same by way of a subresource", "v1 ConfigMap", LIVE,
          CM(ENTRY("x", BEFORE, "{'f:data':{'f:a':{}}}"), "'data':{'a':'1'}"),
          "m Update v1 " BEFORE " {'f:data':{'.':{},'f:a':{}}}\n", NULL, 0, true },
        { "an object that is not tracked", "v1 ConfigMap", "{'metadata':{'uid':'u'}}",
          "{'metadata':{'uid':'u'},'data':{'a':'2'}}", "none", NULL, 0, false },
        { "appliers go first, times then", "v1 ConfigMap",
          CM("{'manager':'z','operation':'Apply','apiVersion':'v1','time':'" NOW
             "','fieldsType':'FieldsV1','fieldsV1':{'f:data':{'f:z':{}}}}," ENTRY(
                 "a", NOW, "{'f:data':{'f:a':{}}}") "," ENTRY("b", BEFORE, "{'f:data':{'f:b':{}}}"),
             "'data':{'a':'1'}"),
          CM("", "'data':{'a':'1','0':''}"),
          "z Apply v1 " NOW " {'f:data':{'f:z':{}}}\nb Update v1 " BEFORE
          " {'f:data':{'f:b':{}}}\na Update v1 " NOW " {'f:data':{'f:a':{}}}\n" M
          "{'f:data':{'f:0':{}}}\n",
          NULL, 0, true },
        { "an empty struct grows", "v1 ReplicationController",
          "{'metadata':{'uid':'u','managedFields':[" ENTRY(
              "o", BEFORE,
              "{'f:spec':{'f:template':{'f:spec':{'f:securityContext':{}}}}}") "]},'spec':{"
                                                                               "'template':{'spec':"
                                                                               "{'securityContext':"
                                                                               "{'runAsUser':1}}}}"
                                                                               "}",
          "{'metadata':{'uid':'u'},'spec':{'replicas':1,'template':{'spec':{'securityContext':"
          "{'runAsUser':1}}}}}",
          "o Update v1 " BEFORE " {'f:spec':{'f:template':{'f:spec':{'f:securityContext':{'.':{},"
          "'f:runAsUser':{}}}}}}\n" M "{'f:spec':{'f:replicas':{}}}\n",
          NULL, 0, true },
        { "an empty struct grows, and is left be", "v1 Pod",
          "{'metadata':{'uid':'u','managedFields':[" ENTRY(
              "o", BEFORE, "{'f:spec':{'f:securityContext':{}}}") "]},'spec':{'securityContext':"
                                                                  "{'runAsUser':1}}}",
          "{'metadata':{'uid':'u','labels':{'a':'b'}},'spec':{'securityContext':{'runAsUser':1}}}",
          "o Update v1 " BEFORE " {'f:spec':{'f:securityContext':{}}}\n" M
          "{'f:metadata':{'f:labels':{'.':{},'f:a':{}}}}\n",
          NULL, 24, true },
        { "once merged, now atomic", "v1 Service",
          "{'metadata':{'uid':'u','managedFields':[" ENTRY(
              "o", BEFORE,
              "{'f:spec':{'f:selector':{'f:a':{}}}}") "]},'spec':{'selector':{'a':'b'}}}",
          "{'metadata':{'uid':'u'},'spec':{'selector':{'a':'b'},'externalName':'e'}}",
          "o Update v1 " BEFORE " {'f:spec':{'f:selector':{}}}\n" M
          "{'f:spec':{'f:externalName':{}}}\n",
          NULL, 30, true },
        { "a custom resource", "x.example.org/v1 Widget",
          "{'metadata':{'uid':'u','managedFields':[{'manager':'o','operation':'Update',"
          "'apiVersion':'x.example.org/v1beta1','time':'" BEFORE "','fieldsType':'FieldsV1',"
          "'fieldsV1':{'f:spec':{'.':{},'f:a':{'.':{},'f:b':{}},'f:c':{},'f:n':{},'f:x':{}}}}]},"
          "'spec':{'a':{'b':1},'c':2,'n':null,'x':1}}",
          "{'metadata':{'uid':'u'},'spec':{'a':'s','c':{'d':2},'n':{'m':3},'x':1.0}}",
          "o Update x.example.org/v1beta1 " BEFORE " {'f:spec':{'.':{},'f:n':{},'f:x':{}}}\n"
          "m Update x.example.org/v1 " NOW
          " {'f:spec':{'f:a':{},'f:c':{'.':{},'f:d':{}},'f:n':{'f:m':{}}}}\n",
          NULL, 0, true },
        { "another version of the kind", "rbac.authorization.k8s.io/v1 Role",
          "{'metadata':{'uid':'u','managedFields':[{'manager':'m','operation':'Update',"
          "'apiVersion':'rbac.authorization.k8s.io/v1beta1','time':'" BEFORE
          "','fieldsType':'FieldsV1','fieldsV1':{'f:rules':{},'f:metadata':{'f:labels':{'f:a':{}}}}"
          "}"
          "]},'rules':[]}",
          "{'metadata':{'uid':'u'},'rules':[{'verbs':['get']}]}",
          "m Update rbac.authorization.k8s.io/v1beta1 " BEFORE
          " {'f:metadata':{'f:labels':{'f:a':{}}}}\n"
          "m Update rbac.authorization.k8s.io/v1 " NOW " {'f:rules':{}}\n",
          NULL, 0, true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        check_row(&rows[i], &a);
        arena_done(&a);
    }
}

/* Eleven updaters: the two oldest become one, under the name of whoever comes first until then. */
static void the_oldest_are_put_together(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Buf live = buf_new(&a);
    buf_lit(&live, "{'metadata':{'uid':'u','managedFields':[");
    for (int i = 0; i < 10; i++) {
        buf_printf(&live,
                   "%s{'manager':'m%d','operation':'Update','apiVersion':'v1','time':"
                   "'2021-01-0%dT00:00:00Z','fieldsType':'FieldsV1','fieldsV1':{'f:data':{'f:%d':"
                   "{}}}}",
                   i ? "," : "", i, i < 9 ? i + 1 : 9, i);
    }
    buf_lit(&live, "]}}");
    Row row = { "cap",
                "v1 ConfigMap",
                arena_cstr(&a, buf_str(&live)),
                "{'metadata':{'uid':'u'},'data':{'x':''}}",
                "ancient-changes Update v1 2021-01-02T00:00:00Z {'f:data':{'f:0':{},'f:1':{}}}\n"
                "m2 Update v1 2021-01-03T00:00:00Z {'f:data':{'f:2':{}}}\n"
                "m3 Update v1 2021-01-04T00:00:00Z {'f:data':{'f:3':{}}}\n"
                "m4 Update v1 2021-01-05T00:00:00Z {'f:data':{'f:4':{}}}\n"
                "m5 Update v1 2021-01-06T00:00:00Z {'f:data':{'f:5':{}}}\n"
                "m6 Update v1 2021-01-07T00:00:00Z {'f:data':{'f:6':{}}}\n"
                "m7 Update v1 2021-01-08T00:00:00Z {'f:data':{'f:7':{}}}\n"
                "m8 Update v1 2021-01-09T00:00:00Z {'f:data':{'f:8':{}}}\n"
                "m9 Update v1 2021-01-09T00:00:00Z {'f:data':{'f:9':{}}}\n" M
                "{'f:data':{'.':{},'f:x':{}}}\n",
                NULL,
                0,
                true };
    check_row(&row, &a);
    arena_done(&a);
}

static void managers_are_named_by_their_agents(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    static const struct {
        const char *field_manager, *agent, *want;
    } rows[] = {
        { "fm", "kubectl/v1.20", "fm" },
        { "", "kubectl/v1.20 (linux/amd64) kubernetes/1", "kubectl" },
        { "", "", "" },
        { "", "a\tb\x01 c\x7f", "ab c" },
        { "", "caf\xC3\xA9\xFFx/", "caf\xC3\xA9\xEF\xBF\xBDx" },
        { "", "\xE2\x80\x8Bzero", "zero" }, /* a zero width space is not printable */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str got = managed_manager_name(str_from_c(rows[i].field_manager), str_from_c(rows[i].agent),
                                       &a);
        if (!str_eq(got, str_from_c(rows[i].want))) {
            fail_msg("%s: got %.*s", rows[i].agent, STR_ARG(got));
        }
    }
    char agent[200];
    memset(agent, 'x', sizeof(agent));
    assert_int_equal(managed_manager_name(STR_ABSENT, str_from(agent, 128), &a).len, 128);
    assert_int_equal(managed_manager_name(STR_ABSENT, str_from(agent, 129), &a).len, 128);
    memcpy(agent + 127, "\xC3\xA9", 2); /* does not fit whole */
    assert_int_equal(managed_manager_name(STR_ABSENT, str_from(agent, 200), &a).len, 127);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creates),
        cmocka_unit_test(updates),
        cmocka_unit_test(the_oldest_are_put_together),
        cmocka_unit_test(managers_are_named_by_their_agents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
