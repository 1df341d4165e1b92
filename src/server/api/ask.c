/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to webhooks. A handler does no I/O: it looks the answer up among those that its request
 * brings, and where it is not there leaves the question in the response and ends. Whoever called it
 * has the question asked and calls again, with the same seed and the same time, so that the handler
 * asks the same; what changed in between makes another question.
 */
#include "base/sha256.h"
#include "base/url.h"
#include "doc/json.h"
#include "server/api/call.h"

/* Who is asked, and what. */
static void key_of(const Ask *ask, Arena *a, uint8_t out[SHA256_BYTES])
{
    Buf b = buf_new(a);
    buf_printf(&b, "%d %.*s ", (int)ask->kind, STR_ARG(ask->name));
    json_write(ask->client ? ask->client : &(Value){ .kind = VALUE_NULL }, &b);
    buf_add(&b, ask->body);
    sha256(buf_str(&b), out);
}

const Answer *api_ask(ApiCall *call, const Ask *ask)
{
    const ApiRequest *r = call->request;
    ApiResponse *out = call->response;
    uint8_t key[SHA256_BYTES];
    key_of(ask, call->arena, key);
    for (size_t i = 0; i < r->answer_count; i++) {
        if (memcmp(r->answers[i].key, key, sizeof(key)) == 0) {
            return &r->answers[i].answer;
        }
    }
    ApiAsk *grown = new(call->arena, ApiAsk, out->ask_count + 1);
    if (out->ask_count) {
        memcpy(grown, out->asks, out->ask_count * sizeof(*grown));
    }
    memcpy(grown[out->ask_count].key, key, sizeof(key));
    grown[out->ask_count].ask = *ask;
    out->asks = grown;
    out->ask_count++;
    return NULL;
}

static const Answer *ask_for(void *context, const Ask *ask)
{
    return api_ask(context, ask);
}

const Asker *api_asker(ApiCall *call)
{
    const ApiServing *serving = call->request->serving;
    if (!serving || !serving->asks) {
        return NULL;
    }
    Asker *out = new(call->arena, Asker, 1);
    *out = (Asker){ .context = call, .seed = serving->seed, .ask = ask_for };
    return out;
}

/* -- the options of a request, as webhooks see them -------------------------------------------- */

static void set_query(ApiCall *call, Value *out, const char *key)
{
    Str text = api_query(call, key);
    if (text.len) {
        value_set(out, str_from_c(key), value_str(text), call->arena);
    }
}

static void set_dry_run(ApiCall *call, Value *out)
{
    if (api_is_dry_run(call)) {
        Value all = value_array();
        value_add(&all, value_str(STR("All")), call->arena);
        value_set_lit(out, "dryRun", all, call->arena);
    }
}

/* Those that stand in the query of a DELETE. */
static void set_delete_query(ApiCall *call, Value *out)
{
    int64_t seconds;
    Str grace = api_query(call, "gracePeriodSeconds");
    Str orphan = api_query(call, "orphanDependents");
    if (grace.len && str_to_int64(grace, &seconds)) {
        value_set_lit(out, "gracePeriodSeconds", value_int(seconds), call->arena);
    }
    if (orphan.ptr) {
        bool orphans = !str_eq(orphan, STR("false")) && !str_eq(orphan, STR("0"));
        value_set_lit(out, "orphanDependents", value_bool(orphans), call->arena);
    }
    set_query(call, out, "propagationPolicy");
}

static void set_delete_body(ApiCall *call, const Value *body, Value *out)
{
    static const Str keys[] = { STR_INIT("gracePeriodSeconds"), STR_INIT("preconditions"),
                                STR_INIT("orphanDependents"), STR_INIT("propagationPolicy") };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const Value *v = value_get(body, keys[i]);
        if (!value_is_null(v)) {
            value_set(out, keys[i], *v, call->arena);
        }
    }
}

const Value *api_options_value(ApiCall *call, AdmissionOperation operation)
{
    static const Str kinds[] = { [ADMISSION_CREATE] = STR_INIT("CreateOptions"),
                                 [ADMISSION_UPDATE] = STR_INIT("UpdateOptions"),
                                 [ADMISSION_DELETE] = STR_INIT("DeleteOptions") };
    if (operation == ADMISSION_CONNECT) {
        return NULL;
    }
    Value *out = new(call->arena, Value, 1);
    *out = value_object();
    value_set_lit(out, "kind", value_str(kinds[operation]), call->arena);
    value_set_lit(out, "apiVersion", value_str(STR("meta.k8s.io/v1")), call->arena);
    if (operation != ADMISSION_DELETE) {
        set_dry_run(call, out);
        set_query(call, out, "fieldManager");
        set_query(call, out, "fieldValidation");
        return out;
    }
    if (call->delete_options) {
        set_delete_body(call, call->delete_options, out);
    } else {
        set_delete_query(call, out);
    }
    set_dry_run(call, out);
    return out;
}

/* -- webhooks alone ---------------------------------------------------------------------------- */

#define WEBHOOK_PLUGINS                                 \
    (ADMISSION_PLUGIN_BIT(ADMISSION_MUTATING_WEBHOOK) | \
     ADMISSION_PLUGIN_BIT(ADMISSION_VALIDATING_WEBHOOK))

bool api_ask_webhooks(ApiCall *call, AdmissionOperation operation, const Value *old,
                      const Value *object, Value *out)
{
    AdmissionRequest request = api_admission_request(call, operation);
    AdmissionOptions options = *(request.options ? request.options : &admission_options_default);
    options.steps = 0;
    options.no_patch = true;
    options.plugins &= WEBHOOK_PLUGINS;
    request.stamp = NULL;
    request.object = object;
    request.old_object = old;
    request.options = &options;
    if (!api_admit(call, &request)) {
        return false;
    }
    *out = call->response->decision->object;
    return true;
}

/* -- connections (exec, port-forward, proxies) ------------------------------------------------- */

static void set_flag(ApiCall *call, Value *out, const char *key)
{
    Str text = api_query(call, key);
    if (text.ptr && !str_eq(text, STR("false")) && !str_eq(text, STR("0"))) {
        value_set(out, str_from_c(key), value_bool(true), call->arena);
    }
}

/* Each value of a key that may come several times. */
static void set_list(ApiCall *call, Value *out, const char *key, bool numbers)
{
    Value list = value_array();
    Str rest = call->info.query, piece;
    while (rest.ptr && str_next_piece(&rest, '&', &piece)) {
        Str name, text, value;
        int64_t number;
        (void)str_split_once(piece, '=', &name, &text);
        if (!str_eq(name, str_from_c(key)) || !url_unescape_query(text, call->arena, &value)) {
            continue;
        }
        if (!numbers) {
            value_add(&list, value_str(value), call->arena);
        } else if (str_to_int64(value, &number)) {
            value_add(&list, value_int(number), call->arena);
        }
    }
    if (list.len) {
        value_set(out, str_from_c(key), list, call->arena);
    }
}

bool api_ask_to_connect(ApiCall *call)
{
    Value options = value_object(), ignored;
    Str kind = api_body_kind(call);
    value_set_lit(&options, "kind", value_str(kind), call->arena);
    value_set_lit(&options, "apiVersion", value_str(STR("v1")), call->arena);
    if (str_ends_with(kind, STR("ProxyOptions"))) {
        set_query(call, &options, "path");
    } else if (str_eq(kind, STR("PodPortForwardOptions"))) {
        set_list(call, &options, "ports", true);
    } else {
        set_flag(call, &options, "stdin");
        set_flag(call, &options, "stdout");
        set_flag(call, &options, "stderr");
        set_flag(call, &options, "tty");
        set_query(call, &options, "container");
        set_list(call, &options, "command", false);
    }
    return api_ask_webhooks(call, ADMISSION_CONNECT, NULL, &options, &ignored);
}
