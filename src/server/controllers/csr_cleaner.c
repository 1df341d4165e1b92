/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deletes certificate requests that nobody needs any more: an hour after they were denied, failed
 * or got their certificate, a day after they were made when nothing came of them. (Certificates
 * that end within the hour go with the hour.)
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

/* Once an hour, so that whoever approves by a clock that is behind has time to fetch what he gets.
 */
static void tick(Ctl *c)
{
    size_t count;
    const Value *const *all = ctl_list(c, STR("certificates.k8s.io"),
                                       STR("CertificateSigningRequest"), STR_ABSENT, &count);
    for (size_t i = 0; i < count; i++) {
        int64_t end = 0;
        if (find_end(all[i], &end) && end < ctl_now(c, NULL)) {
            CtlObject at = { .api_version = csr_api_version(c),
                             .resource = "certificatesigningrequests",
                             .name = ctl_name(all[i]) };
            (void)ctl_delete(c, &at, NULL, NULL);
        }
    }
}

const Controller controller_csr_cleaner = {
    .name = STR_INIT("certificate-controller"),
    .tick = tick,
    .tick_ms = HOUR * 1000,
};
