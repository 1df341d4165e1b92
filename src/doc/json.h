/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON in and out.
 *
 * Reading is yyjson's parse and one pass that lays its values out as our tree; the strings stay
 * where yyjson left them, in the arena's copy of the text. Messages begin with
 * "name:line:column: " (columns count characters).
 */
#ifndef PODGATE_DOC_JSON_H
#define PODGATE_DOC_JSON_H

#include "base/err.h"
#include "doc/limits.h"
#include "doc/value.h"

/* Reads one document; anything but white space after it is an error. text is copied.
 * limits may be NULL for doc_limits_default. */
WARN_UNUSED bool json_read(Str name, Str text, const DocLimits *limits, Arena *a, Value *out,
                           Err *err);

/* The same for text[from, to), with positions in the whole text. end not NULL: reading stops after
 * the document, *end is the offset there, and what follows is not looked at. */
WARN_UNUSED bool json_read_part(Str name, Str text, size_t from, size_t to, size_t *end,
                                const DocLimits *limits, Arena *a, Value *out, Err *err);

enum { JSON_PADDING = 4 };

/* As json_read() without the copy: the tree's strings point into text, which is changed and must
 * outlive the tree. The JSON_PADDING bytes after text[len] must exist; they are set to zero. After
 * a failure the content of text is undefined and positions in the message are bytes from the start
 * ("name: byte 17: "), as lines can no longer be told. */
WARN_UNUSED bool json_read_insitu(Str name, char *text, size_t len, const DocLimits *limits,
                                  Arena *a, Value *out, Err *err);

/* Compact, member order kept, numbers as Go's encoding/json prints them (1.0 is 1, 1e21 is 1e+21).
 * Bytes that are not UTF-8 become U+FFFD. */
void json_write(const Value *v, Buf *b);
/* The same with <, >, &, U+2028 and U+2029 as \u003c ..., as Go's encoder does unless told not to:
 * for texts that must equal what the API server sends. */
void json_write_html_safe(const Value *v, Buf *b);
/* As kubectl -o json: 4 spaces, {} and [] for empty ones, HTML-safe, no newline at the end. */
void json_write_pretty(const Value *v, Buf *b);
/* One string, quoted; html_safe as above. */
void json_write_str(Str s, bool html_safe, Buf *b);
/* A number as encoding/json prints it. Infinities and NaN, which JSON cannot hold, give null. */
void json_write_float(double f, Buf *b);

#endif
