/* SPDX-License-Identifier: Apache-2.0 */
/* Property: the order of bindings, subjects and groups never matters. Random clusters and requests,
 * each asked again with everything shuffled. */
#include "decide/rbac/escalate.h"

#include "decide/rbac/test_cluster.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

enum { CLUSTERS = 150, REQUESTS = 20, BINDINGS = 8, NAMES = 5 };

static const char *const names[NAMES] = { "a", "b", "c", "d", "e" };

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static const char *pick(uint64_t *seed)
{
    return names[next(seed) % NAMES];
}

/* A list of items as JSON, shuffled by order. */
static Str join(Str *items, size_t count, uint64_t *order, Arena *a)
{
    for (size_t i = count; i > 1; i--) {
        size_t other = next(order) % i;
        Str kept = items[i - 1];
        items[i - 1] = items[other];
        items[other] = kept;
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, i ? STR(",") : STR(""));
        buf_add(&b, items[i]);
    }
    return buf_str(&b);
}

/* The same content for the same seed, in the order of order. */
static void build(TestCluster *c, uint64_t seed, uint64_t order)
{
    static const char *const kinds[] = { "User", "Group", "ServiceAccount" };
    Arena *a = &c->arena;
    Str objects[NAMES + BINDINGS];
    size_t count = 0;
    for (size_t i = 0; i + 1 < NAMES; i++) { /* one name has no role */
        objects[count++] = arena_printf(
            a,
            "{'kind':'ClusterRole','metadata':{'name':'%s'},'rules':[{'verbs':['%s'],'apiGroups':"
            "[''],'resources':['%s'],'resourceNames':['%s']},{'verbs':['%s'],'apiGroups':['*'],"
            "'resources':['%s']}]}",
            names[i], pick(&seed), pick(&seed), pick(&seed), pick(&seed), pick(&seed));
    }
    for (size_t i = 0; i < BINDINGS; i++) {
        Str subjects[3];
        bool cluster = next(&seed) % 2;
        const char *role = pick(&seed);
        for (size_t s = 0; s < COUNT_OF(subjects); s++) {
            const char *kind = kinds[next(&seed) % COUNT_OF(kinds)];
            subjects[s] = arena_printf(a, "{'kind':'%s','name':'%s','namespace':'n'}", kind,
                                       pick(&seed));
        }
        Str list = join(subjects, COUNT_OF(subjects), &order, a);
        objects[count++] = arena_printf(
            a,
            "{'kind':'%s','metadata':{'name':'%zu','namespace':'n'},'roleRef':{'kind':"
            "'ClusterRole','name':'%s'},'subjects':[%.*s]}",
            cluster ? "ClusterRoleBinding" : "RoleBinding", i, role, STR_ARG(list));
    }
    Str list = join(objects, count, &order, a);
    test_cluster_add(c, arena_printf(a, "[%.*s]", STR_ARG(list)).ptr);
}

typedef struct Ask {
    UserInfo user;
    Str groups[2];
    RbacRequest req;
} Ask;

static void ask_of(uint64_t *seed, Ask *ask, Arena *a)
{
    ask->groups[0] = str_from_c(pick(seed));
    ask->groups[1] = str_from_c(pick(seed));
    const char *name = pick(seed);
    ask->user = (UserInfo){
        .name = next(seed) % 2 ? arena_printf(a, "system:serviceaccount:n:%s", name)
                               : str_from_c(name),
        .groups = { ask->groups, 2 },
    };
    ask->req = (RbacRequest){
        .user = &ask->user,
        .verb = str_from_c(pick(seed)),
        .resource = str_from_c(pick(seed)),
        .name = str_from_c(pick(seed)),
        .namespace = next(seed) % 2 ? STR("n") : STR(""),
        .is_resource = true,
    };
}

static void swap_groups(Ask *ask)
{
    Str kept = ask->groups[0];
    ask->groups[0] = ask->groups[1];
    ask->groups[1] = kept;
}

/* The subject that a reason names is the binding's first that fits, so it may differ. */
static Str without_subject(Str reason)
{
    ptrdiff_t at = str_index(reason, STR(" to "));
    return at < 0 ? reason : str_slice(reason, 0, (size_t)at);
}

static void order_never_matters(void **state)
{
    (void)state;
    size_t allowed = 0, missing = 0;
    for (uint64_t i = 1; i <= CLUSTERS; i++) {
        uint64_t seed = i * 0x9e3779b97f4a7c15;
        TestCluster one, other;
        test_cluster_init(&one);
        test_cluster_init(&other);
        build(&one, seed, 1);
        build(&other, seed, seed | 1);
        for (size_t r = 0; r < REQUESTS; r++) {
            Ask ask;
            RbacAnswer first, second;
            RbacNames names_first, names_second;
            Str group = STR("");
            ask_of(&seed, &ask, &one.arena);
            const RbacRequest *q = &ask.req;
            rbac_authorize(&one.facts, q, &one.arena, &first);
            rbac_names_allowed(&one.facts, &ask.user, q->verb, (StrList){ &group, 1 }, q->resource,
                               q->namespace, &one.arena, &names_first);
            swap_groups(&ask);
            rbac_authorize(&other.facts, q, &other.arena, &second);
            rbac_names_allowed(&other.facts, &ask.user, q->verb, (StrList){ &group, 1 },
                               q->resource, q->namespace, &other.arena, &names_second);

            assert_int_equal(first.allowed, second.allowed);
            assert_true(str_eq(without_subject(first.reason), without_subject(second.reason)));
            assert_int_equal(rbac_allows(&one.facts, q), first.allowed);
            assert_int_equal(rbac_allows(&other.facts, q), first.allowed);
            /* all names in one pass say the same as one name at a time */
            assert_int_equal(rbac_names_find(&names_first, q->name) != NULL, first.allowed);
            assert_int_equal(names_first.count, names_second.count);
            assert_int_equal(names_first.all, names_second.all);
            allowed += first.allowed;
            missing += first.reason.len && !first.allowed;
        }
        test_cluster_done(&one);
        test_cluster_done(&other);
    }
    /* the clusters are such that both happen often */
    assert_true(allowed > CLUSTERS && missing > CLUSTERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(order_never_matters) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
