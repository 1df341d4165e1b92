/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libpodgate: Kubernetes pod admission as a function call.
 *
 * Everything declared here is stable within a major version of the library. Nothing else is
 * exported.
 */
#ifndef PODGATE_PODGATE_H
#define PODGATE_PODGATE_H

#ifdef __cplusplus
extern "C" {
#endif

#define PODGATE_API __attribute__((visibility("default")))

/* The library's version, "0.1.0". */
PODGATE_API const char *podgate_version(void);

#ifdef __cplusplus
}
#endif

#endif
