/* SPDX-License-Identifier: Apache-2.0 */
/* CertificateSigningRequests. Source: Kubernetes pkg/registry/certificates */
#include "decide/admission/strategies/prepare.h"
#include "decide/admission/strategies/strategies.h"
#include "kube/groups/certificates.h"

#define GROUP STR_INIT("certificates.k8s.io")
#define RESOURCE STR_INIT("certificatesigningrequests")

/* A request says who made it. */
static void set_requester(Value *spec, const UserInfo *user, Arena *a)
{
    static const Str fields[] = { STR_INIT("username"), STR_INIT("uid"), STR_INIT("groups"),
                                  STR_INIT("extra") };
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        value_remove(spec, fields[i]);
    }
    if (user == NULL) {
        return;
    }
    if (user->name.len) {
        value_set_lit(spec, "username", value_str(user->name), a);
    }
    if (user->uid.len) {
        value_set_lit(spec, "uid", value_str(user->uid), a);
    }
    Value groups = value_array();
    for (size_t i = 0; i < user->groups.count; i++) {
        value_add(&groups, value_str(user->groups.items[i]), a);
    }
    if (groups.len) {
        value_set_lit(spec, "groups", groups, a);
    }
    if (value_len(user->extra) > 0) {
        value_set_lit(spec, "extra", value_copy(user->extra, a), a);
    }
}

static void prepare_new(AdmissionRun *run)
{
    Value *spec = value_need_object(admission_own(run), STR("spec"), run->arena);
    if (spec) {
        set_requester(spec, run->request->user, run->arena);
    }
    prepare_clear(run, STR("status"));
}

static void prepare_changed(AdmissionRun *run)
{
    prepare_keep(run, STR("spec"));
    prepare_keep(run, STR("status"));
}

/* A member of the status is as it was. */
static void keep_status_member(AdmissionRun *run, Str member)
{
    Value *status = value_need_object(admission_own(run), STR("status"), run->arena);
    const Value *before = value_get(value_get_lit(run->old_object, "status"), member);
    if (status && before) {
        value_set(status, member, value_copy(before, run->arena), run->arena);
    } else if (status) {
        value_remove(status, member);
    }
}

static void prepare_status(AdmissionRun *run)
{
    prepare_keep(run, STR("spec"));
    if (str_eq(run->request->version, STR("v1beta1"))) {
        keep_status_member(run, STR("conditions"));
    } else {
        certificate_request_keep_approval(admission_own(run), run->old_object, run->arena);
    }
    certificate_request_stamp(admission_own(run), run->old_object, prepare_now(run), run->arena);
}

static void prepare_approval(AdmissionRun *run)
{
    prepare_keep(run, STR("spec"));
    keep_status_member(run, STR("certificate"));
    certificate_request_stamp(admission_own(run), run->old_object, prepare_now(run), run->arena);
}

static CertificateCheck check_of(const AdmissionRun *run)
{
    const AdmissionStamp *stamp = run->request->stamp;
    return stamp ? (CertificateCheck){ stamp->certificate_request_error, stamp->context }
                 : (CertificateCheck){ NULL, NULL };
}

static void validate_new(AdmissionRun *run, FieldErrors *errs)
{
    CertificateCheck check = check_of(run);
    certificate_request_validate_create(&run->object, &check, run->request->target, errs);
}

static void validate_part(AdmissionRun *run, CertificatePart part, FieldErrors *errs)
{
    CertificateCheck check = check_of(run);
    certificate_request_validate_update(&run->object, run->old_object, part, &check,
                                        run->request->target, errs);
}

static void validate_changed(AdmissionRun *run, FieldErrors *errs)
{
    validate_part(run, CERTIFICATE_WHOLE, errs);
}

static void validate_status(AdmissionRun *run, FieldErrors *errs)
{
    validate_part(run, CERTIFICATE_STATUS, errs);
}

static void validate_approval(AdmissionRun *run, FieldErrors *errs)
{
    validate_part(run, CERTIFICATE_APPROVAL, errs);
}

static const AdmissionStrategy rows[] = {
    {
        .group = GROUP,
        .resource = RESOURCE,
        .defaults = certificate_request_apply_defaults,
        .prepare_create = prepare_new,
        .prepare_update = prepare_changed,
        .validate_create = validate_new,
        .validate_update = validate_changed,
    },
    {
        .group = GROUP,
        .resource = RESOURCE,
        .subresource = STR_INIT("status"),
        .defaults = certificate_request_apply_defaults,
        .prepare_update = prepare_status,
        .validate_update = validate_status,
    },
    {
        .group = GROUP,
        .resource = RESOURCE,
        .subresource = STR_INIT("approval"),
        .defaults = certificate_request_apply_defaults,
        .prepare_update = prepare_approval,
        .validate_update = validate_approval,
    },
};

const AdmissionStrategyList admission_strategies_certificates = { rows, COUNT_OF(rows) };
