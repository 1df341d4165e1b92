/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules as `kubectl auth can-i --list` prints them. */
#ifndef PODGATE_CLI_RULES_H
#define PODGATE_CLI_RULES_H

#include "base/buf.h"
#include "doc/value.h"

/* resource_rules, url_rules: the lists of a SubjectRulesReviewStatus. Broken down to single verbs
 * and resources, those of one resource and name put together again, sorted. */
void rules_write(const Value *resource_rules, const Value *url_rules, bool headers, Buf *out);

#endif
