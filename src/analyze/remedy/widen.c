/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest widening of what the pod meets: a policy that it may use, the level of its
 * namespace. */
#include "analyze/remedy/search.h"

#include "decide/psa/policy.h"

/* The next level that is more lax than the one that refuses. */
static void lower_level(RemedySearch *s, const RemedyTrial *trial, RemedyParts *parts)
{
    const Facts *facts = snapshot_facts(trial->snapshot);
    const RemedyQuestion *q = s->question;
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), q->namespace };
    const Value *namespace = facts->object(facts->cluster, key);
    const PsaConfig *config = q->pod_security ? q->pod_security : &psa_config_default;
    FieldErrors errs = field_errors_new(s->arena);
    PsaPolicy policy;
    psa_policy_from_labels(value_at(namespace, "metadata", "labels", NULL), &config->defaults,
                           &errs, &policy);
    PsaLevel level = policy.modes[PSA_ENFORCE].level;
    if (!namespace || level == PSA_PRIVILEGED) {
        return;
    }
    Str label = psa_mode_level_label(PSA_ENFORCE);
    Buf pointer = buf_new(s->arena);
    buf_lit(&pointer, "/metadata/labels/");
    for (size_t i = 0; i < label.len; i++) {
        buf_add(&pointer, label.ptr[i] == '/' ? STR("~1") : str_slice(label, i, i + 1));
    }
    RemedyPart part = {
        .op = REMEDY_SET,
        .object = key,
        .api_version = STR("v1"),
        .pointer = buf_str(&pointer),
        .value = value_str(psa_level_name(level - 1)),
    };
    remedy_add(s, parts, part);
}

static void propose(RemedySearch *s, const RemedyTrial *trial, Str policy, RemedyParts *parts)
{
    if (str_eq(trial->refused_by, STR("PodSecurity"))) {
        lower_level(s, trial, parts);
        return;
    }
    if (remedy_is_excess(trial)) {
        remedy_widen_quota(s, trial, parts);
        return;
    }
    if (remedy_contradiction(trial) && trial->psp && trial->psp->policy) {
        remedy_widen_escalation(s, trial->psp->policy, parts);
        return;
    }
    const PspTried *tried = remedy_tried(trial, policy);
    for (const FieldError *e = tried ? tried->errs.first : NULL; e; e = e->next) {
        remedy_widen_psp(s, trial, tried->candidate.policy, e, parts);
    }
}

/* How much more the widened policy lets through than before. */
static int64_t cost(const RemedySearch *s, const RemedyWay *way)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    int64_t cost = 0;
    for (size_t i = 0; i < way->object_count; i++) {
        Err err;
        const PspPolicy *before = facts->psp_policy(facts->cluster, way->target);
        const PspPolicy *after = psp_policy_compile(&way->objects[i], s->arena, &err);
        if (before && after && str_eq(after->name, way->target)) {
            cost += remedy_openness(after) - remedy_openness(before);
        }
    }
    return cost;
}

static Str why_none(const RemedySearch *s, const RemedyTrial *refusal)
{
    const Facts *facts = snapshot_facts(s->question->cluster);
    if (!str_eq(refusal->refused_by, STR("PodSecurityPolicy"))) {
        return arena_concat(s->arena, remedy_refuser_text(s, refusal),
                            STR(", and that is no security policy"));
    }
    return facts->psp_policies(facts->cluster).count
               ? STR("no policy may be used for it: there is none to widen")
               : STR("there is no policy at all");
}

void remedy_widen(RemedySearch *s, const RemedyTrial *refusal, RemedyWay *way)
{
    StrList policies = remedy_refusing(s, refusal);
    bool by_level = str_eq(refusal->refused_by, STR("PodSecurity"));
    Str other = by_level                    ? s->question->namespace
                : remedy_is_excess(refusal) ? refusal->decision.excess->quota
                                            : STR_ABSENT;
    if (other.ptr) {
        static const Str nothing = STR_INIT("");
        policies = (StrList){ &nothing, 1 };
    } else if (remedy_contradiction(refusal) && refusal->psp && refusal->psp->policy) {
        Str *name = new(s->arena, Str, 1);
        name[0] = arena_str(s->arena, refusal->psp->policy->name);
        policies = (StrList){ name, 1 };
    }
    way->none = policies.count ? STR("no widening of a policy was found that would do")
                               : why_none(s, refusal);
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < policies.count; i++) {
        RemedyParts parts = { 0 };
        Str why = STR("");
        if (!remedy_search(s, policies.items[i], propose, &parts, &why)) {
            if (!way->found && why.len) {
                way->none = arena_printf(s->arena,
                                         "no widening of a policy was found that would do: %.*s",
                                         STR_ARG(why));
            }
            continue;
        }
        RemedyWay found;
        remedy_take(s, &parts, other.ptr ? other : policies.items[i], &found);
        int64_t opens = cost(s, &found);
        if (opens < least || (opens == least && found.count < way->count)) {
            least = opens;
            *way = found;
        }
    }
}
