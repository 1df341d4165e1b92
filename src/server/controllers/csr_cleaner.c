/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deletes certificate requests that nobody needs any more: an hour after they were denied, failed
 * or got their certificate, a day after they were made when nothing came of them. (Certificates
 * that end within the hour go with the hour. The real one looks once an hour.)
 *
 * Source: Kubernetes pkg/controller/certificates/cleaner
 */
#include "server/controllers/csr.h"
#include "server/table/age.h"

enum { HOUR = 60 * 60, DECIDED_SECONDS = HOUR, PENDING_SECONDS = 24 * HOUR };

/* From when on it may go; false for never. */
static bool find_end(const Value *csr, int64_t *end)
{
    const Value *conditions = value_at(csr, "status", "conditions", NULL);
    bool is_issued = value_as_str(value_at(csr, "status", "certificate", NULL)).len > 0;
    bool found = false;
    if (value_len(conditions) == 0) {
        Str made = value_as_str(value_at(csr, "metadata", "creationTimestamp", NULL));
        found = age_parse_time(made, end);
        *end += PENDING_SECONDS;
        return found;
    }
    VALUE_EACH_ITEM(condition, conditions) {
        Str type = value_get_str(condition, STR("type"));
        int64_t since;
        bool counts = str_eq(type, STR("Denied")) || str_eq(type, STR("Failed")) ||
                      (str_eq(type, STR("Approved")) && is_issued);
        if (counts && age_parse_time(value_get_str(condition, STR("lastUpdateTime")), &since) &&
            (!found || since + DECIDED_SECONDS < *end)) {
            *end = since + DECIDED_SECONDS;
            found = true;
        }
    }
    return found;
}

static bool sync(Ctl *c, Str unused, Str name)
{
    (void)unused;
    const Value *csr = ctl_get(c, STR("certificates.k8s.io"), STR("CertificateSigningRequest"),
                               STR(""), name);
    int64_t end = 0;
    if (csr == NULL || !find_end(csr, &end)) {
        return true;
    }
    int64_t left = end - ctl_now(c, NULL);
    if (left >= 0) {
        ctl_enqueue_after(c, STR(""), name, (left + 1) * 1000);
        return true;
    }
    CtlObject at = { .api_version = csr_api_version(c),
                     .resource = "certificatesigningrequests",
                     .name = name };
    ApiResponse response;
    return ctl_delete(c, &at, NULL, &response) || response.code == 404;
}

const Controller controller_csr_cleaner = {
    .name = STR_INIT("certificate-controller"),
    .kinds = { CSR_KIND },
    .observe = csr_observe,
    .sync = sync,
};
