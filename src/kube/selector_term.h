/* SPDX-License-Identifier: Apache-2.0 */
/* Within label selectors: what both forms check of a term. */
#ifndef PODGATE_KUBE_SELECTOR_TERM_H
#define PODGATE_KUBE_SELECTOR_TERM_H

#include "kube/selector.h"

/* Each fails with the API server's message. */
bool label_key_check(Str key, Arena *a, Err *err);
bool label_term_check(const LabelTerm *term, Arena *a, Err *err);
void label_terms_sort(LabelTerm *terms, size_t count);

#endif
