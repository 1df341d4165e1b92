/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an answer is the recorded one. */
#include "cli/case_match.h"

#include "decide/psa/recorded.h"
#include "doc/json.h"

#include <stdlib.h>

static Str json_text(const Value *v, Arena *a)
{
    Buf b = buf_new(a);
    if (v == NULL) {
        return STR("nothing");
    }
    Value sorted = value_copy(v, a);
    value_sort_keys(&sorted);
    json_write(&sorted, &b);
    return buf_str(&b);
}

static bool differ(Str *difference, Arena *a, const char *what, Str want, Str got)
{
    *difference = arena_printf(a, "%s\n  recorded: %.*s\n  decided:  %.*s", what, STR_ARG(want),
                               STR_ARG(got));
    return false;
}

static bool same_member(const Value *expect, const Value *got, const char *key, Arena *a,
                        Str *difference)
{
    const Value *want = value_get(expect, str_from_c(key));
    const Value *have = value_get(got, str_from_c(key));
    if (want == NULL || (have && value_equal(want, have))) {
        return true;
    }
    return differ(difference, a, key, json_text(want, a), json_text(have, a));
}

/* -- messages ---------------------------------------------------------------------------------- */

static int word_cmp(const void *left, const void *right)
{
    return str_cmp(*(const Str *)left, *(const Str *)right);
}

static bool is_framing(char c)
{
    return c == '[' || c == ']' || c == ',' || c == ';';
}

/* The words of a message, sorted: what remains the same when its parts change places. */
static StrList sorted_words(Str message, Arena *a)
{
    Str *words = new(a, Str, message.len + 1);
    size_t count = 0;
    Str rest = message;
    for (Str word; str_next_piece(&rest, ' ', &word);) {
        while (word.len && is_framing(word.ptr[0])) {
            word = str_drop(word, 1);
        }
        while (word.len && is_framing(word.ptr[word.len - 1])) {
            word = str_slice(word, 0, word.len - 1);
        }
        if (word.len) {
            words[count++] = word;
        }
    }
    if (count > 0) {
        qsort(words, count, sizeof *words, word_cmp);
    }
    return (StrList){ words, count };
}

static bool same_words(Str left, Str right, Arena *a)
{
    StrList l = sorted_words(left, a);
    StrList r = sorted_words(right, a);
    bool same = l.count == r.count;
    for (size_t i = 0; same && i < l.count; i++) {
        same = str_eq(l.items[i], r.items[i]);
    }
    return same;
}

static bool same_message(const Value *expect, const Value *got, Arena *a, Str *difference)
{
    Str want = value_get_str(expect, STR("message"));
    Str have = value_get_str(got, STR("message"));
    if (want.ptr == NULL || str_eq(want, have)) {
        return true;
    }
    if (value_get_bool(expect, STR("messageIsPrefix")).value && str_starts_with(have, want)) {
        return true;
    }
    if (value_get_lit(expect, "messageAlternatives") && same_words(want, have, a)) {
        return true;
    }
    return differ(difference, a, "message", want, have);
}

/* -- reviews ----------------------------------------------------------------------------------- */

/* The same items in any order. */
static bool same_set(const Value *want, const Value *have)
{
    if (value_len(want) != value_len(have)) {
        return false;
    }
    VALUE_EACH_ITEM(w, want) {
        size_t wanted = 0;
        size_t found = 0;
        VALUE_EACH_ITEM(other, want) {
            wanted += value_equal(w, other);
        }
        VALUE_EACH_ITEM(h, have) {
            found += value_equal(w, h);
        }
        if (wanted != found) {
            return false;
        }
    }
    return true;
}

static bool same_status(const Value *expect, const Value *got, Arena *a, Str *difference)
{
    const Value *want = value_get_lit(expect, "status");
    const Value *have = value_get_lit(got, "status");
    if (want == NULL) {
        return true;
    }
    static const Str rules[] = { STR_INIT("resourceRules"), STR_INIT("nonResourceRules") };
    const Value *reasons = value_get_lit(expect, "reasonAlternatives");
    bool same = value_len(want) == value_len(have);
    VALUE_EACH_MEMBER(m, want) {
        const Value *v = value_get(have, member_key(m));
        bool is_rules = str_list_has((StrList){ rules, COUNT_OF(rules) }, member_key(m));
        bool equal = v && (is_rules ? same_set(&m->value, v) : value_equal(&m->value, v));
        if (v && str_eq(member_key(m), STR("reason"))) {
            VALUE_EACH_ITEM(reason, reasons) {
                equal |= value_equal(reason, v);
            }
        }
        same &= equal;
    }
    return same || differ(difference, a, "status", json_text(want, a), json_text(have, a));
}

bool case_matches(const Value *test, const Value *got, Arena *a, Str *difference)
{
    const Value *expect = value_get_lit(test, "expect");
    if (psa_recorded_has_topic(value_get_str(test, STR("topic")))) {
        return psa_recorded_agrees(test, got, a) ||
               differ(difference, a, "the answer", json_text(expect, a), json_text(got, a));
    }
    if (!same_member(expect, got, "code", a, difference) ||
        !same_member(expect, got, "allowed", a, difference) ||
        !same_member(expect, got, "reason", a, difference)) {
        return false;
    }
    if (value_get_int(expect, STR("code")).value == 400) {
        return true;
    }
    return same_message(expect, got, a, difference) &&
           same_member(expect, got, "details", a, difference) &&
           same_member(expect, got, "object", a, difference) &&
           same_status(expect, got, a, difference);
}
