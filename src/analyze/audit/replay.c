/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded requests, decided again under two clusters. */
#include "analyze/audit/replay.h"

#include "analyze/audit/owner.h"
#include "base/map.h"
#include "decide/rbac/authorizer.h"

#include <stdlib.h>

struct Replay {
    const Facts *before;
    const Facts *after;
    ReplayOptions options;
    Arena *arena;
    AuditStages stages;
    Map groups;
    ReplayReport report;
};

/* -- deciding -----------------------------------------------------------------------------------
 */

static void admit(const Facts *facts, const ReplayRequest *request, const ReplayHow *how, Arena *a,
                  ReplayAnswer *out)
{
    const ReplayOptions *options = how->options;
    AdmissionOptions admission = options->admission ? *options->admission
                                                    : admission_options_default;
    admission.plugins = how->plugins;
    admission.no_patch = true;
    bool creates = request->operation == ADMISSION_CREATE;
    AdmissionRequest asked = {
        .operation = request->operation,
        .user = &request->user,
        .group = request->access.api_group,
        .version = request->version,
        .resource = request->access.resource,
        .subresource = request->access.subresource,
        .kind = request->kind,
        .namespace = request->access.namespace,
        .name = creates ? request->access.name : request->object_name,
        .object = request->object,
        .old_object = creates ? NULL : how->old,
        .dry_run = request->dry_run,
        .target = options->target,
        .options = &admission,
    };
    AdmissionDecision decision;
    admission_decide(facts, &asked, a, &decision);
    out->decided_admission = true;
    out->allowed = decision.allowed;
    out->message = decision.allowed ? STR_ABSENT : decision.status.message;
    out->psp = decision.psp;
    out->object = decision.object;
}

void replay_decide(const Facts *facts, const ReplayRequest *request, const ReplayHow *how, Arena *a,
                   ReplayAnswer *out)
{
    RbacRequest access = request->access;
    access.user = &request->user;
    *out = (ReplayAnswer){ .object = value_null() };
    out->authorized = how->is_authorized || authorizer_allows(facts, &access, a);
    out->allowed = out->authorized;
    if (!out->authorized) {
        out->message = rbac_forbidden_message(&access, STR(""), a);
    } else if (request->limit == REPLAY_WHOLE) {
        admit(facts, request, how, a, out);
    }
}

/* The pod of an account that the ServiceAccount plugin is not asked about still runs as one. */
static void name_account(ReplayRequest *request, Arena *a)
{
    const Value *spec = value_get_lit(request->object, "spec");
    if (!value_is(spec, VALUE_OBJECT) || value_get_str(spec, STR("serviceAccountName")).len) {
        return;
    }
    Value *copy = new(a, Value, 1);
    *copy = value_copy(request->object, a);
    value_set_lit(value_get_lit(copy, "spec"), "serviceAccountName", value_str(STR("default")), a);
    request->object = copy;
}

/* How both clusters are asked. A dump seldom has the tokens of service accounts, nor every account;
 * the API server that was recorded had them: what ServiceAccount refuses for want of them is no
 * answer. */
static void decide_before(const Replay *r, ReplayRequest *request, ReplayHow *how, Arena *a,
                          ReplayAnswer *before)
{
    replay_decide(r->before, request, how, a, before);
    if (!before->authorized && request->was_authorized) {
        how->is_authorized = true;
        replay_decide(r->before, request, how, a, before);
    }
    bool is_pod = str_eq(request->kind, STR("Pod")) && !request->access.subresource.len;
    bool was_refused = request->was_allowed.set && !request->was_allowed.value;
    if (before->allowed || !before->decided_admission || !is_pod || was_refused ||
        request->operation != ADMISSION_CREATE) {
        return;
    }
    ReplayHow without = *how;
    ReplayRequest named = *request;
    ReplayAnswer again;
    without.plugins &= ~ADMISSION_PLUGIN_BIT(ADMISSION_SERVICE_ACCOUNT);
    name_account(&named, a);
    replay_decide(r->before, &named, &without, a, &again);
    if (again.allowed || !str_eq(again.message, before->message)) {
        *request = named;
        *how = without;
        *before = again;
    }
}

static const Value *find_old(const Replay *r, const ReplayRequest *request)
{
    if (request->old_object || request->operation != ADMISSION_UPDATE) {
        return request->old_object;
    }
    ObjectKey key = { request->access.api_group, request->kind, request->access.namespace,
                      request->object_name };
    return r->before->object(r->before->cluster, key);
}

/* -- what differs -------------------------------------------------------------------------------
 */

/* A refusal without the name of the object, so that those of many pods are alike. */
static Str short_message(Str message)
{
    ptrdiff_t at = str_index(message, STR(" is forbidden: "));
    return at < 0 ? message : str_drop(message, (size_t)at + STR(" is forbidden: ").len);
}

static Str answer_text(const ReplayAnswer *answer, Arena *a)
{
    if (!answer->allowed) {
        return short_message(answer->message);
    }
    return answer->psp.len ? arena_printf(a, "allowed by policy %.*s", STR_ARG(answer->psp))
                           : STR("allowed");
}

static ReplayChange compare(const ReplayAnswer *before, const ReplayAnswer *after)
{
    if (before->allowed != after->allowed) {
        return after->allowed ? REPLAY_NEWLY_ALLOWED : REPLAY_NEWLY_REFUSED;
    }
    if (!after->allowed) {
        return str_eq(before->message, after->message) ? REPLAY_SAME : REPLAY_OTHER_REFUSAL;
    }
    if (!str_eq(before->psp, after->psp)) {
        return REPLAY_OTHER_POLICY;
    }
    return value_equal(&before->object, &after->object) ? REPLAY_SAME : REPLAY_OTHER_OBJECT;
}

static Str resource_text(const RbacRequest *access, Arena *a)
{
    if (!access->is_resource) {
        return arena_str(a, access->path);
    }
    return arena_printf(a, "%.*s%s%.*s%s%.*s", STR_ARG(access->resource),
                        access->api_group.len ? "." : "", STR_ARG(access->api_group),
                        access->subresource.len ? "/" : "", STR_ARG(access->subresource));
}

static Str object_text(const ReplayRequest *request, Arena *a)
{
    if (!str_eq(request->access.resource, STR("pods")) || request->access.api_group.len) {
        return arena_str(a, request->object_name);
    }
    return request->object ? owner_of_pod(request->object, request->object_name, a)
                           : owner_of_pod_name(arena_str(a, request->object_name), a);
}

static ReplayGroup *find_group(Replay *r, const ReplayGroup *like, Arena *scratch)
{
    Str key = arena_printf(scratch, "%d\x1f%.*s\x1f%.*s\x1f%.*s\x1f%.*s\x1f%.*s\x1f%.*s\x1f%.*s",
                           (int)like->change, STR_ARG(like->user), STR_ARG(like->verb),
                           STR_ARG(like->resource), STR_ARG(like->namespace), STR_ARG(like->object),
                           STR_ARG(like->before), STR_ARG(like->after));
    ReplayGroup *g = map_get(&r->groups, key);
    if (g || r->groups.count >= REPLAY_GROUPS_MAX) {
        return g;
    }
    Arena *a = r->arena;
    g = new(a, ReplayGroup, 1);
    *g = *like;
    g->user = arena_str(a, like->user);
    g->verb = arena_str(a, like->verb);
    g->resource = arena_str(a, like->resource);
    g->namespace = arena_str(a, like->namespace);
    g->object = arena_str(a, like->object);
    g->before = arena_str(a, like->before);
    g->after = arena_str(a, like->after);
    g->file = arena_str(a, like->file);
    g->order = r->groups.count;
    map_set(&r->groups, arena_str(a, key), g);
    return g;
}

static void note_change(Replay *r, const ReplayRequest *request, ReplayChange change,
                        const ReplayAnswer *before, const ReplayAnswer *after, Arena *a)
{
    ReplayGroup like = {
        .change = change,
        .by_authorizer = before->authorized != after->authorized,
        .user = request->user.name,
        .verb = request->access.verb,
        .resource = resource_text(&request->access, a),
        .namespace = request->access.namespace,
        .object = object_text(request, a),
        .before = answer_text(before, a),
        .after = answer_text(after, a),
        .file = request->file,
        .line = request->line,
        .has_time = request->has_time,
        .first_time = request->time,
        .last_time = request->time,
    };
    ReplayGroup *g = find_group(r, &like, a);
    if (!g) {
        r->report.ungrouped++;
        return;
    }
    g->count++;
    if (request->has_time) {
        bool first = !g->has_time || request->time < g->first_time;
        g->first_time = first ? request->time : g->first_time;
        g->last_time = !g->has_time || request->time > g->last_time ? request->time : g->last_time;
        g->has_time = true;
    }
}

/* -- the sink -----------------------------------------------------------------------------------
 */

Replay *replay_new(const Facts *before, const Facts *after, const ReplayOptions *options, Arena *a)
{
    Replay *r = new(a, Replay, 1);
    r->before = before;
    r->after = after;
    r->options = *options;
    r->arena = a;
    r->stages = audit_stages_new(a);
    r->groups = map_new(a);
    return r;
}

void replay_record(void *context, const LogRecord *record, Arena *a)
{
    Replay *r = context;
    ReplayRequest request;
    if (record->kind == LOG_FALCO) {
        return;
    }
    ReplaySkip skip = replay_request_read(record, r->options.target, &r->stages, a, &request);
    r->report.skipped[skip]++;
    if (skip != REPLAY_NOT_SKIPPED) {
        return;
    }
    const Value *old = find_old(r, &request);
    if (request.limit == REPLAY_WHOLE && request.operation == ADMISSION_UPDATE && !old) {
        request.limit = REPLAY_NO_OLD;
    }
    r->report.requests++;
    r->report.limited[request.limit]++;
    ReplayHow how = {
        .options = &r->options,
        .old = old,
        .plugins =
            (r->options.admission ? r->options.admission : &admission_options_default)->plugins,
    };
    ReplayAnswer before, after;
    decide_before(r, &request, &how, a, &before);
    replay_decide(r->after, &request, &how, a, &after);
    ReplayChange change = compare(&before, &after);
    r->report.not_as_recorded += request.was_allowed.set &&
                                 request.was_allowed.value != before.allowed;
    r->report.changes[change]++;
    if (change != REPLAY_SAME) {
        note_change(r, &request, change, &before, &after, a);
    }
}

static int by_weight(const void *left, const void *right)
{
    const ReplayGroup *l = *(ReplayGroup *const *)left, *r = *(ReplayGroup *const *)right;
    if (l->change != r->change) {
        return l->change < r->change ? -1 : 1;
    }
    if (l->count != r->count) {
        return l->count > r->count ? -1 : 1;
    }
    return l->order < r->order ? -1 : 1;
}

const ReplayReport *replay_finish(Replay *r)
{
    ReplayGroup **groups = new(r->arena, ReplayGroup *, r->groups.count + 1);
    for (size_t i = 0; i < r->groups.count; i++) {
        groups[i] = r->groups.entries[i].value;
    }
    qsort(groups, r->groups.count, sizeof *groups, by_weight);
    r->report.groups = (const ReplayGroup *const *)groups;
    r->report.group_count = r->groups.count;
    return &r->report;
}
