/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad values in messages: up to Kubernetes 1.33 as Go prints them with %#v
 * (`v1.LabelSelector{MatchLabels:map[string]string{"a":"b"}, ...}`), from 1.34 on as JSON
 * (`{"matchLabels":{"a":"b"}}`).
 */
#ifndef PODGATE_BASE_GO_VALUE_H
#define PODGATE_BASE_GO_VALUE_H

#include "base/buf.h"

/* The first as the second. False, and nothing added, for what is no such text or hides a value
 * behind a pointer. Fields of the internal types have their Go names in JSON, those of package v1
 * their names of the API. */
WARN_UNUSED bool go_value_to_json(Str dump, Buf *out);

#endif
