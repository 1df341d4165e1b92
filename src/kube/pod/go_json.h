/* SPDX-License-Identifier: Apache-2.0 */
/* What Go's encoding/json says of a text that is no JSON; the API server quotes it where an
 * annotation holds JSON. */
#ifndef PODGATE_KUBE_POD_GO_JSON_H
#define PODGATE_KUBE_POD_GO_JSON_H

#include "base/arena.h"

/* "invalid character '}' looking for beginning of value"; absent when text is one JSON value.
 * Source  encoding/json scanner.go */
Str go_json_error(Str text, Arena *a);

#endif
