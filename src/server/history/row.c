/* SPDX-License-Identifier: Apache-2.0 */
/* One decision as the history keeps it. */
#include "server/history/row.h"

#include "doc/value.h"

#include <time.h>

enum {
    MESSAGE_BYTES_MAX = 2048,
    GROUPS_BYTES_MAX = 1024,
    TEXT_BYTES_MAX = 253 + 63, /* names are shorter; a user's may not be */
};

static const Str names[HISTORY_TEXT_COUNT] = {
    [HISTORY_UID] = STR_INIT("uid"),
    [HISTORY_USER] = STR_INIT("user"),
    [HISTORY_GROUPS] = STR_INIT("groups"),
    [HISTORY_NAMESPACE] = STR_INIT("namespace"),
    [HISTORY_API_GROUP] = STR_INIT("group"),
    [HISTORY_VERSION] = STR_INIT("version"),
    [HISTORY_RESOURCE] = STR_INIT("resource"),
    [HISTORY_SUBRESOURCE] = STR_INIT("subresource"),
    [HISTORY_KIND] = STR_INIT("kind"),
    [HISTORY_NAME] = STR_INIT("name"),
    [HISTORY_GENERATE_NAME] = STR_INIT("generateName"),
    [HISTORY_OPERATION] = STR_INIT("operation"),
    [HISTORY_PHASE] = STR_INIT("phase"),
    [HISTORY_POLICY] = STR_INIT("policy"),
    [HISTORY_PLUGIN] = STR_INIT("plugin"),
    [HISTORY_MODE] = STR_INIT("mode"),
    [HISTORY_EXEMPTION] = STR_INIT("exemption"),
    [HISTORY_REASON] = STR_INIT("reason"),
    [HISTORY_MESSAGE] = STR_INIT("message"),
};

Str history_text_name(HistoryText which)
{
    return names[which];
}

/* -- pieces ------------------------------------------------------------------------------------ */

/* No character is cut in two. */
static Str cut(Str s, size_t max)
{
    if (s.len <= max) {
        return s.ptr ? s : STR("");
    }
    while (max && ((unsigned char)s.ptr[max] & 0xC0) == 0x80) {
        max--;
    }
    return str_slice(s, 0, max);
}

/* Whole groups, as many as there is room for. */
static Str join_groups(StrList groups, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < groups.count; i++) {
        Str g = groups.items[i];
        if (b.len + g.len + 1 > GROUPS_BYTES_MAX) {
            break;
        }
        if (b.len) {
            buf_byte(&b, '\n');
        }
        for (size_t k = 0; k < g.len; k++) {
            buf_byte(&b, g.ptr[k] == '\n' ? ' ' : g.ptr[k]);
        }
    }
    return buf_str(&b);
}

static void join(Buf *b, const char *separator, Str text)
{
    if (b->len) {
        buf_add(b, str_from_c(separator));
    }
    buf_add(b, text);
}

static Str operation_name(AdmissionOperation o)
{
    switch (o) {
    case ADMISSION_CREATE:
        return STR("CREATE");
    case ADMISSION_UPDATE:
        return STR("UPDATE");
    case ADMISSION_DELETE:
        return STR("DELETE");
    case ADMISSION_CONNECT:
        return STR("CONNECT");
    }
    return STR("");
}

static Str plugin_name(EnforcementPlugin plugin)
{
    return admission_plugin_name(plugin == ENFORCEMENT_PSP ? ADMISSION_POD_SECURITY_POLICY
                                                           : ADMISSION_POD_SECURITY);
}

/* -- verdicts ---------------------------------------------------------------------------------- */

static void take_refusal(const ReviewResult *r, Str *texts)
{
    const AdmissionDecision *d = &r->decision;
    for (const AdmissionTrace *t = d->trace; t; t = t->next) {
        texts[HISTORY_PLUGIN] = t->refused ? t->plugin : texts[HISTORY_PLUGIN];
    }
    texts[HISTORY_MODE] = enforcement_mode_name(ENFORCEMENT_ENFORCE);
    texts[HISTORY_REASON] = d->status.reason;
    texts[HISTORY_MESSAGE] = d->status.message;
    if (str_eq(texts[HISTORY_PLUGIN], plugin_name(ENFORCEMENT_POD_SECURITY))) {
        texts[HISTORY_POLICY] = review_level(d);
    }
}

/* The mode is that of the first. */
static void take_passed(const ReviewResult *r, Str *texts, Arena *a)
{
    Buf plugins = buf_new(a), messages = buf_new(a);
    for (size_t i = 0; i < r->passed_count; i++) {
        join(&plugins, ",", plugin_name(r->passed[i].plugin));
        join(&messages, "; ", r->passed[i].status.message);
        if (r->passed[i].level.len) {
            texts[HISTORY_POLICY] = r->passed[i].level;
        }
    }
    texts[HISTORY_PLUGIN] = buf_str(&plugins);
    texts[HISTORY_MESSAGE] = buf_str(&messages);
    texts[HISTORY_MODE] = enforcement_mode_name(r->passed[0].mode);
    texts[HISTORY_REASON] = r->passed[0].status.reason;
}

static Str exemptions(const ReviewResult *r, Arena *a)
{
    Buf b = buf_new(a);
    const EnforcementExemption *last = NULL;
    for (int i = 0; i < ENFORCEMENT_PLUGIN_COUNT; i++) {
        if (r->exempt[i] && r->exempt[i] != last) {
            join(&b, ",", r->exempt[i]->name);
            last = r->exempt[i];
        }
    }
    return buf_str(&b);
}

static void take_verdict(const ReviewResult *r, Str *texts, Arena *a)
{
    texts[HISTORY_EXEMPTION] = exemptions(r, a);
    texts[HISTORY_POLICY] = r->decision.psp;
    if (!r->allowed) {
        take_refusal(r, texts);
    } else if (r->passed_count) {
        take_passed(r, texts, a);
    }
}

static void take_object(const AdmissionRequest *q, Str *texts)
{
    const Value *metadata = value_get_lit(q->object ? q->object : q->old_object, "metadata");
    texts[HISTORY_NAME] = q->name.len ? q->name : value_get_str(metadata, STR("name"));
    if (!texts[HISTORY_NAME].len) {
        texts[HISTORY_GENERATE_NAME] = value_get_str(metadata, STR("generateName"));
    }
}

HistoryRow history_row(const ReviewOptions *options, const ReviewResult *r, int64_t time_ms,
                       Arena *a)
{
    const AdmissionRequest *q = &r->request;
    HistoryRow row = { .time_ms = time_ms,
                       .allowed = r->allowed,
                       .dry_run = q->dry_run,
                       .code = r->allowed ? 200 : r->decision.status.code };
    Str *texts = row.texts;
    texts[HISTORY_UID] = r->uid;
    texts[HISTORY_USER] = r->user.name;
    texts[HISTORY_GROUPS] = join_groups(r->user.groups, a);
    texts[HISTORY_NAMESPACE] = q->namespace;
    texts[HISTORY_API_GROUP] = q->group;
    texts[HISTORY_VERSION] = q->version;
    texts[HISTORY_RESOURCE] = q->resource;
    texts[HISTORY_SUBRESOURCE] = q->subresource;
    texts[HISTORY_KIND] = q->kind;
    texts[HISTORY_OPERATION] = operation_name(q->operation);
    texts[HISTORY_PHASE] = options->phase == REVIEW_MUTATE ? STR("mutate") : STR("validate");
    take_object(q, texts);
    take_verdict(r, texts, a);
    for (int i = 0; i < HISTORY_TEXT_COUNT; i++) {
        texts[i] = cut(texts[i], i == HISTORY_MESSAGE  ? MESSAGE_BYTES_MAX
                                 : i == HISTORY_GROUPS ? GROUPS_BYTES_MAX
                                                       : TEXT_BYTES_MAX);
    }
    return row;
}

/* -- for who reads ----------------------------------------------------------------------------- */

Str history_row_result(const HistoryRow *row)
{
    if (!row->allowed) {
        return row->code >= 500 ? STR("error") : STR("refused");
    }
    if (row->texts[HISTORY_MODE].len) {
        return STR("would refuse");
    }
    return row->texts[HISTORY_EXEMPTION].len ? STR("exempt") : STR("admitted");
}

Str history_time(int64_t time_ms, Arena *a)
{
    int64_t ms = ((time_ms % 1000) + 1000) % 1000;
    time_t t = (time_t)((time_ms - ms) / 1000);
    struct tm tm;
    if (!gmtime_r(&t, &tm)) {
        return STR("");
    }
    return arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                        tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)ms);
}
