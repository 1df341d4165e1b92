/* SPDX-License-Identifier: Apache-2.0 */
/* A regular expression on the first line, a text after it: reading the pattern and matching end. */
#include "fuzz.h"

#include "base/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    Str pattern, text, problem;
    const Regex *regex;
    arena_init(&a, 0);
    (void)str_split_once(str_from((const char *)data, size), '\n', &pattern, &text);
    if (regex_compile(pattern, &a, &regex, &problem)) {
        bool found = regex_matches(regex, text, &a);
        HOLDS(found == regex_matches(regex, text, &a));
    } else {
        HOLDS(str_starts_with(problem, STR("error parsing regexp: ")));
    }
    arena_done(&a);
    return 0;
}
