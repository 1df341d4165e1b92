/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 with padding, the standard alphabet (RFC 4648, section 4). */
#ifndef PODGATE_BASE_BASE64_H
#define PODGATE_BASE_BASE64_H

#include "base/buf.h"

void base64_write(Str bytes, Buf *out);

/* Bytes that the text stands for, at the end of out (line breaks are skipped, as Go does). False
 * for anything that is not base64; out may then have got some bytes. */
WARN_UNUSED bool base64_read(Str text, Buf *out);

#endif
