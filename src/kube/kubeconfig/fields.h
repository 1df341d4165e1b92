/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of kubeconfigs, and what is wrong with them. Private to this folder. */
#ifndef PODGATE_KUBE_KUBECONFIG_FIELDS_H
#define PODGATE_KUBE_KUBECONFIG_FIELDS_H

#include "kube/kubeconfig/kubeconfig.h"

/* "file:line:column: path: what is wrong"; always false. */
bool kubeconfig_fail(const Doc *doc, Str path, Arena *a, Err *err, const char *format, ...)
    PRINTF_LIKE(5, 6);

/* NULL when there is none. */
const KubeconfigEntry *kubeconfig_find(KubeconfigEntries entries, Str name);

#endif
