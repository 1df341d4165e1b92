/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indexed Jobs: each completion has an index, and pods know theirs. Those that succeeded are in the
 * status ("0-2,5"), so that they count also when their pods are gone.
 *
 * Source: Kubernetes pkg/controller/job/indexed_job_utils.go
 */
#include "server/controllers/job.h"

#include <stdlib.h>

#define INDEX "batch.kubernetes.io/job-completion-index"
#define INDEX_ENV "JOB_COMPLETION_INDEX"

enum {
    INDEXED_MINOR = 22,
    LABEL_MINOR = 28,
    GENERATED_NAME_BASE_MAX = 58,
};

bool job_is_indexed(const JobState *s)
{
    Str mode = value_as_str(value_at(s->job, "spec", "completionMode", NULL));
    return s->c->target->minor >= INDEXED_MINOR && str_eq(mode, STR("Indexed"));
}

/* Below 0 for a pod that has none, or one that is too large. */
static int64_t index_of(const JobState *s, const Value *pod)
{
    int64_t index;
    Str text = value_as_str(value_at(pod, "metadata", "annotations", INDEX, NULL));
    return text.ptr && str_to_int64(text, &index) && index < s->completions ? index : -1;
}

/* -- what has succeeded --------------------------------------------------------------------------
 */

static int by_first(const void *left, const void *right)
{
    const JobIndexes *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* "0-2,5"; what cannot be read is left out. */
static size_t read_indexes(Str text, int64_t completions, JobIndexes *out)
{
    Str piece, first, last;
    size_t count = 0;
    while (text.len && str_next_piece(&text, ',', &piece)) {
        JobIndexes range;
        bool is_range = str_split_once(piece, '-', &first, &last);
        if (str_to_int64(is_range ? first : piece, &range.first) &&
            str_to_int64(is_range ? last : piece, &range.last) && range.first >= 0 &&
            range.first < completions) {
            range.last = range.last < completions ? range.last : completions - 1;
            out[count++] = range;
        }
    }
    return count;
}

void job_count_indexes(JobState *s)
{
    Str before = value_as_str(value_at(s->job, "status", "completedIndexes", NULL));
    JobIndexes *all = new(s->c->arena, JobIndexes, s->pods.count + before.len + 1);
    s->completions = value_as_int(value_at(s->job, "spec", "completions", NULL)).value;
    size_t count = read_indexes(before, s->completions, all);
    for (size_t i = 0; i < s->pods.count; i++) {
        int64_t index = index_of(s, s->pods.items[i]);
        Str phase = value_as_str(value_at(s->pods.items[i], "status", "phase", NULL));
        if (index >= 0 && str_eq(phase, STR("Succeeded"))) {
            all[count++] = (JobIndexes){ index, index };
        }
    }
    qsort(all, count, sizeof *all, by_first);
    s->done = all;
    s->done_count = 0;
    s->succeeded = 0;
    for (size_t i = 0; i < count; i++) {
        JobIndexes *last = s->done_count ? &all[s->done_count - 1] : NULL;
        if (last && all[i].first <= last->last + 1) {
            last->last = all[i].last > last->last ? all[i].last : last->last;
        } else {
            all[s->done_count++] = all[i];
        }
    }
    for (size_t i = 0; i < s->done_count; i++) {
        s->succeeded += all[i].last - all[i].first + 1;
    }
}

Str job_indexes_text(const JobState *s)
{
    Buf b = buf_new(s->c->arena);
    for (size_t i = 0; i < s->done_count; i++) {
        JobIndexes range = s->done[i];
        buf_printf(&b, "%s%lld", i ? "," : "", (long long)range.first);
        if (range.last > range.first) {
            buf_printf(&b, "%c%lld", range.last == range.first + 1 ? ',' : '-',
                       (long long)range.last);
        }
    }
    return buf_str(&b);
}

/* -- what is to be made --------------------------------------------------------------------------
 */

void job_drop_wrong_indexes(JobState *s)
{
    size_t kept = 0;
    s->active_indexes = new(s->c->arena, int64_t, s->active.count + 1);
    for (size_t i = 0; i < s->active.count; i++) {
        const Value *pod = s->active.items[i];
        int64_t index = index_of(s, pod);
        bool is_wrong = index < 0;
        for (size_t k = 0; k < kept && !is_wrong; k++) {
            is_wrong = s->active_indexes[k] == index;
        }
        Str why;
        if (!is_wrong) {
            s->active_indexes[kept] = index;
            s->active.items[kept++] = pod;
        } else if (pods_delete_one(s->c, s->job, pod, &why)) {
            s->running--;
        } else {
            s->refused = true;
        }
    }
    s->active.count = kept;
}

int64_t job_next_index(const JobState *s, int64_t from)
{
    for (int64_t index = from; index < s->completions; index++) {
        bool is_taken = false;
        for (size_t i = 0; i < s->done_count && !is_taken; i++) {
            if (index >= s->done[i].first && index <= s->done[i].last) {
                index = s->done[i].last;
                is_taken = true;
            }
        }
        for (size_t i = 0; i < s->active.count && !is_taken; i++) {
            is_taken = s->active_indexes[i] == index;
        }
        if (!is_taken) {
            return index;
        }
    }
    return -1;
}

static void add_variable(Value *containers, bool by_label, Arena *a)
{
    VALUE_EACH_ITEM(container, containers) {
        Value *env = value_get_lit(container, "env");
        bool has_it = false;
        VALUE_EACH_ITEM(variable, env) {
            has_it |= str_eq(value_get_str(variable, STR("name")), STR(INDEX_ENV));
        }
        if (has_it) {
            continue;
        }
        if (!value_is(env, VALUE_ARRAY)) {
            env = value_set_lit(container, "env", value_array(), a);
        }
        Value variable = value_object(), from = value_object(), ref = value_object();
        Str path = by_label ? STR("metadata.labels['" INDEX "']")
                            : STR("metadata.annotations['" INDEX "']");
        value_set_lit(&ref, "fieldPath", value_str(path), a);
        value_set_lit(&from, "fieldRef", ref, a);
        value_set_lit(&variable, "name", value_str(STR(INDEX_ENV)), a);
        value_set_lit(&variable, "valueFrom", from, a);
        value_add(env, variable, a);
    }
}

Value job_pod_of_index(const JobState *s, const Value *made, int64_t index)
{
    Arena *a = s->c->arena;
    bool has_label = s->c->target->minor >= LABEL_MINOR;
    Value pod = value_copy(made, a);
    Value *metadata = value_need_object(&pod, STR("metadata"), a);
    Value *spec = value_need_object(&pod, STR("spec"), a);
    Str name = ctl_name(s->job);
    Str number = arena_printf(a, "%lld", (long long)index);
    Str end = arena_printf(a, "-%lld-", (long long)index);
    size_t room = GENERATED_NAME_BASE_MAX - end.len;
    Value *annotations = value_need_object(metadata, STR("annotations"), a);
    Value *labels = value_need_object(metadata, STR("labels"), a);
    value_set_lit(annotations, INDEX, value_str(number), a);
    if (has_label) {
        value_set_lit(labels, INDEX, value_str(number), a);
    }
    value_set_lit(
        metadata, "generateName",
        value_str(arena_concat(a, name.len > room ? str_slice(name, 0, room) : name, end)), a);
    value_set_lit(spec, "hostname",
                  value_str(arena_printf(a, "%.*s-%lld", STR_ARG(name), (long long)index)), a);
    add_variable(value_get_lit(spec, "initContainers"), has_label, a);
    add_variable(value_get_lit(spec, "containers"), has_label, a);
    return pod;
}
