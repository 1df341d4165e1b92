/* SPDX-License-Identifier: Apache-2.0 */
/* The public C API: include/podgate/podgate.h over the rooms below. */
#include "podgate/podgate.h"

#include "analyze/admit.h"
#include "analyze/objects.h"
#include "cluster/preset.h"
#include "decide/rbac/impersonate.h"
#include "doc/json.h"
#include "server/webhook/review.h"

#include <stdlib.h>

struct PodgateState {
    Arena arena; /* what the files held, and this */
    const Snapshot *snapshot;
    KubeTarget target;
    StrList presets;
};

enum { ASK_BYTES_MAX = 512 * 1024 * 1024 }; /* one question's arena */

const char *podgate_version(void)
{
    return PODGATE_VERSION;
}

void podgate_free(char *text)
{
    free(text);
}

/* -- texts in and out ----------------------------------------------------------------------------
 */

/* A copy for the caller to free. When there is no memory even for that: NULL. */
static void hand_out(char **place, Str text)
{
    if (place) {
        *place = malloc(text.len + 1);
        if (*place) {
            memcpy(*place, text.ptr, text.len);
            (*place)[text.len] = '\0';
        }
    }
}

static PodgateAnswer fail(char **error, Str message)
{
    hand_out(error, message);
    return PODGATE_ERROR;
}

static Str text_or_empty(const char *text)
{
    return str_from_c(text ? text : "");
}

static StrList list_from(const char *const *texts, Arena *a)
{
    size_t count = 0;
    while (texts && texts[count]) {
        count++;
    }
    Str *items = new(a, Str, count + 1);
    for (size_t i = 0; i < count; i++) {
        items[i] = str_from_c(texts[i]);
    }
    return (StrList){ items, count };
}

/* Copies what the caller's version of a struct has; the rest stays zero. False when its size makes
 * no sense. */
static bool read_struct(void *into, size_t own_size, const void *given)
{
    size_t size;
    memcpy(&size, given, sizeof(size));
    if (size < sizeof(size)) {
        return false;
    }
    memcpy(into, given, size < own_size ? size : own_size);
    return true;
}

static bool read_user(const PodgateUser *given, Arena *a, UserInfo *out)
{
    PodgateUser user = { 0 };
    if (!given) {
        *out = rbac_impersonated_user(STR(""), (StrList){ NULL, 0 }, a);
        return true;
    }
    if (!read_struct(&user, sizeof(user), given)) {
        return false;
    }
    *out = (UserInfo){
        .name = text_or_empty(user.name),
        .uid = STR(""),
        .groups = list_from(user.groups, a),
    };
    return true;
}

/* -- the state
 * ------------------------------------------------------------------------------------- */

/* Reads everything that options name into objects, in order. */
static bool read_objects(const PodgateOptions *options, Arena *a, SnapshotBuilder *b, Err *err)
{
    size_t path_count = 0;
    while (options->paths && options->paths[path_count]) {
        path_count++;
    }
    for (size_t i = 0; i < path_count + options->text_count; i++) {
        FileObjects objects;
        bool ok;
        if (i < path_count) {
            ok = files_read(str_from_c(options->paths[i]), NULL, a, &objects, err);
        } else {
            const PodgateText *text = &options->texts[i - path_count];
            Str copy = arena_str(a, str_from(text->ptr ? text->ptr : "", text->length));
            ok = files_read_text(text_or_empty(text->name), copy, NULL, a, &objects, err);
        }
        if (!ok) {
            return false;
        }
        objects_fill_namespaces(&objects, STR("default"), a);
        for (size_t k = 0; k < objects.count; k++) {
            snapshot_builder_put(b, objects.items[k].object, &objects.items[k].origin);
        }
    }
    for (const SnapshotNote *n = snapshot_builder_notes(b); n; n = n->next) {
        if (n->is_error) {
            return err_set(err, a, ERR_TYPE, "%.*s", STR_ARG(n->text));
        }
    }
    return true;
}

static bool put_presets(const PodgateOptions *options, PodgateState *state, SnapshotBuilder *b,
                        Err *err)
{
    if (!options->no_kubernetes_preset && !preset_put(b, STR("kubernetes"))) {
        return err_set(err, &state->arena, ERR_NOT_FOUND, "no preset called kubernetes");
    }
    for (size_t i = 0; i < state->presets.count; i++) {
        Str name = state->presets.items[i];
        if (!preset_put(b, name)) {
            return err_set(err, &state->arena, ERR_NOT_FOUND, "no preset called %.*s",
                           STR_ARG(name));
        }
    }
    return true;
}

static bool open_state(const PodgateOptions *options, PodgateState *state, Err *err)
{
    Arena *a = &state->arena;
    state->target = kube_target(KUBE_MINOR_NEWEST);
    if (options->kubernetes_version &&
        !kube_target_parse(str_from_c(options->kubernetes_version), a, &state->target, err)) {
        return false;
    }
    state->presets = list_from(options->presets, a);
    for (size_t i = 0; i < state->presets.count; i++) {
        ((Str *)state->presets.items)[i] = arena_str(a, state->presets.items[i]);
    }
    /* The presets as a snapshot of their own, so that what is given replaces it. */
    const unsigned how = SNAPSHOT_KEEP_OBJECTS | SNAPSHOT_BORROW;
    SnapshotBuilder *b = snapshot_builder_new(NULL, how);
    if (!put_presets(options, state, b, err)) {
        snapshot_builder_free(b);
        return false;
    }
    const Snapshot *presets = snapshot_builder_finish(b);
    b = snapshot_builder_new(presets, how);
    snapshot_release(presets);
    if (!read_objects(options, a, b, err)) {
        snapshot_builder_free(b);
        return false;
    }
    state->snapshot = preset_complete(snapshot_builder_finish(b), state->presets);
    return true;
}

PodgateState *podgate_state_open(const PodgateOptions *given, char **error)
{
    PodgateOptions options = { 0 };
    if (given && !read_struct(&options, sizeof(options), given)) {
        fail(error, STR("options.size is not the size of a PodgateOptions"));
        return NULL;
    }
    PodgateState *state = calloc(1, sizeof(*state));
    if (!state) {
        fail(error, STR("out of memory"));
        return NULL;
    }
    arena_init(&state->arena, 0);
    Err err;
    if (!open_state(&options, state, &err)) {
        fail(error, err.msg);
        podgate_state_close(state);
        return NULL;
    }
    return state;
}

void podgate_state_close(PodgateState *state)
{
    if (state) {
        snapshot_release(state->snapshot);
        arena_done(&state->arena);
        free(state);
    }
}

/* -- asking
 * ------------------------------------------------------------------------------------------ */

/* One call: its arena, and where its texts go. */
typedef struct Call {
    const PodgateState *state;
    Arena arena;
    jmp_buf full;
    char **result;
    char **error;
} Call;

static void call_begin(Call *call, const PodgateState *state, char **result, char **error)
{
    *call = (Call){ .state = state, .result = result, .error = error };
    arena_init(&call->arena, ASK_BYTES_MAX);
    arena_on_full(&call->arena, &call->full);
}

static PodgateAnswer call_end(Call *call, PodgateAnswer answer)
{
    arena_done(&call->arena);
    return answer;
}

static PodgateAnswer out_of_memory(Call *call)
{
    return call_end(call, fail(call->error, STR("the question needs too much memory")));
}

static PodgateAnswer review(Call *call, const char *text, size_t length)
{
    Arena *a = &call->arena;
    char *copy = arena_alloc(a, length + JSON_PADDING);
    if (length) {
        memcpy(copy, text, length);
    }
    ReviewOptions options = {
        .target = &call->state->target,
        .plugins = review_plugins_default,
        .limits = &doc_limits_request,
    };
    Buf out = buf_new(a);
    ReviewResult result;
    Err err;
    if (!review_answer(snapshot_facts(call->state->snapshot), &options, STR("review"), copy, length,
                       a, &out, &result, &err)) {
        return fail(call->error, err.msg);
    }
    hand_out(call->result, buf_str(&out));
    return result.allowed ? PODGATE_YES : PODGATE_NO;
}

PodgateAnswer podgate_review(const PodgateState *state, const char *text, size_t length,
                             char **answer, char **error)
{
    Call call;
    call_begin(&call, state, answer, error);
    if (setjmp(call.full)) {
        return out_of_memory(&call);
    }
    return call_end(&call, review(&call, text, length));
}

static PodgateAnswer admit(Call *call, const PodgateUser *given, Str name, Str manifest)
{
    Arena *a = &call->arena;
    FileObjects objects;
    UserInfo user;
    AdmitReport report;
    Err err;
    if (!read_user(given, a, &user)) {
        return fail(call->error, STR("user.size is not the size of a PodgateUser"));
    }
    if (!files_read_text(name, manifest, NULL, a, &objects, &err)) {
        return fail(call->error, err.msg);
    }
    objects_fill_namespaces(&objects, STR("default"), a);
    AdmitQuestion question = {
        .objects = &objects,
        .user = &user,
        .explain = true,
        .presets = call->state->presets,
        .target = &call->state->target,
    };
    if (!admit_ask(call->state->snapshot, &question, a, &report, &err)) {
        return fail(call->error, err.msg);
    }
    Buf out = buf_new(a);
    Value v = admit_to_value(&report, a);
    json_write_pretty(&v, &out);
    hand_out(call->result, buf_str(&out));
    PodgateAnswer answer = report.denied ? PODGATE_NO : PODGATE_YES;
    admit_report_done(&report);
    return answer;
}

PodgateAnswer podgate_admit(const PodgateState *state, const PodgateUser *user, const char *name,
                            const char *manifest, size_t length, char **report, char **error)
{
    Call call;
    call_begin(&call, state, report, error);
    if (setjmp(call.full)) {
        return out_of_memory(&call);
    }
    return call_end(
        &call, admit(&call, user, text_or_empty(name), str_from(manifest ? manifest : "", length)));
}

static PodgateAnswer can_i(Call *call, const PodgateUser *given_user, const PodgateAccess *given)
{
    Arena *a = &call->arena;
    PodgateAccess access = { 0 };
    UserInfo user;
    if (!given || !read_struct(&access, sizeof(access), given)) {
        return fail(call->error, STR("access.size is not the size of a PodgateAccess"));
    }
    if (!given_user || !read_user(given_user, a, &user)) {
        return fail(call->error, STR("user.size is not the size of a PodgateUser"));
    }
    RbacRequest request = {
        .user = &user,
        .verb = text_or_empty(access.verb),
        .api_group = text_or_empty(access.group),
        .resource = text_or_empty(access.resource),
        .subresource = text_or_empty(access.subresource),
        .name = text_or_empty(access.name),
        .namespace = text_or_empty(access.namespace_),
        .is_resource = access.path == NULL,
        .path = text_or_empty(access.path),
    };
    RbacAnswer answer;
    rbac_authorize(snapshot_facts(call->state->snapshot), &request, a, &answer);
    hand_out(call->result,
             answer.allowed ? answer.reason : rbac_forbidden_message(&request, answer.reason, a));
    return answer.allowed ? PODGATE_YES : PODGATE_NO;
}

PodgateAnswer podgate_can_i(const PodgateState *state, const PodgateUser *user,
                            const PodgateAccess *access, char **reason, char **error)
{
    Call call;
    call_begin(&call, state, reason, error);
    if (setjmp(call.full)) {
        return out_of_memory(&call);
    }
    return call_end(&call, can_i(&call, user, access));
}
