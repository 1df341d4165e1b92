/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs as they stand in a request line: percent-escapes and query parameters, read as Go's net/url
 * reads them.
 */
#ifndef PODGATE_BASE_URL_H
#define PODGATE_BASE_URL_H

#include "base/arena.h"

/* Undoes percent-escapes. False on a malformed one ("%", "%4", "%zz"); *out is then left alone.
 * What has no escapes is returned as it is. */
WARN_UNUSED bool url_unescape_path(Str s, Arena *a, Str *out);
/* The same for a key or value of a query, where "+" is a blank. */
WARN_UNUSED bool url_unescape_query(Str s, Arena *a, Str *out);

/* The first value of a parameter; absent when it is not there, "" when it has no value. Parameters
 * are separated by "&" or ";" (as in Go before 1.17, which the API server of 1.20 was built with);
 * malformed ones are skipped. query does not include the "?". */
Str url_query_get(Str query, Str key, Arena *a);

#endif
