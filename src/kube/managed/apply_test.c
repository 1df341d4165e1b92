/* SPDX-License-Identifier: Apache-2.0 */
/* What an apply makes of an object and of its managedFields. Rows have ' for ". */
#include "doc/json.h"
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

static void add_json(const Value *v, Buf *b)
{
    size_t from = b->len;
    json_write(v, b);
    for (size_t i = from; i < b->len; i++) {
        b->ptr[i] = b->ptr[i] == '"' ? '\'' : b->ptr[i];
    }
}

typedef struct Row {
    const char *name;
    const char *type;   /* "v1 Pod" */
    const char *live;   /* NULL: there is none */
    const char *config; /* without apiVersion and kind unless it begins with 'apiVersion' */
    const char *want; /* the object without managedFields, and a line an entry; or !verdict message
                         and a line a cause */
    const char *manager; /* NULL: "m" */
    bool force;
} Row;

static Str applied_text(ManagedApplied *applied, const SchemaType *type, const KubeTarget *target,
                        Arena *a)
{
    Buf b = buf_new(a);
    if (applied->verdict != MANAGED_APPLIED) {
        buf_printf(&b, "!%d %.*s", (int)applied->verdict, STR_ARG(applied->message));
        for (size_t i = 0; i < applied->cause_count; i++) {
            buf_printf(&b, "\n%.*s %.*s", STR_ARG(applied->causes[i].field),
                       STR_ARG(applied->causes[i].message));
        }
        return buf_str(&b);
    }
    Value object = applied->object;
    Err err;
    if (type && !schema_normalise(type, &applied->object, target, a, &object, NULL, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    Value *metadata = value_get_lit(&object, "metadata");
    const Value *list = value_get_lit(metadata, "managedFields");
    Value entries = list ? *list : value_array();
    value_remove(metadata, STR("managedFields"));
    value_remove(metadata, STR("creationTimestamp"));
    value_remove(&object, STR("apiVersion"));
    value_remove(&object, STR("kind"));
    buf_add(&b, applied->is_same ? STR("same ") : STR(""));
    add_json(&object, &b);
    VALUE_EACH_ITEM(e, &entries) {
        buf_printf(&b, "\n%.*s %.*s %.*s ", STR_ARG(value_get_str(e, STR("manager"))),
                   STR_ARG(value_get_str(e, STR("operation"))),
                   STR_ARG(value_get_str(e, STR("time"))));
        add_json(value_get_lit(e, "fieldsV1"), &b);
    }
    return buf_str(&b);
}

static void check_row(const Row *row, Arena *a)
{
    KubeTarget target = kube_target(20);
    Str version;
    Str kind;
    str_split_once(str_from_c(row->type), ' ', &version, &kind);
    const SchemaType *type = schema_find(version, kind);
    Value live = read(row->live ? row->live : "{}", a);
    Value decoded = live;
    Err err;
    if (type && !schema_decode(type, &live, &target, a, &decoded, NULL, &err)) {
        fail_msg("%s: %.*s", row->name, STR_ARG(err.msg));
    }
    Value config = read(row->config, a);
    if (!value_get_lit(&config, "apiVersion")) {
        value_set_lit(&config, "apiVersion", value_str(version), a);
        value_set_lit(&config, "kind", value_str(kind), a);
    }
    ManagedRequest req = { .target = &target,
                           .type = type,
                           .api_version = version,
                           .kind = kind,
                           .manager = row->manager ? str_from_c(row->manager) : STR("m"),
                           .time = STR(NOW) };
    ManagedApplied applied;
    managed_apply(&req, row->live ? &decoded : NULL, &config, row->force, a, &applied);
    Str got = applied_text(&applied, type, &target, a);
    if (!str_eq(got, str_from_c(row->want))) {
        fail_msg("%s:\n got %.*s\nwant %s", row->name, STR_ARG(got), row->want);
    }
}

#define ENTRY(manager, operation, fields)                                                    \
    "{'manager':'" manager "','operation':'" operation "','apiVersion':'v1','time':'" BEFORE \
    "','fieldsType':'FieldsV1','fieldsV1':" fields "}"
#define CM(managed, data) "{'metadata':{'uid':'u','managedFields':[" managed "]}," data "}"
#define META "'metadata':{'uid':'u'}"

static void applies(void **state)
{
    (void)state;
    static const Row rows[] = {
        { .name = "a new object",
          .type = "v1 ConfigMap",
          .config = "{'metadata':{'name':'c','labels':{}},'data':{'a':'1'}}",
          .want = "{'metadata':{'name':'c'},'data':{'a':'1'}}\nm Apply " NOW
                  " {'f:data':{'f:a':{}}}" },
        { .name = "the same again",
          .type = "v1 ConfigMap",
          .live = CM(ENTRY("m", "Apply", "{'f:data':{'f:a':{}}}"), "'data':{'a':'1'}"),
          .config = "{'data':{'a':'1'}}",
          .want = "same {" META ",'data':{'a':'1'}}\nm Apply " BEFORE " {'f:data':{'f:a':{}}}" },
        { .name = "what is applied no more goes",
          .type = "v1 ConfigMap",
          .live = CM(ENTRY("m", "Apply", "{'f:data':{'f:a':{},'f:b':{}}}"),
                     "'data':{'a':'1','b':'2','c':'3'}"),
          .config = "{'data':{'a':'1'}}",
          .want = "{" META ",'data':{'a':'1','c':'3'}}\nm Apply " NOW " {'f:data':{'f:a':{}}}" },
        { .name = "unless another owns it",
          .type = "v1 ConfigMap",
          .live = CM(ENTRY("m", "Apply", "{'f:data':{'f:a':{},'f:b':{}}}") "," ENTRY(
                         "o", "Update", "{'f:data':{'f:b':{}}}"),
                     "'data':{'a':'1','b':'2'}"),
          .config = "{'data':{'a':'1'}}",
          .want = "same {" META ",'data':{'a':'1','b':'2'}}\nm Apply " NOW
                  " {'f:data':{'f:a':{}}}\no Update " BEFORE " {'f:data':{'f:b':{}}}" },
        { .name = "nothing is left to own",
          .type = "v1 ConfigMap",
          .live = CM(ENTRY("m", "Apply", "{'f:data':{'f:a':{}}}"), "'data':{'a':'1'}"),
          .config = "{}",
          .want = "{" META "}" },
        { .name = "a conflict",
          .type = "v1 ConfigMap",
          .live = CM(ENTRY("o", "Apply", "{'f:data':{'f:a':{}}}"), "'data':{'a':'1'}"),
          .config = "{'data':{'a':'2'}}",
          .want = "!2 Apply failed with 1 conflict: conflict with \"o\": .data.a\n"
                  ".data.a conflict with \"o\"" },
        { .name = "conflicts",
          .type = "v1 Service",
          .live = "{'metadata':{'uid':'u','managedFields':[" ENTRY(
              "o", "Apply",
              "{'f:spec':{'f:ports':{'k:{\\'port\\':80,\\'protocol\\':\\'TCP\\'}':{'f:name':{}}},"
              "'f:type':{}}}") "," ENTRY("a", "Update",
                                         "{'f:spec':{'f:type':{}}}") "]},'spec':{"
                                                                     "'type':'ClusterIP','ports':[{"
                                                                     "'port':80,'protocol':'TCP',"
                                                                     "'name':'x','targetPort':80}]}"
                                                                     "}",
          .config =
              "{'spec':{'type':'NodePort','ports':[{'port':80,'protocol':'TCP','name':'y'}]}}",
          .want = "!2 Apply failed with 3 conflicts: conflicts with \"a\" using v1:\n- .spec.type\n"
                  "conflicts with \"o\":\n- .spec.type\n"
                  "- .spec.ports[port=80,protocol=\"TCP\"].name\n"
                  ".spec.type conflict with \"a\" using v1\n.spec.type conflict with \"o\"\n"
                  ".spec.ports[port=80,protocol=\"TCP\"].name conflict with \"o\"" },
        { .name = "by force",
          .type = "v1 ConfigMap",
          .force = true,
          .live = CM(ENTRY("o", "Apply", "{'f:data':{'f:a':{},'f:b':{}}}"), "'data':{'a':'1'}"),
          .config = "{'data':{'a':'2'}}",
          .want = "{" META ",'data':{'a':'2'}}\no Apply " BEFORE
                  " {'f:data':{'f:b':{}}}\nm Apply " NOW " {'f:data':{'f:a':{}}}" },
        { .name = "an object that nobody was tracked for",
          .type = "v1 ConfigMap",
          .live = "{" META ",'data':{'a':'1'}}",
          .config = "{'data':{'a':'2'}}",
          .want = "!2 Apply failed with 1 conflict: conflict with \"before-first-apply\" using v1: "
                  ".data.a\n.data.a conflict with \"before-first-apply\" using v1" },
        { .name = "lists with keys",
          .type = "v1 PodTemplate",
          .live = "{'metadata':{'uid':'u','managedFields':[" ENTRY(
              "m", "Apply",
              "{'f:template':{'f:spec':{'f:containers':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:name':{"
              "},"
              "'f:image':{}},'k:{\\'name\\':\\'b\\'}':{'.':{},'f:name':{}}}}}}") "]},'template':{"
                                                                                 "'spec':{'"
                                                                                 "containers':[{'"
                                                                                 "name':'b'},{'"
                                                                                 "name':'a','image'"
                                                                                 ":'1','tty':true}]"
                                                                                 "}}}",
          .config = "{'template':{'spec':{'containers':[{'name':'c','args':[]},{'name':'a',"
                    "'image':'2'}]}}}",
          .want =
              "{" META ",'template':{'metadata':{'creationTimestamp':null},'spec':{'containers':[{"
              "'name':'a','image':'2','resources':{},'tty':true},{'name':'c','resources':{}}]}}}\n"
              "m Apply " NOW
              " {'f:template':{'f:spec':{'f:containers':{'k:{\\'name\\':\\'a\\'}':{'.':{},"
              "'f:image':{},'f:name':{}},'k:{\\'name\\':\\'c\\'}':{'.':{},'f:args':{},'f:name':{}"
              "}}}}}" },
        { .name = "kubectl takes over from itself",
          .type = "v1 ConfigMap",
          .manager = "kubectl",
          .live =
              "{'metadata':{'uid':'u','annotations':{'kubectl.kubernetes.io/last-applied-"
              "configuration':'{\\'apiVersion\\':\\'v1\\',\\'kind\\':\\'ConfigMap\\',\\'data\\':{"
              "\\'a\\':\\'1\\'}}'},'managedFields':[" ENTRY("o", "Update",
                                                            "{'f:data':{'f:a':{}}}") "]},'data':{"
                                                                                     "'a':'1'}}",
          .config = "{'data':{'a':'2<'}}",
          .want =
              "{'metadata':{'uid':'u','annotations':{'kubectl.kubernetes.io/last-applied-"
              "configuration':'{\\'apiVersion\\':\\'v1\\',\\'data\\':{\\'a\\':\\'2\\\\u003c\\'},"
              "\\'kind\\':\\'ConfigMap\\'}\\n'}},'data':{'a':'2<'}}\nkubectl Apply " NOW
              " {'f:data':{'f:a':{}}}" },
        { .name = "a custom resource",
          .type = "x.example.org/v1 Widget",
          .config = "{'metadata':{'name':'w'},'spec':{'list':[{'k':1}],'deep':{'n':1}}}",
          .want = "{'metadata':{'name':'w'},'spec':{'list':[{'k':1}],'deep':{'n':1}}}\nm Apply " NOW
                  " {'f:spec':{'.':{},'f:deep':{'.':{},'f:n':{}},'f:list':{}}}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        check_row(&rows[i], &a);
        arena_done(&a);
    }
}

static void complains(void **state)
{
    (void)state;
#define PATCH "!3 failed to create typed patch object: "
    static const Row rows[] = {
        { .name = "version",
          .type = "v1 ConfigMap",
          .config = "{'apiVersion':'v2'}",
          .want = "!1 Incorrect version specified in apply patch. Specified patch version: v2, "
                  "expected: v1" },
        { .name = "no version",
          .type = "apps/v1 Deployment",
          .config = "{'apiVersion':'a/b/c'}",
          .want = "!1 Incorrect version specified in apply patch. Specified patch version: , "
                  "expected: apps/v1" },
        { .name = "managedFields",
          .type = "v1 ConfigMap",
          .config = "{'metadata':{'managedFields':[]}}",
          .want = "!1 metadata.managedFields must be nil" },
        { .name = "kind",
          .type = "apps/v1 Deployment",
          .config = "{'apiVersion':'apps/v1','kind':'Nope'}",
          .want = PATCH "no corresponding type for apps/v1, Kind=Nope" },
        { .name = "string",
          .type = "v1 ConfigMap",
          .config = "{'data':{'a':1}}",
          .want = PATCH ".data.a: expected string, got &value.valueUnstructured{Value:1}" },
        { .name = "string of more",
          .type = "v1 ConfigMap",
          .config = "{'data':{'a':{'x':[1.5,'s',null,true]}}}",
          .want = PATCH ".data.a: expected string, got &value.valueUnstructured{Value:"
                        "map[string]interface {}{\"x\":[]interface {}{1.5, \"s\", "
                        "interface {}(nil), true}}}" },
        { .name = "several",
          .type = "v1 Service",
          .config = "{'spec':{'ports':7,'selector':'s','clusterIP':null},'nope':{}}",
          .want = PATCH "errors:\n  .spec.ports: expected list, got &{7}\n"
                        "  .spec.selector: expected map, got &{s}\n"
                        "  .nope: field not declared in schema" },
        { .name = "numbers and booleans",
          .type = "v1 Pod",
          .config = "{'spec':{'terminationGracePeriodSeconds':'1','hostNetwork':'x'}}",
          .want = PATCH "errors:\n  .spec.terminationGracePeriodSeconds: expected numeric (int or "
                        "float), got *value.valueUnstructured\n"
                        "  .spec.hostNetwork: expected boolean, got &{x}" },
        { .name = "keys",
          .type = "v1 Service",
          .config = "{'spec':{'ports':[{'port':80}]}}",
          .want = PATCH ".spec.ports: element 0: associative list with keys has an element that "
                        "omits key field \"protocol\" (and doesn't have default value)" },
        { .name = "twice",
          .type = "v1 Pod",
          .config = "{'spec':{'containers':[{'name':'a'},{'name':'b'},{'name':'a'}]}}",
          .want = PATCH ".spec.containers: duplicate entries for key [name=\"a\"]" },
        { .name = "within an atomic list",
          .type = "v1 Pod",
          .config = "{'spec':{'tolerations':[{},{'key':{}}]}}",
          .want = PATCH ".spec.tolerations[1].key: expected string, got "
                        "&value.valueUnstructured{Value:map[string]interface {}{}}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Arena a;
        arena_init(&a, 0);
        check_row(&rows[i], &a);
        arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(applies),
        cmocka_unit_test(complains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
