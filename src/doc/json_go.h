/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as Go's encoding/json reads it, for the places where that decides or is quoted: repeated
 * keys are kept, bytes that are not UTF-8 and lone surrogates become U+FFFD, and a syntax error has
 * Go's words ("invalid character '}' looking for beginning of object key string").
 *
 * Slower than json_read(), and not for documents that come in numbers.
 */
#ifndef PODGATE_DOC_JSON_GO_H
#define PODGATE_DOC_JSON_GO_H

#include "base/err.h"
#include "doc/value.h"

enum { JSON_GO_DEPTH_MAX = 10000 }; /* encoding/json's own limit */

/* Reads one document; anything but white space after it is an error. Objects have their members in
 * the order written, with keys as often as they occur: no tree of this kind may go to functions
 * that rely on keys being there once, or on the limits of depth of the other readers. */
WARN_UNUSED bool json_go_read(Str text, Arena *a, Value *out, Err *err);

/* Does encoding/json's user take a text for JSON rather than YAML? White space, then {. */
bool json_go_is_json(Str text);

#endif
