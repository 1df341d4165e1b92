/* SPDX-License-Identifier: Apache-2.0 */
/* What Pod Security Admission counts, with the labels that the upstream metrics have. */
#include "decide/psa/admission.h"

static void write_label(const char *name, Str value, bool is_last, Buf *b)
{
    buf_add(b, str_from_c(name));
    buf_lit(b, "=\"");
    for (size_t i = 0; i < value.len; i++) {
        switch (value.ptr[i]) {
        case '\\':
            buf_lit(b, "\\\\");
            break;
        case '"':
            buf_lit(b, "\\\"");
            break;
        case '\n':
            buf_lit(b, "\\n");
            break;
        default:
            buf_byte(b, value.ptr[i]);
            break;
        }
    }
    buf_add(b, is_last ? STR("\"}") : STR("\","));
}

static Str resource_label(const PsaRequest *r)
{
    if (!r->group.len && str_eq(r->resource, STR("pods"))) {
        return STR("pod");
    }
    if (!r->group.len && str_eq(r->resource, STR("namespaces"))) {
        return STR("namespace");
    }
    return STR("controller");
}

static Str version_label(const PsaLevelVersion *policy, int64_t server_minor, Arena *a)
{
    if (policy->version.is_latest || policy->level == PSA_PRIVILEGED) {
        return STR("latest");
    }
    if (policy->version.minor > server_minor) {
        return STR("future");
    }
    Buf b = buf_new(a);
    psa_version_write(policy->version, &b);
    return buf_str(&b);
}

void psa_metric_write(const PsaMetric *metric, const PsaRequest *request, int64_t server_minor,
                      Buf *b)
{
    switch (metric->kind) {
    case PSA_METRIC_EVALUATION:
        buf_lit(b, "pod_security_evaluations_total{");
        write_label("decision", metric->denied ? STR("deny") : STR("allow"), false, b);
        write_label("mode", psa_mode_name(metric->mode), false, b);
        write_label("policy_level", psa_level_name(metric->policy.level), false, b);
        write_label("policy_version", version_label(&metric->policy, server_minor, b->arena), false,
                    b);
        break;
    case PSA_METRIC_EXEMPTION:
        buf_lit(b, "pod_security_exemptions_total{");
        break;
    case PSA_METRIC_ERROR:
        buf_lit(b, "pod_security_errors_total{");
        write_label("fatal", metric->fatal ? STR("true") : STR("false"), false, b);
        break;
    }
    write_label("request_operation", arena_lower(b->arena, request->operation), false, b);
    write_label("resource", resource_label(request), false, b);
    write_label("subresource", request->subresource, true, b);
}
