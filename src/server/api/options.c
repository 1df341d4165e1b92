/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of a write: dryRun, fieldManager, and for deletions how what depends on the object
 * is treated. They stand in the query, or for deletions in the body.
 *
 * Source: k8s.io/apimachinery pkg/apis/meta/v1/validation
 */
#include "base/url.h"
#include "kube/meta.h"
#include "kube/strict.h"
#include "server/api/call.h"

/* The kinds of options by verb. */
static const struct {
    Str verb;
    Str kind;
} option_kinds[] = {
    { STR_INIT("create"), STR_INIT("CreateOptions") },
    { STR_INIT("update"), STR_INIT("UpdateOptions") },
    { STR_INIT("patch"), STR_INIT("PatchOptions") },
    { STR_INIT("delete"), STR_INIT("DeleteOptions") },
    { STR_INIT("deletecollection"), STR_INIT("DeleteOptions") },
};

static const Str propagations[] = { STR_INIT("Foreground"), STR_INIT("Background"),
                                    STR_INIT("Orphan") };

static void check_dry_run(ApiCall *call, StrList values, FieldErrors *errs)
{
    bool fine = true;
    Buf printed = buf_new(call->arena);
    buf_lit(&printed, "[]string{");
    for (size_t i = 0; i < values.count; i++) {
        fine &= str_eq(values.items[i], STR("All"));
        buf_add(&printed, i ? STR(", ") : STR(""));
        buf_go_quoted(&printed, values.items[i]);
    }
    buf_byte(&printed, '}');
    if (!fine) {
        static const Str known[] = { STR_INIT("All") };
        field_not_supported_raw(errs, path_root("dryRun"), buf_str(&printed),
                                (StrList){ known, COUNT_OF(known) });
    }
}

static void check_propagation(Str policy, bool orphans_set, FieldErrors *errs)
{
    static const Str known[] = { STR_INIT("Foreground"), STR_INIT("Background"), STR_INIT("Orphan"),
                                 STR_INIT("nil") };
    if (policy.ptr && orphans_set) {
        field_invalid_str(errs, path_root("propagationPolicy"), policy,
                          STR("orphanDependents and deletionPropagation cannot be both set"));
    } else if (policy.ptr &&
               !str_list_has((StrList){ propagations, COUNT_OF(propagations) }, policy)) {
        field_not_supported(errs, path_root("propagationPolicy"), policy,
                            (StrList){ known, COUNT_OF(known) });
    }
}

static void check_delete_body(ApiCall *call, const Value *body, FieldErrors *errs)
{
    check_propagation(value_get_str(body, STR("propagationPolicy")),
                      !value_is_null(value_get_lit(body, "orphanDependents")), errs);
    check_dry_run(call, value_str_list(value_get_lit(body, "dryRun"), call->arena), errs);
}

static void check_query(ApiCall *call, bool deletes, FieldErrors *errs)
{
    Str query = call->info.query;
    if (deletes) {
        Str orphans = url_query_get(query, STR("orphanDependents"), call->arena);
        check_propagation(url_query_get(query, STR("propagationPolicy"), call->arena),
                          orphans.ptr != NULL, errs);
    }
    Str dry_run = url_query_get(query, STR("dryRun"), call->arena);
    if (dry_run.ptr) {
        check_dry_run(call, (StrList){ &dry_run, 1 }, errs);
    }
    Str manager = url_query_get(query, STR("fieldManager"), call->arena);
    bool patches = str_eq(call->info.verb, STR("patch")) && call->request->serving;
    if (patches && !api_is_apply(call) && url_query_get(query, STR("force"), call->arena).ptr) {
        field_forbidden(errs, path_root("force"), STR("may not be specified for non-apply patch"));
    }
    if (patches && api_is_apply(call) && manager.len == 0) {
        field_required(errs, path_root("fieldManager"), STR("is required for apply patch"));
    } else if (manager.ptr && !deletes) {
        Path at = path_root("fieldManager");
        meta_validate_field_manager(manager, &at, errs);
    }
    Str validation = url_query_get(query, STR("fieldValidation"), call->arena);
    FieldValidation mode;
    if (validation.ptr && !deletes) {
        (void)!field_validation_parse(validation, call->request->target, &mode, errs);
    }
}

bool api_is_dry_run(const ApiCall *call)
{
    /* Options in a body are all that a delete looks at. */
    bool deletes = str_eq(call->request->method, STR("DELETE"));
    bool in_body = call->request->body || call->request->body_text.len;
    return call->dry_run_in_body || (!(deletes && in_body) && api_query(call, "dryRun").len > 0);
}

bool api_check_options(ApiCall *call)
{
    for (size_t i = 0; i < COUNT_OF(option_kinds); i++) {
        if (!str_eq(option_kinds[i].verb, call->info.verb)) {
            continue;
        }
        FieldErrors errs = field_errors_new_for(call->request->target->minor, call->arena);
        bool deletes = str_eq(option_kinds[i].kind, STR("DeleteOptions"));
        bool in_body = call->request->body || call->request->body_text.len;
        if (deletes && in_body) {
            return true; /* they are looked at when they are read */
        }
        check_query(call, deletes, &errs);
        return errs.count == 0 ||
               api_answer_status(call, status_invalid(call->arena, STR("meta.k8s.io"),
                                                      option_kinds[i].kind, STR(""), &errs));
    }
    return true;
}

bool api_check_delete_options(ApiCall *call, const Value *body)
{
    FieldErrors errs = field_errors_new_for(call->request->target->minor, call->arena);
    check_delete_body(call, body, &errs);
    call->dry_run_in_body = value_len(value_get_lit(body, "dryRun")) > 0;
    return errs.count == 0 ||
           api_answer_status(call, status_invalid(call->arena, STR("meta.k8s.io"),
                                                  STR("DeleteOptions"), STR(""), &errs));
}
