/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text with tabs into aligned text, the way Go's text/tabwriter does it for `kubectl describe`: a
 * cell ends with a tab, and cells above each other in lines that follow one another share a width.
 */
#ifndef PODGATE_CLI_TABS_H
#define PODGATE_CLI_TABS_H

#include "base/buf.h"

/* padding: blanks after the widest cell */
void tabs_align(Str text, size_t padding, Buf *out);

#endif
