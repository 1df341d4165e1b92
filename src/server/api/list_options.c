/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of lists and watches: which go together.
 *
 * Source: k8s.io/apimachinery pkg/apis/meta/internalversion/validation, k8s.io/apiserver
 * pkg/features (WatchList)
 */
#include "server/api/call.h"

/* sendInitialEvents is an option that servers know from 27 on, and take where WatchList is on. */
enum { INITIAL_EVENTS_SINCE = 27 };

static bool takes_initial_events(int minor)
{
    return minor == 32 || minor >= 34;
}

#define NOT_OLDER_THAN "NotOlderThan"
#define EXACT "Exact"

static void forbid(FieldErrors *errs, const char *option, Str why)
{
    field_forbidden(errs, path_child_str(NULL, str_from_c(option)), why);
}

static void check_unless_continued(Str token, FieldErrors *errs)
{
    if (token.len) {
        forbid(errs, "resourceVersionMatch",
               STR("resourceVersionMatch is forbidden when continue is provided"));
    }
}

static void check_list(Str match, Str version, Str token, FieldErrors *errs)
{
    static const Str known[] = { STR_INIT(EXACT), STR_INIT(NOT_OLDER_THAN), STR_INIT("") };
    if (version.len == 0) {
        forbid(errs, "resourceVersionMatch",
               STR("resourceVersionMatch is forbidden unless resourceVersion is provided"));
    }
    check_unless_continued(token, errs);
    if (!str_eq(match, STR(EXACT)) && !str_eq(match, STR(NOT_OLDER_THAN))) {
        field_not_supported(errs, path_root("resourceVersionMatch"), match,
                            (StrList){ known, COUNT_OF(known) });
    }
    if (str_eq(match, STR(EXACT)) && str_eq(version, STR("0"))) {
        forbid(errs, "resourceVersionMatch",
               STR("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
    }
}

static void check_watch(Str match, Str token, bool sends, int minor, FieldErrors *errs)
{
    static const Str known[] = { STR_INIT(NOT_OLDER_THAN) };
    if (sends && !str_eq(match, STR(NOT_OLDER_THAN))) {
        forbid(errs, "resourceVersionMatch",
               STR("sendInitialEvents requires setting resourceVersionMatch to " NOT_OLDER_THAN));
    }
    if (sends && !takes_initial_events(minor)) {
        forbid(errs, "sendInitialEvents",
               STR("sendInitialEvents is forbidden for watch unless the WatchList feature gate is "
                   "enabled"));
    }
    if (match.len == 0) {
        return;
    }
    if (!sends) {
        forbid(errs, "resourceVersionMatch",
               STR("resourceVersionMatch is forbidden for watch unless sendInitialEvents is "
                   "provided"));
    }
    if (!str_eq(match, STR(NOT_OLDER_THAN))) {
        field_not_supported(errs, path_root("resourceVersionMatch"), match,
                            (StrList){ known, COUNT_OF(known) });
    }
    check_unless_continued(token, errs);
}

static bool is_true(Str text)
{
    return text.ptr && !str_eq(text, STR("false")) && !str_eq(text, STR("0"));
}

static void check(ApiCall *call, bool watches, Str sends, FieldErrors *errs)
{
    int minor = call->request->target->minor;
    Str match = api_query(call, "resourceVersionMatch");
    Str version = api_query(call, "resourceVersion");
    Str token = api_query(call, "continue");
    if (watches && minor >= INITIAL_EVENTS_SINCE) {
        check_watch(match, token, sends.ptr != NULL, minor, errs);
        return;
    }
    if (watches && match.len) {
        forbid(errs, "resourceVersionMatch", STR("resourceVersionMatch is forbidden for watch"));
    }
    if (match.len) {
        check_list(match, version, token, errs);
    }
    if (sends.ptr) {
        forbid(errs, "sendInitialEvents", STR("sendInitialEvents is forbidden for list"));
    }
}

bool api_check_list_options(ApiCall *call, bool watches, ApiInitialEvents *out)
{
    FieldErrors errs = field_errors_new_for(call->request->target->minor, call->arena);
    int minor = call->request->target->minor;
    Str sends = minor >= INITIAL_EVENTS_SINCE ? api_query(call, "sendInitialEvents") : STR_ABSENT;
    Str version = api_query(call, "resourceVersion");
    check(call, watches, sends, &errs);
    if (errs.count) {
        return api_answer_status(call, status_invalid(call->arena, STR("meta.k8s.io"),
                                                      STR("ListOptions"), STR(""), &errs));
    }
    bool from_anywhere = version.len == 0 || str_eq(version, STR("0"));
    bool asked = takes_initial_events(minor) && sends.ptr;
    *out = !watches                      ? API_INITIAL_NONE
           : asked && !is_true(sends)    ? API_INITIAL_NONE
           : !asked && !from_anywhere    ? API_INITIAL_NONE
           : takes_initial_events(minor) ? API_INITIAL_ENDED
                                         : API_INITIAL_SENT;
    return true;
}
