/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EventRateLimit (optional): no more events than the server, a namespace, a user or the source of
 * the events may send.
 *
 * The API server keeps a token bucket for each; how full one is depends on the clock and on what
 * came before, which a decision knows nothing of. So the buckets that are empty come in with the
 * options; where nobody keeps any (manifests on a disk) the plugin refuses nothing.
 *
 * Source: Kubernetes plugin/pkg/admission/eventratelimit
 */
#include "decide/admission/run.h"

static Str server_key(const AdmissionRun *run)
{
    (void)run;
    return STR("");
}

static Str namespace_key(const AdmissionRun *run)
{
    return run->request->namespace;
}

static Str user_key(const AdmissionRun *run)
{
    return run->request->user->name;
}

static Str source_and_object_key(const AdmissionRun *run)
{
    static const char *const parts[][2] = {
        { "source", "component" },          { "source", "host" },
        { "involvedObject", "kind" },       { "involvedObject", "namespace" },
        { "involvedObject", "name" },       { "involvedObject", "uid" },
        { "involvedObject", "apiVersion" },
    };
    Buf key = buf_new(run->arena);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buf_add(&key, value_as_str(value_at(&run->object, parts[i][0], parts[i][1], NULL)));
    }
    return buf_str(&key);
}

static const struct {
    Str type;
    Str (*key)(const AdmissionRun *run);
} types[] = {
    { STR_INIT("Server"), server_key },
    { STR_INIT("Namespace"), namespace_key },
    { STR_INIT("User"), user_key },
    { STR_INIT("SourceAndObject"), source_and_object_key },
};

/* The request's key in buckets of this type; absent for a type that is none. */
static Str key_of(const AdmissionRun *run, Str type)
{
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (str_eq(types[i].type, type)) {
            return types[i].key(run);
        }
    }
    return STR_ABSENT;
}

static bool validate(AdmissionRun *run)
{
    if (!str_eq(run->request->kind, STR("Event")) || run->request->dry_run) {
        return true;
    }
    /* every limit has its say; the last that refuses is heard */
    for (size_t i = run->options->event_limit_count; i-- > 0;) {
        const AdmissionEventLimit *limit = &run->options->event_limits[i];
        Str key = key_of(run, limit->type);
        if (key.ptr && str_eq(key, limit->key)) {
            return admission_refuse(
                run, status_too_many_requests(run->arena,
                                              arena_printf(run->arena,
                                                           "limit reached on type %.*s for key "
                                                           "%.*s",
                                                           STR_ARG(limit->type), STR_ARG(key))));
        }
    }
    return true;
}

const AdmissionPlugin admission_event_rate_limit = {
    .name = STR_INIT("EventRateLimit"),
    .operations = ADMISSION_CREATE | ADMISSION_UPDATE,
    .validate = validate,
};
