/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: matching. */
#include "base/regex.h"

#include <assert.h>

/* Steps to be looked at, each once: a set that is emptied at no cost. */
typedef struct StepSet {
    uint32_t *items;
    uint32_t *places; /* of a step in items, if it is there */
    size_t count;
} StepSet;

typedef struct Matcher {
    const Regex *regex;
    Str text;
    uint32_t *stack;
    bool found;
} Matcher;

static bool set_add(StepSet *set, uint32_t step)
{
    uint32_t place = set->places[step];
    if (place < set->count && set->items[place] == step) {
        return false;
    }
    set->places[step] = (uint32_t)set->count;
    set->items[set->count++] = step;
    return true;
}

static bool is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool holds_at(const Matcher *m, RegexAssert what, size_t at)
{
    const char *text = m->text.ptr;
    bool before = at > 0 && is_word((unsigned char)text[at - 1]);
    bool after = at < m->text.len && is_word((unsigned char)text[at]);
    switch (what) {
    case REGEX_BEGIN_TEXT:
        return at == 0;
    case REGEX_END_TEXT:
        return at == m->text.len;
    case REGEX_BEGIN_LINE:
        return at == 0 || text[at - 1] == '\n';
    case REGEX_END_LINE:
        return at == m->text.len || text[at] == '\n';
    case REGEX_WORD:
        return before != after;
    case REGEX_NO_WORD:
        return before == after;
    }
    return false;
}

/* A step and all that it leads to without a character. */
static void add_closure(Matcher *m, StepSet *set, uint32_t first, size_t at)
{
    size_t depth = 0;
    m->stack[depth++] = first;
    while (depth) {
        uint32_t at_step = m->stack[--depth];
        if (!set_add(set, at_step)) {
            continue;
        }
        const RegexStep *step = &m->regex->steps[at_step];
        if (step->op == REGEX_MATCH) {
            m->found = true;
            return;
        }
        if (step->op == REGEX_SPLIT) {
            m->stack[depth++] = step->other;
            m->stack[depth++] = step->next;
        } else if (step->op == REGEX_ASSERT && holds_at(m, step->holds, at)) {
            m->stack[depth++] = step->next;
        }
    }
}

static bool class_has(const RegexClass *class, uint32_t c)
{
    if (c < 128) {
        return class->ascii[c / 64] >> (c % 64) & 1;
    }
    size_t low = 0, high = class->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c > class->ranges[middle].to) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < class->count && c >= class->ranges[low].from;
}

/* What is no UTF-8 counts as U+FFFD, a byte each. */
static uint32_t take_rune(Str text, size_t *at)
{
    uint32_t rune;
    size_t width = str_rune_at(text, *at, &rune);
    *at += width ? width : 1;
    return width ? rune : 0xFFFD;
}

static void step_over(Matcher *m, const StepSet *now, StepSet *then, uint32_t rune, size_t after)
{
    then->count = 0;
    for (size_t i = 0; i < now->count && !m->found; i++) {
        const RegexStep *step = &m->regex->steps[now->items[i]];
        if (step->op == REGEX_CLASS && class_has(step->class, rune)) {
            add_closure(m, then, step->next, after);
        }
    }
}

static StepSet set_new(const Regex *r, Arena *a)
{
    return (StepSet){ .items = new(a, uint32_t, r->count), .places = new(a, uint32_t, r->count) };
}

bool regex_matches(const Regex *r, Str text, Arena *scratch)
{
    ArenaMark mark = arena_mark(scratch);
    Matcher m = { .regex = r, .text = text.ptr ? text : STR("") };
    m.stack = new(scratch, uint32_t, 2 * r->count + 1);
    StepSet sets[2] = { set_new(r, scratch), set_new(r, scratch) };
    StepSet *now = &sets[0], *then = &sets[1];
    size_t at = 0;
    add_closure(&m, now, r->start, 0);
    while (!m.found && at < text.len) {
        uint32_t rune = take_rune(text, &at);
        step_over(&m, now, then, rune, at);
        if (!m.found) {
            add_closure(&m, then, r->start, at); /* a match may begin anywhere */
        }
        StepSet *kept = now;
        now = then;
        then = kept;
    }
    arena_rewind(scratch, mark);
    return m.found;
}
