/* SPDX-License-Identifier: Apache-2.0 */
/* Audit events as requests: versions, what came of them, which stages count. */
#include "analyze/audit/event.h"

#include "doc/json.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>

#define EVENT(rest) "{\"auditID\":\"i\",\"stage\":\"ResponseComplete\",\"verb\":\"get\"," rest "}"
#define USER "\"user\":{\"username\":\"u\",\"groups\":[\"g\"]}"
#define CODE(code, message) "\"responseStatus\":{\"code\":" code ",\"message\":\"" message "\"}"
#define DECISION(word) ",\"annotations\":{\"authorization.k8s.io/decision\":\"" word "\"}"

static const struct {
    const char *json;
    const char *want; /* user verb group/version resource/sub ns name path outcome time */
} rows[] = {
    { EVENT(USER), "u get  ///  0" },
    { EVENT(USER ",\"requestURI\":\"/healthz?verbose=1\""), "u get /healthz ///  0" },
    { EVENT(USER ",\"requestURI\":\"/a%20b\""), "u get /a b ///  0" },
    { EVENT(USER ",\"objectRef\":{\"resource\":\"pods\",\"namespace\":\"n\",\"name\":\"x\","
                 "\"apiVersion\":\"v1\",\"subresource\":\"log\"}"),
      "u get  /pods/log/n x 0" },
    { EVENT(USER ",\"objectRef\":{\"resource\":\"deployments\",\"apiGroup\":\"apps\","
                 "\"apiVersion\":\"v1\"}"),
      "u get  apps/deployments//  0" },
    { EVENT(USER ",\"objectRef\":{\"resource\":\"deployments\",\"apiVersion\":\"apps/v1\"}"),
      "u get  apps/deployments//  0" },
    { "{\"auditID\":\"i\",\"stage\":\"ResponseComplete\",\"verb\":\"create\"," USER
      ",\"objectRef\":{\"resource\":\"pods\",\"name\":\"x\"}}",
      "u create  /pods//  0" },
    { "{\"auditID\":\"i\",\"stage\":\"ResponseComplete\",\"verb\":\"create\"," USER
      ",\"objectRef\":{\"resource\":\"pods\",\"name\":\"x\",\"subresource\":\"exec\"}}",
      "u create  /pods/exec/ x 0" },
    { EVENT(USER ",\"impersonatedUser\":{\"username\":\"v\"}"), "v get  ///  0" },
    /* what came of it */
    { EVENT(USER "," CODE("200", "")), "u get  ///  0" },
    { EVENT(USER "," CODE("404", "")), "u get  ///  0" },
    { EVENT(USER "," CODE("403", "")), "u get  ///  1" },
    { EVENT(USER "," CODE("403", "x is forbidden: User \\\"u\\\" cannot get resource")),
      "u get  ///  1" },
    { EVENT(USER "," CODE("403", "forbidden: User \\\"u\\\" cannot get path \\\"/x\\\"")),
      "u get  ///  1" },
    { EVENT(USER "," CODE("403", "pods \\\"x\\\" is forbidden: exceeded quota")), "u get  ///  0" },
    { EVENT(USER "," CODE("403", "x is forbidden: User \\\"u\\\" cannot get resource")
                DECISION("allow")),
      "u get  ///  0" },
    { EVENT(USER "," CODE("403", "") DECISION("forbid")), "u get  ///  1" },
    { EVENT("\"user\":{}," CODE("401", "")), " get  ///  2" },
    { EVENT(USER "," CODE("403", "users \\\"v\\\" is forbidden: User \\\"u\\\" cannot impersonate "
                                 "resource \\\"users\\\"")),
      "u get  ///  3" },
    /* times, of all versions */
    { EVENT(USER ",\"requestReceivedTimestamp\":\"1970-01-01T00:00:09.5Z\""), "u get  ///  0 9" },
    { EVENT(USER ",\"stageTimestamp\":\"1970-01-01T00:00:08Z\""), "u get  ///  0 8" },
    { EVENT(USER ",\"timestamp\":\"1970-01-01T00:00:07Z\""), "u get  ///  0 7" },
    { EVENT(USER ",\"metadata\":{\"creationTimestamp\":\"1970-01-01T00:00:06Z\"}"),
      "u get  ///  0 6" },
    /* no events */
    { "{}", "log:3: an audit event without a verb" },
    { "{\"verb\":\"get\"}", "log:3: an audit event without a stage that is known" },
    { EVENT("\"user\":{}"), "log:3: an audit event without a user" },
    { EVENT("\"user\":7"), "log:3: an audit event without a user" },
};

static Str event_text(const AuditEvent *e, Arena *a)
{
    Str time = e->has_time ? arena_printf(a, " %lld", (long long)e->time) : STR("");
    return arena_printf(a, "%.*s %.*s %.*s %.*s/%.*s/%.*s/%.*s %.*s %d%.*s", STR_ARG(e->user.name),
                        STR_ARG(e->verb), STR_ARG(e->path), STR_ARG(e->group), STR_ARG(e->resource),
                        STR_ARG(e->subresource), STR_ARG(e->namespace), STR_ARG(e->name),
                        (int)e->outcome, STR_ARG(time));
}

static void test_rows(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value v;
        Err err;
        if (!json_read(STR("row"), str_from_c(rows[i].json), NULL, &a, &v, &err)) {
            fail_msg("row %zu: %.*s", i, STR_ARG(err.msg));
        }
        LogRecord record = { LOG_AUDIT, &v, STR("log"), 3 };
        AuditEvent e;
        Str got = audit_event_read(&record, &a, &e, &err) ? event_text(&e, &a) : err.msg;
        assert_string_equal(arena_cstr(&a, got), rows[i].want);
    }
    arena_done(&a);
}

static bool take(AuditStages *s, AuditStage stage, Str id)
{
    AuditEvent e = { .stage = stage, .id = id };
    return audit_stages_take(s, &e);
}

static void test_stages(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    AuditStages s = audit_stages_new(&a);
    assert_false(take(&s, AUDIT_REQUEST_RECEIVED, STR("a")));
    assert_true(take(&s, AUDIT_RESPONSE_COMPLETE, STR("a")));
    assert_true(take(&s, AUDIT_RESPONSE_STARTED, STR("b")));
    assert_false(take(&s, AUDIT_RESPONSE_STARTED, STR("b")));
    assert_false(take(&s, AUDIT_RESPONSE_COMPLETE, STR("b")));
    assert_true(take(&s, AUDIT_PANIC, STR("")));
    assert_false(take(&s, AUDIT_RESPONSE_STARTED, STR("")));
    /* many watches, one after the other and then all at a time: memory for those that are open */
    for (int i = 0; i < 100000; i++) {
        Str id = arena_printf(&a, "w%d", i);
        assert_true(take(&s, AUDIT_RESPONSE_STARTED, id));
        assert_false(take(&s, AUDIT_RESPONSE_COMPLETE, id));
        assert_int_equal(s.held, 0);
        assert_int_equal(s.cap, 64);
    }
    for (int i = 0; i < 5000; i++) {
        assert_true(take(&s, AUDIT_RESPONSE_STARTED, arena_printf(&a, "x%d", i)));
    }
    for (int i = 0; i < 5000; i++) {
        assert_false(take(&s, AUDIT_RESPONSE_COMPLETE, arena_printf(&a, "x%d", i)));
    }
    assert_int_equal(s.held, 0);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
                                        cmocka_unit_test(test_stages) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
