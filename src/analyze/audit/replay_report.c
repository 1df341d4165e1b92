/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two clusters for recorded requests, as text and data. */
#include "analyze/audit/replay.h"
#include "analyze/audit/when.h"

typedef struct Word {
    Str id;   /* in data */
    Str text; /* for people */
} Word;

static const Word changes[REPLAY_CHANGE_COUNT] = {
    [REPLAY_SAME] = { STR_INIT("Same"), STR_INIT("answered the same") },
    [REPLAY_NEWLY_REFUSED] = { STR_INIT("NewlyRefused"), STR_INIT("newly refused") },
    [REPLAY_NEWLY_ALLOWED] = { STR_INIT("NewlyAllowed"), STR_INIT("newly allowed") },
    [REPLAY_OTHER_POLICY] = { STR_INIT("OtherPolicy"), STR_INIT("another policy") },
    [REPLAY_OTHER_OBJECT] = { STR_INIT("OtherObject"), STR_INIT("changed otherwise") },
    [REPLAY_OTHER_REFUSAL] = { STR_INIT("OtherRefusal"), STR_INIT("refused otherwise") },
};

static const Word skips[REPLAY_SKIP_COUNT] = {
    [REPLAY_SKIP_STAGE] = { STR_INIT("stage"), STR_INIT("other stages of requests") },
    [REPLAY_SKIP_NOBODY] = { STR_INIT("unauthenticated"),
                             STR_INIT("requests of nobody known: not authenticated, or not allowed "
                                      "to impersonate") },
    [REPLAY_SKIP_MALFORMED] = { STR_INIT("malformed"),
                                STR_INIT("records without a verb, a user or a resource") },
};

static const Word limits[REPLAY_LIMIT_COUNT] = {
    [REPLAY_WHOLE] = { STR_INIT("admitted"), STR_INIT("authorized and admitted again") },
    [REPLAY_NOT_ADMITTED] = { STR_INIT("authorizedOnly"),
                              STR_INIT("authorized again; admission has no say in them") },
    [REPLAY_NO_OBJECT] = { STR_INIT("noObject"),
                           STR_INIT("authorized again only: what was sent is not in the log (its "
                                    "level is below Request)") },
    [REPLAY_PATCH] = { STR_INIT("patch"),
                       STR_INIT("authorized again only: what a patch made is not in the log (its "
                                "level is below RequestResponse)") },
    [REPLAY_NO_OLD] = { STR_INIT("noOldObject"),
                        STR_INIT("authorized again only: what an update changed is not in the "
                                 "state") },
    [REPLAY_CUSTOM] = { STR_INIT("custom"),
                        STR_INIT("authorized again only: custom resources, which no policy is "
                                 "about") },
};

Str replay_change_text(ReplayChange change)
{
    return changes[change].text;
}

Str replay_skip_text(ReplaySkip skip)
{
    return skips[skip].text;
}

Str replay_limit_text(ReplayLimit limit)
{
    return limits[limit].text;
}

static void set_text(Value *object, Str key, Str text, Arena *a)
{
    if (text.len) {
        value_set(object, key, value_str(text), a);
    }
}

static Value counts_value(const Word *words, const size_t *counts, size_t count, Arena *a)
{
    Value out = value_object();
    for (size_t i = 0; i < count; i++) {
        if (words[i].id.len && counts[i]) {
            value_set(&out, words[i].id, value_int((int64_t)counts[i]), a);
        }
    }
    return out;
}

static Value group_value(const ReplayGroup *g, Arena *a)
{
    Value v = value_object();
    value_set_lit(&v, "change", value_str(changes[g->change].id), a);
    value_set_lit(&v, "by", value_str(g->by_authorizer ? STR("Authorizer") : STR("Admission")), a);
    value_set_lit(&v, "user", value_str(g->user), a);
    value_set_lit(&v, "verb", value_str(g->verb), a);
    value_set_lit(&v, "resource", value_str(g->resource), a);
    set_text(&v, STR("namespace"), g->namespace, a);
    set_text(&v, STR("object"), g->object, a);
    value_set_lit(&v, "before", value_str(g->before), a);
    value_set_lit(&v, "after", value_str(g->after), a);
    value_set_lit(&v, "count", value_int((int64_t)g->count), a);
    if (g->has_time) {
        value_set_lit(&v, "first", value_str(when_text(g->first_time, a)), a);
        value_set_lit(&v, "last", value_str(when_text(g->last_time, a)), a);
    }
    value_set_lit(&v, "place", value_str(arena_printf(a, "%.*s:%zu", STR_ARG(g->file), g->line)),
                  a);
    return v;
}

Value replay_to_value(const ReplayReport *report, Arena *a)
{
    Value out = value_object();
    value_set_lit(&out, "kind", value_str(STR("ReplayReport")), a);
    value_set_lit(&out, "requests", value_int((int64_t)report->requests), a);
    value_set_lit(&out, "changes", counts_value(changes, report->changes, REPLAY_CHANGE_COUNT, a),
                  a);
    value_set_lit(&out, "decided", counts_value(limits, report->limited, REPLAY_LIMIT_COUNT, a), a);
    value_set_lit(&out, "skipped", counts_value(skips, report->skipped, REPLAY_SKIP_COUNT, a), a);
    value_set_lit(&out, "notAsRecorded", value_int((int64_t)report->not_as_recorded), a);
    Value groups = value_array();
    for (size_t i = 0; i < report->group_count; i++) {
        value_add(&groups, group_value(report->groups[i], a), a);
    }
    value_set_lit(&out, "differences", groups, a);
    if (report->ungrouped) {
        value_set_lit(&out, "notListed", value_int((int64_t)report->ungrouped), a);
    }
    return out;
}
