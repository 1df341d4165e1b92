/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PodSecurityConfiguration file: the cluster's default policy, and who is exempt.
 *
 * Reading goes in the steps of the API server, each with its own errors: load the file, complete it
 * (parse the defaults), validate it.
 *
 * Source: k8s.io/pod-security-admission/admission/api, as of Kubernetes 1.37.
 */
#ifndef PODGATE_DECIDE_PSA_CONFIG_H
#define PODGATE_DECIDE_PSA_CONFIG_H

#include "decide/psa/policy.h"

/* Names that are let through unchecked, matched exactly; the empty string never is. */
typedef struct PsaExemptions {
    StrList usernames;
    StrList namespaces;
    StrList runtime_classes;
} PsaExemptions;

/* The file as written, with levels and versions that it leaves out filled in. */
typedef struct PsaConfigFile {
    Str levels[PSA_MODE_COUNT];
    Str versions[PSA_MODE_COUNT];
    PsaExemptions exemptions;
} PsaConfigFile;

/* What admission works with. */
typedef struct PsaConfig {
    PsaPolicy defaults;
    PsaExemptions exemptions;
    int64_t minor_max; /* the server's own version, which judges newer ones as itself; 0 for
                          PSA_MINOR_NEWEST */
} PsaConfig;

/* Everything privileged, nobody exempt: what an API server without a file has. */
extern const PsaConfig psa_config_default;

/* text: YAML or JSON, only its first document is read; empty gives the defaults. Its strings are
 * copied. The messages are those of the API server. */
WARN_UNUSED bool psa_config_load(Str text, Arena *a, PsaConfigFile *out, Err *err);
/* The same out of a document that has been read already, such as the `configuration` of a plugin in
 * an AdmissionConfiguration; text is quoted in messages about it. */
WARN_UNUSED bool psa_config_from_value(const Value *v, Str text, Arena *a, PsaConfigFile *out,
                                       Err *err);
/* Parses the defaults. Fails with "enforce: must be one of ...", several as "[a, b]". */
WARN_UNUSED bool psa_config_complete(const PsaConfigFile *file, Arena *a, PsaConfig *out, Err *err);
/* The exemptions only: what a server checks after completing. */
void psa_config_validate_exemptions(const PsaConfigFile *file, FieldErrors *errs);
/* Defaults and exemptions: the stand-alone validation. */
void psa_config_validate(const PsaConfigFile *file, FieldErrors *errs);

/* All steps, with the plugin's prefixes: "PodSecurity configuration error: ...". */
WARN_UNUSED bool psa_config_read(Str text, Arena *a, PsaConfig *out, Err *err);

#endif
