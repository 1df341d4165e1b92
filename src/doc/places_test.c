/* SPDX-License-Identifier: Apache-2.0 */
/* Many places found at once are those that are found one by one. */
#include "doc/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const char *const texts[] = {
    "# a pod\n"
    "kind: Pod\n"
    "metadata:\n"
    "  annotations:\n"
    "    a.b/c: x\n"
    "    \"q]r\": z\n"
    "    8080: port\n"
    "spec:\n"
    "  containers:\n"
    "  - name: \xC3\xA9\n"
    "    args: [x, {k: v}, \xC3\xA9, 'w']\r\n"
    "  -\n"
    "    name: b\n"
    "    ports: [{containerPort: 80}]\n",
    "{\"kind\": \"Pod\", \"metadata\": {\"annotations\": {\"a.b/c\": \"x\", \"q]r\": 1}},\n"
    " \"spec\": {\"containers\": [{\"name\": \"\xC3\xA9\", \"args\": [\"x\", {\"k\": \"v\"}]},\n"
    "   {\"n\\u0061me\": \"b\", \"ports\": [{\"containerPort\": 80}]}]}}",
    "a: &x {name: c, ports: [{containerPort: 1}]}\n"
    "spec:\n"
    "  containers:\n"
    "  - *x\n"
    "  - <<: *x\n"
    "    image: i\n",
    "--- \nspec: {hostPID: true}\n--- # two\n\nspec:\n  containers: [{name: a}]\n...\n---\n"
    "spec: {containers: [{name: b}, {name: c}]}\n",
    "apiVersion: v1\nkind: List\nitems:\n- spec: {hostPID: true}\n- spec:\n    containers:\n    - "
    "name: a\n",
    "  kind: x\n  spec: {hostPID: true}\n---\n  spec: {hostPID: true}\n",
    "\xEF\xBB\xBFkind: x\nspec: {hostPID: true}\n",
    "[{\"spec\": {\"hostPID\": true}}, {\"spec\": {\"containers\": [{\"name\": \"a\"}]}}]",
};

static const char *const paths[] = {
    "",
    "kind",
    "metadata",
    "metadata.annotations[a.b/c]",
    "metadata.annotations.a.b/c",
    "metadata.annotations[q]r]",
    "metadata.annotations[8080]",
    "metadata.annotations[zz]",
    "metadata.labels[x]",
    "spec.containers",
    "spec.containers[0]",
    "spec.containers[0].name",
    "spec.containers[0].args[1].k",
    "spec.containers[0].args[3]",
    "spec.containers[0].args[9]",
    "spec.containers[1].name",
    "spec.containers[1].image",
    "spec.containers[1].ports[0].containerPort",
    "spec.containers[1].ports[0].hostPort",
    "spec.containers[0].ports[0].containerPort",
    "spec.containers[2].name",
    "spec.containers[",
    "spec.containers[0",
    "spec..containers",
    "spec.hostPID",
    "items[0].spec.hostPID",
    "items[1].spec.containers[0].name",
    "items[1].spec.hostPID",
    "items[2].spec",
    "[0].spec.hostPID",
    "[1].spec.containers[0].name",
    ".",
};

static void found_at_once_as_one_by_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        Arena a;
        DocList docs;
        Err err;
        arena_init(&a, 0);
        if (!docs_read(STR("f"), str_from_c(texts[i]), NULL, &a, &docs, &err)) {
            fail_msg("%.*s", STR_ARG(err.msg));
        }
        DocPlaces *places = doc_places_new(&a);
        for (size_t d = 0; d < docs.count; d++) {
            for (size_t p = 0; p < COUNT_OF(paths); p++) {
                doc_places_add(places, &docs.items[d], str_from_c(paths[p]));
            }
        }
        doc_places_find(places);
        for (size_t d = 0; d < docs.count; d++) {
            for (size_t p = 0; p < COUNT_OF(paths); p++) {
                Str path = str_from_c(paths[p]);
                DocPosition at;
                DocPosition want;
                bool is_found = doc_places_get(places, &docs.items[d], path, &at);
                bool is_wanted = doc_position(&docs.items[d], path, &want);
                if (is_found != is_wanted || at.line != want.line || at.column != want.column) {
                    fail_msg("text %zu document %zu %s: is %zu:%zu %d, want %zu:%zu %d", i, d,
                             paths[p], at.line, at.column, is_found, want.line, want.column,
                             is_wanted);
                }
            }
        }
        arena_done(&a);
    }
}

/* A field of a document that nobody asked for is found all the same. */
static void not_asked_for(void **state)
{
    (void)state;
    Arena a;
    DocList docs;
    Err err;
    DocPosition at;
    arena_init(&a, 0);
    assert_true(docs_read(STR("f"), STR("a: 1\nb: 2\n"), NULL, &a, &docs, &err));
    DocPlaces *places = doc_places_new(&a);
    doc_places_find(places);
    assert_true(doc_places_get(places, &docs.items[0], STR("b"), &at));
    assert_int_equal(at.line, 2);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_at_once_as_one_by_one),
        cmocka_unit_test(not_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
