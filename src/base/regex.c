/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: from the tree of a pattern to steps. */
#include "base/regex.h"

#include "base/regex_parse.h"

enum { STEPS_MAX = 1 << 16, CALLS_MAX = 1 << 20 };

typedef struct Compiler {
    Arena *arena;
    RegexStep *steps;
    size_t count;
    size_t cap;
    size_t calls;
    bool too_large;
} Compiler;

static uint32_t add_step(Compiler *c, RegexStep step)
{
    if (c->count >= STEPS_MAX) {
        c->too_large = true;
        return 0;
    }
    if (c->count == c->cap) {
        size_t cap = c->cap ? 2 * c->cap : 32;
        RegexStep *grown = new(c->arena, RegexStep, cap);
        if (c->count) {
            memcpy(grown, c->steps, c->count * sizeof(*grown));
        }
        c->steps = grown;
        c->cap = cap;
    }
    c->steps[c->count] = step;
    return (uint32_t)c->count++;
}

static uint32_t compile(Compiler *c, const RegexNode *node, uint32_t next);

/* What is repeated at will, then next. */
static uint32_t compile_loop(Compiler *c, const RegexNode *part, uint32_t next)
{
    uint32_t split = add_step(c, (RegexStep){ .op = REGEX_SPLIT, .next = next, .other = next });
    uint32_t body = compile(c, part, split);
    c->steps[split].next = body;
    return split;
}

static uint32_t compile_repeat(Compiler *c, const RegexNode *node, uint32_t next)
{
    const RegexNode *part = node->parts[0];
    uint32_t at = next;
    if (node->max < 0) {
        at = compile_loop(c, part, at);
    }
    for (int32_t i = node->min; i < node->max && !c->too_large; i++) {
        uint32_t body = compile(c, part, at);
        at = add_step(c, (RegexStep){ .op = REGEX_SPLIT, .next = body, .other = next });
    }
    for (int32_t i = 0; i < node->min && !c->too_large; i++) {
        at = compile(c, part, at);
    }
    return at;
}

/* The steps of a node, from the last to the first; returns the first. Recursion is bounded by the
 * nesting of the pattern. */
static uint32_t compile(Compiler *c, const RegexNode *node, uint32_t next)
{
    if (c->too_large || ++c->calls > CALLS_MAX) {
        c->too_large = true;
        return next;
    }
    uint32_t at = next;
    switch (node->kind) {
    case REGEX_NODE_CLASS:
        return add_step(c, (RegexStep){ .op = REGEX_CLASS, .class = node->class, .next = next });
    case REGEX_NODE_ASSERT:
        return add_step(c, (RegexStep){ .op = REGEX_ASSERT, .holds = node->holds, .next = next });
    case REGEX_NODE_SEQUENCE:
        for (size_t i = node->count; i-- > 0;) {
            at = compile(c, node->parts[i], at);
        }
        return at;
    case REGEX_NODE_CHOICE:
        at = compile(c, node->parts[node->count - 1], next);
        for (size_t i = node->count - 1; i-- > 0;) {
            uint32_t other = at, first = compile(c, node->parts[i], next);
            at = add_step(c, (RegexStep){ .op = REGEX_SPLIT, .next = first, .other = other });
        }
        return at;
    case REGEX_NODE_REPEAT:
        return compile_repeat(c, node, next);
    }
    return at;
}

bool regex_compile(Str pattern, Arena *a, const Regex **out, Str *problem)
{
    RegexNode *node = regex_parse(pattern, a, problem);
    if (!node) {
        return false;
    }
    Compiler c = { .arena = a };
    uint32_t match = add_step(&c, (RegexStep){ .op = REGEX_MATCH });
    uint32_t start = compile(&c, node, match);
    if (c.too_large) {
        *problem = arena_printf(a, "error parsing regexp: expression too large: `%.*s`",
                                STR_ARG(pattern));
        return false;
    }
    Regex *regex = new(a, Regex, 1);
    *regex = (Regex){ .steps = c.steps, .count = c.count, .start = start };
    *out = regex;
    return true;
}
