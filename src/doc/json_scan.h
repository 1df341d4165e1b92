/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking JSON text without building anything: to find where a value stands. For text that has
 * been read, or failed to be read, before; it never fails and never leaves the text.
 */
#ifndef PODGATE_DOC_JSON_SCAN_H
#define PODGATE_DOC_JSON_SCAN_H

#include "doc/limits.h"

/* The offset of the first array or object that is nested too deep, or of the first child that is
 * one too many. False when nothing is. */
bool json_scan_excess(Str text, const DocLimits *limits, size_t *offset);

/* The offset behind the value that starts at text[from], which is not white space. Text that is no
 * JSON ends somewhere too, after from unless that is the text's end. */
size_t json_scan_value(Str text, size_t from);

/* The next offset that is not white space, or text.len. */
size_t json_scan_space(Str text, size_t from);

/* text[from] is the quote that starts a string: the offset behind the one that ends it, or
 * text.len. */
size_t json_scan_string(Str text, size_t from);

#endif
