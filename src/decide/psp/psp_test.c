/* SPDX-License-Identifier: Apache-2.0 */
/* Which policy wins, in which words the others refuse, and what holds for any policies and pods. */
#include "decide/psp/psp.h"

#include "decide/psp/attempt.h"
#include "decide/psp/test_psp.h"
#include "doc/patch.h"

enum { POLICIES_MAX = 6 };

/* Some policies and a pod, decided. */
typedef struct Trial {
    Arena arena;
    KubeTarget target;
    PspCandidate candidates[POLICIES_MAX];
    size_t count;
    Value pod;
    PodView view;
    PspRequest request;
    PspDecision decision;
} Trial;

static void trial_init(Trial *t, int minor, const char *pod_annotations, const char *pod)
{
    *t = (Trial){ .target = kube_target(minor) };
    arena_init(&t->arena, 0);
    t->pod = psp_test_pod(&t->arena, pod_annotations, pod);
}

static void trial_policy(Trial *t, const char *name, const char *members)
{
    t->candidates[t->count++].policy = psp_test_policy(&t->arena, name, NULL, members);
}

static void trial_decide(Trial *t, PspPass pass, bool explain)
{
    Err err = { 0 };
    if (!pod_view_read(&t->pod, &t->arena, &t->view, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
    t->request = (PspRequest){ .candidates = t->candidates,
                               .candidate_count = t->count,
                               .providers_exist = t->request.providers_exist,
                               .pod = &t->view,
                               .pass = pass,
                               .target = &t->target,
                               .explain = explain };
    psp_admit(&t->request, &t->arena, &t->decision);
}

static void apply(Value *pod, const Value *patch, Arena *a)
{
    Err err = { 0 };
    if (!patch_apply(pod, patch, a, &err)) {
        fail_msg("%.*s", STR_ARG(err.msg));
    }
}

static Str winner(const Trial *t)
{
    return t->decision.policy ? t->decision.policy->name : STR("none");
}

#define MUST_RUN_AS_10 "'runAsUser':{'rule':'MustRunAs','ranges':[{'min':10,'max':20}]}"
#define MUST_RUN_AS_30 "'runAsUser':{'rule':'MustRunAs','ranges':[{'min':30,'max':40}]}"

static void test_unchanged_beats_changed(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, NULL, "");
    trial_policy(&t, "a", MUST_RUN_AS_10);
    trial_policy(&t, "b", MUST_RUN_AS_30);
    trial_policy(&t, "c", "");
    trial_policy(&t, "d", "");
    trial_decide(&t, PSP_MUTATING, false);
    psp_test_same("unchanged", "winner", winner(&t), STR("c"));
    assert_false(t.decision.mutates);
    assert_int_equal(t.decision.tried[0].outcome, PSP_ADMITS_CHANGED);
    assert_int_equal(t.decision.tried[3].outcome, PSP_NOT_TRIED);
    arena_done(&t.arena);
}

static void test_first_changed_wins(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, NULL, "'hostPID':true");
    trial_policy(&t, "a", "");
    trial_policy(&t, "b", "'hostPID':true," MUST_RUN_AS_30);
    trial_policy(&t, "c", "'hostPID':true," MUST_RUN_AS_10);
    trial_decide(&t, PSP_MUTATING, false);
    psp_test_same("changed", "winner", winner(&t), STR("b"));
    assert_true(t.decision.mutates);
    assert_int_equal(t.decision.tried[0].outcome, PSP_REFUSED);
    arena_done(&t.arena);
}

static void test_names_are_ordered_by_bytes(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, NULL, "");
    trial_policy(&t, "b", "");
    trial_policy(&t, "a.b", "");
    trial_policy(&t, "00", "");
    trial_decide(&t, PSP_MUTATING, false);
    psp_test_same("order", "winner", winner(&t), STR("00"));
    psp_test_same("order", "last", t.decision.tried[2].candidate.policy->name, STR("b"));
    arena_done(&t.arena);
}

static void test_annotation_is_replaced(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, "'kubernetes.io/psp':'mine'", "");
    trial_policy(&t, "p", "");
    trial_decide(&t, PSP_MUTATING, false);
    Buf b = buf_new(&t.arena);
    json_write(&t.decision.patch, &b);
    psp_test_same("annotation", "patch", buf_str(&b),
                  STR("[{\"op\":\"add\",\"path\":\"/metadata/annotations/kubernetes.io~1psp\","
                      "\"value\":\"p\"}]"));
    arena_done(&t.arena);
}

static void test_no_metadata(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, NULL, "");
    t.pod = psp_test_json(&t.arena, "{'spec':{'containers':[{'name':'c'}]}}");
    trial_policy(&t, "p", "");
    trial_decide(&t, PSP_MUTATING, false);
    Buf b = buf_new(&t.arena);
    json_write(&t.decision.patch, &b);
    psp_test_same("metadata", "patch", buf_str(&b),
                  STR("[{\"op\":\"add\",\"path\":\"/metadata\",\"value\":{\"annotations\":"
                      "{\"kubernetes.io/psp\":\"p\"}}}]"));
    arena_done(&t.arena);
}

/* What is missing or null on the way is made. */
static void test_patch_of_little(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "{'metadata':{}}", "{'metadata':{'annotations':{'kubernetes.io/psp':'p'}},"
                             "'spec':{'securityContext':{'fsGroup':1}}}" },
        { "{'metadata':null,'spec':{'containers':[null],'securityContext':null}}",
          "{'metadata':{'annotations':{'kubernetes.io/psp':'p'}},'spec':{'containers':["
          "{'securityContext':{'runAsUser':10}}],'securityContext':{'fsGroup':1}}}" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Trial t;
        trial_init(&t, 20, NULL, "");
        t.pod = psp_test_json(&t.arena, rows[i][0]);
        trial_policy(&t, "p",
                     "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':1,'max':1}]}," MUST_RUN_AS_10);
        trial_decide(&t, PSP_MUTATING, false);
        apply(&t.pod, &t.decision.patch, &t.arena);
        Value want = psp_test_json(&t.arena, rows[i][1]);
        assert_true(value_equal(&t.pod, &want));
        arena_done(&t.arena);
    }
}

/* -- the validating pass ----------------------------------------------------------------------- */

static void test_hint_is_tried_first(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, "'kubernetes.io/psp':'c'", "");
    trial_policy(&t, "a", "");
    trial_policy(&t, "b", "");
    trial_policy(&t, "c", "");
    trial_decide(&t, PSP_VALIDATING, false);
    psp_test_same("hint", "winner", winner(&t), STR("c"));
    psp_test_same("hint", "second", t.decision.tried[1].candidate.policy->name, STR("a"));
    assert_int_equal(t.decision.patch.len, 0);
    arena_done(&t.arena);
}

static void test_validating_changes_nothing(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, NULL, "");
    trial_policy(&t, "a", MUST_RUN_AS_10);
    trial_decide(&t, PSP_VALIDATING, false);
    assert_false(t.decision.allowed);
    assert_int_equal(t.decision.tried[0].outcome, PSP_WOULD_CHANGE);
    psp_test_same("validating", "message", t.decision.message,
                  STR("PodSecurityPolicy: unable to validate pod: []"));
    arena_done(&t.arena);
}

/* -- words ------------------------------------------------------------------------------------- */

typedef struct WordsRow {
    int minor;
    PspPass pass;
    bool providers_exist;
    const char *policy; /* the one candidate's; NULL for no candidate */
    const char *want;
} WordsRow;

#define PID "spec.securityContext.hostPID: Invalid value: true: Host PID is not allowed to be used"

static const WordsRow words[] = {
    { 19, PSP_MUTATING, true, "", "unable to validate against any pod security policy: [" PID "]" },
    { 19, PSP_VALIDATING, true, NULL, "unable to validate against any pod security policy: []" },
    { 19, PSP_MUTATING, false, NULL, "no providers available to validate pod request" },
    { 20, PSP_MUTATING, true, "", "PodSecurityPolicy: unable to admit pod: [" PID "]" },
    { 20, PSP_VALIDATING, true, "", "PodSecurityPolicy: unable to validate pod: [" PID "]" },
    { 20, PSP_MUTATING, true, NULL, "PodSecurityPolicy: unable to admit pod: []" },
    { 20, PSP_MUTATING, false, NULL,
      "PodSecurityPolicy: no providers available to validate pod request" },
    { 20, PSP_MUTATING, false, "'fsGroup':{'rule':'MustRunAs'}",
      "PodSecurityPolicy: no providers available to validate pod request" },
    { 20, PSP_MUTATING, true, "'fsGroup':{'rule':'MustRunAs'}",
      "PodSecurityPolicy: unable to admit pod: []" },
    { 37, PSP_MUTATING, true, "", "PodSecurityPolicy: unable to admit pod: [" PID "]" },
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        Trial t;
        trial_init(&t, words[i].minor, NULL, "'hostPID':true");
        if (words[i].policy) {
            trial_policy(&t, "p", words[i].policy);
        }
        t.request.providers_exist = words[i].providers_exist;
        trial_decide(&t, words[i].pass, false);
        assert_false(t.decision.allowed);
        psp_test_same(words[i].want, "message", t.decision.message, str_from_c(words[i].want));
        arena_done(&t.arena);
    }
}

static void test_errors_of_several_policies(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, NULL, "'hostPID':true,'hostIPC':true");
    trial_policy(&t, "b", "'hostPID':true");
    trial_policy(&t, "a", "'hostIPC':true");
    trial_policy(&t, "c", "'seLinux':{'rule':'MustRunAs'}");
    trial_decide(&t, PSP_MUTATING, false);
    psp_test_same("several", "message", t.decision.message,
                  STR("PodSecurityPolicy: unable to admit pod: [" PID
                      " spec.securityContext.hostIPC: Invalid value: true: Host IPC is not "
                      "allowed to be used]"));
    assert_int_equal(t.decision.tried[2].outcome, PSP_NO_PROVIDER);
    arena_done(&t.arena);
}

static void test_explain(void **state)
{
    (void)state;
    Trial t;
    trial_init(&t, 20, NULL, "'hostPID':true");
    trial_policy(&t, "a", "'hostPID':true");
    trial_policy(&t, "b", "");
    trial_policy(&t, "c", "'hostPID':true," MUST_RUN_AS_10);
    trial_decide(&t, PSP_MUTATING, true);
    psp_test_same("explain", "winner", winner(&t), STR("a"));
    assert_int_equal(t.decision.tried[1].outcome, PSP_REFUSED);
    assert_int_equal(t.decision.tried[1].errs.count, 1);
    assert_int_equal(t.decision.tried[2].outcome, PSP_ADMITS_CHANGED);
    assert_int_equal(value_len(&t.decision.tried[2].patch), 2);
    arena_done(&t.arena);
}

/* -- properties: policies and pods put together at random from pieces ----------------------------
 */

typedef struct Dice {
    uint64_t state;
} Dice;

static size_t roll(Dice *d, size_t sides)
{
    d->state = d->state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(d->state >> 33) % sides;
}

/* Each dimension with its variants; the first of each says nothing. */
static const char *const policy_pieces[][4] = {
    { "", "'privileged':true", "'hostPID':true", "'privileged':true,'hostPID':true" },
    { "", MUST_RUN_AS_10, MUST_RUN_AS_30, "'runAsUser':{'rule':'MustRunAsNonRoot'}" },
    { "", "'fsGroup':{'rule':'MustRunAs','ranges':[{'min':1,'max':9}]}",
      "'fsGroup':{'rule':'MayRunAs','ranges':[{'min':5,'max':9}]}",
      "'fsGroup':{'rule':'MustRunAs'}" },
    { "", "'requiredDropCapabilities':['ALL']", "'allowedCapabilities':['*']",
      "'defaultAddCapabilities':['KILL'],'requiredDropCapabilities':['MKNOD']" },
    { "", "'allowPrivilegeEscalation':false", "'defaultAllowPrivilegeEscalation':false",
      "'readOnlyRootFilesystem':true" },
    { "", "'volumes':['secret']", "'volumes':[]", "'allowedHostPaths':[{'pathPrefix':'/a'}]" },
    { "", "'seLinux':{'rule':'MustRunAs','seLinuxOptions':{'type':'t'}}",
      "'runtimeClass':{'allowedRuntimeClassNames':['*'],'defaultRuntimeClassName':'k'}",
      "'supplementalGroups':{'rule':'MustRunAs','ranges':[{'min':3,'max':4}]}" },
};
static const char *const policy_annotations[] = {
    NULL,
    "'seccomp.security.alpha.kubernetes.io/allowedProfileNames':'*',"
    "'seccomp.security.alpha.kubernetes.io/defaultProfileName':'runtime/default'",
    "'seccomp.security.alpha.kubernetes.io/allowedProfileNames':'runtime/default,unconfined'",
    "'apparmor.security.beta.kubernetes.io/defaultProfileName':'runtime/default',"
    "'apparmor.security.beta.kubernetes.io/allowedProfileNames':'runtime/default'",
};
static const char *const pod_pieces[][4] = {
    { "", "'hostPID':true", "'hostIPC':true", "'hostPID':false,'hostNetwork':true" },
    { "", "'resourceClaims':[{'name':'r'}]",
      "'ephemeralContainers':[{'name':'e','securityContext':{'privileged':true}}]",
      "'ephemeralContainers':[{'name':'e','ports':[{'hostPort':80}],"
      "'securityContext':{'windowsOptions':{'hostProcess':true},'procMount':'Unmasked'}}]" },
    { "", "'securityContext':{'runAsUser':12}", "'securityContext':{'fsGroup':7}",
      "'securityContext':{'seLinuxOptions':{'type':'t'},'supplementalGroups':[3]}" },
    { "", "'containers':[{'name':'c','securityContext':{'capabilities':{'add':['KILL']}}}]",
      "'containers':[{'name':'c','securityContext':{'runAsUser':31,'privileged':false}},"
      "{'name':'d'}]",
      "'containers':[{'name':'c','securityContext':{'seccompProfile':{'type':'RuntimeDefault'},"
      "'appArmorProfile':{'type':'RuntimeDefault'}}}]" },
    { "", "'initContainers':[{'name':'i','securityContext':{'capabilities':{'drop':['MKNOD']}}}]",
      "'initContainers':[{'name':'i'}]", "'runtimeClassName':'k'" },
    { "", "'volumes':[{'name':'v','secret':{}}]",
      "'volumes':[{'name':'v','hostPath':{'path':'/a'}}]", "'volumes':[{'name':'v'}]" },
};
static const char *const pod_annotations[] = {
    NULL,
    "'seccomp.security.alpha.kubernetes.io/pod':'runtime/default'",
    "'container.seccomp.security.alpha.kubernetes.io/c':'unconfined'",
    "'container.apparmor.security.beta.kubernetes.io/c':'runtime/default'",
};

/* Pieces, two in three of them the one that says nothing. */
static const char *pieces(Dice *d, Arena *a, const char *const (*table)[4], size_t count)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < count; i++) {
        const char *piece = table[i][roll(d, 3) ? 0 : roll(d, 4)];
        if (*piece) {
            buf_add(&b, b.len ? STR(",") : STR(""));
            buf_add(&b, str_from_c(piece));
        }
    }
    return arena_cstr(a, buf_str(&b));
}

static void random_trial(Trial *t, Dice *d)
{
    static const char *const names[POLICIES_MAX] = { "a", "b", "b.a", "b-a", "c", "d" };
    static const int minors[] = { 18, 20, 25, 37 };
    trial_init(t, minors[roll(d, COUNT_OF(minors))], NULL, "");
    t->pod = psp_test_pod(&t->arena, pod_annotations[roll(d, COUNT_OF(pod_annotations))],
                          pieces(d, &t->arena, pod_pieces, COUNT_OF(pod_pieces)));
    for (size_t count = 1 + roll(d, POLICIES_MAX); t->count < count;) {
        const char *annotations = policy_annotations[roll(d, COUNT_OF(policy_annotations))];
        t->candidates[t->count].policy = psp_test_policy(
            &t->arena, names[t->count], annotations,
            pieces(d, &t->arena, policy_pieces, COUNT_OF(policy_pieces)));
        t->count++;
    }
}

static void print_pod(const Trial *t)
{
    Buf b = buf_new((Arena *)(uintptr_t)&t->arena);
    json_write(&t->pod, &b);
    print_message("1.%d %.*s\n", t->target.minor, STR_ARG(buf_str(&b)));
}

/* A pod that was admitted is admitted again as it is, by both passes. */
static void test_decided_again_nothing_changes(void **state)
{
    (void)state;
    Dice d = { 1 };
    size_t changed = 0;
    for (int i = 0; i < 4000; i++) {
        Trial t;
        random_trial(&t, &d);
        trial_decide(&t, PSP_MUTATING, false);
        if (t.decision.allowed) {
            Str first = winner(&t);
            changed += t.decision.mutates;
            apply(&t.pod, &t.decision.patch, &t.arena);
            trial_decide(&t, PSP_VALIDATING, false);
            if (!t.decision.allowed || !str_eq(winner(&t), first)) {
                print_pod(&t);
                fail_msg("%d: %.*s was admitted by %.*s and then: %.*s", i, STR_ARG(first),
                         STR_ARG(winner(&t)), STR_ARG(t.decision.message));
            }
            trial_decide(&t, PSP_MUTATING, false);
            assert_true(t.decision.allowed);
            assert_false(t.decision.mutates);
        }
        arena_done(&t.arena);
    }
    assert_true(changed > 200);
}

/* The order in which policies are handed over does not matter, nor does asking for reasons. */
static void test_any_order_one_answer(void **state)
{
    (void)state;
    Dice d = { 2 };
    for (int i = 0; i < 2000; i++) {
        Trial t;
        random_trial(&t, &d);
        PspPass pass = roll(&d, 2) ? PSP_MUTATING : PSP_VALIDATING;
        trial_decide(&t, pass, false);
        PspDecision first = t.decision;
        for (size_t k = t.count; k > 1; k--) {
            size_t with = roll(&d, k);
            PspCandidate held = t.candidates[k - 1];
            t.candidates[k - 1] = t.candidates[with];
            t.candidates[with] = held;
        }
        trial_decide(&t, pass, roll(&d, 2));
        assert_ptr_equal(t.decision.policy, first.policy);
        psp_test_same("order", "message", t.decision.message, first.message);
        assert_true(value_equal(&t.decision.patch, &first.patch));
        arena_done(&t.arena);
    }
}

/* Every strategy that has a hook, for any policy and pod. */
static PspPhases all_phases(void)
{
    PspPhases all = { 0, 0, 0, 0 };
    for (size_t i = 0; i < psp_pod_strategies.count; i++) {
        all.pod_defaults |= (uint32_t)(psp_pod_strategies.items[i]->default_pod != NULL) << i;
        all.pod_checks |= (uint32_t)(psp_pod_strategies.items[i]->check_pod != NULL) << i;
    }
    for (size_t i = 0; i < psp_container_strategies.count; i++) {
        const PspStrategy *strategy = psp_container_strategies.items[i];
        all.container_defaults |= (uint32_t)(strategy->default_container != NULL) << i;
        all.container_checks |= (uint32_t)(strategy->check_container != NULL) << i;
    }
    return all;
}

static Str said(Trial *t, const PspAttempt *base, const PspPolicy *policy)
{
    FieldErrors errs = field_errors_new(&t->arena);
    PspAttempt at = { .errs = &errs, .containers = new(&t->arena, PspContainer, 8) };
    psp_attempt_default(&at, base, policy);
    psp_attempt_check(&at);
    Buf b = buf_new(&t->arena);
    field_errors_write_list(&errs, &b);
    Value patch = psp_attempt_patch(&at);
    json_write(&patch, &b);
    return buf_str(&b);
}

/* A strategy that is passed over, because of the policy or of the pod, had nothing to say. */
static void test_nothing_is_passed_over(void **state)
{
    (void)state;
    Dice d = { 3 };
    for (int i = 0; i < 3000; i++) {
        Trial t;
        random_trial(&t, &d);
        Err err = { 0 };
        assert_true(pod_view_read(&t.pod, &t.arena, &t.view, &err));
        for (size_t k = 0; k < t.count; k++) {
            PspPolicy policy = *t.candidates[k].policy;
            if (policy.build_error.ptr) {
                continue;
            }
            PspAttempt base = psp_attempt_new(&t.view, &t.target, &t.arena);
            Str some = said(&t, &base, &policy);
            base.phases = all_phases();
            policy.pod_strategies = policy.container_strategies = ~0u;
            psp_test_same("passed over", "answer", some, said(&t, &base, &policy));
        }
        arena_done(&t.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unchanged_beats_changed),
        cmocka_unit_test(test_first_changed_wins),
        cmocka_unit_test(test_names_are_ordered_by_bytes),
        cmocka_unit_test(test_annotation_is_replaced),
        cmocka_unit_test(test_no_metadata),
        cmocka_unit_test(test_patch_of_little),
        cmocka_unit_test(test_hint_is_tried_first),
        cmocka_unit_test(test_validating_changes_nothing),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_errors_of_several_policies),
        cmocka_unit_test(test_explain),
        cmocka_unit_test(test_decided_again_nothing_changes),
        cmocka_unit_test(test_any_order_one_answer),
        cmocka_unit_test(test_nothing_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
