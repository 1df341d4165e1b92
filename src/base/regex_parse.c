/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: reading a pattern. */
#include "base/regex_parse.h"

#include "base/regex_class.h"

enum { REPEAT_MAX = 1000, NESTING_MAX = 1000, NUMBER_MAX = 100000000 };

typedef enum RegexFlags {
    FOLD = 1 << 0,
    LINES = 1 << 1,
    DOT_IS_ALL = 1 << 2,
} RegexFlags;

typedef struct Parser {
    Arena *arena;
    Str whole;
    Str rest;
    unsigned flags;
    int nesting;
    Str repeated; /* the repetition that was just read, and what follows; absent after others */
    Str *problem;
} Parser;

static bool fail(Parser *p, const char *what, Str where)
{
    *p->problem = arena_printf(p->arena, "error parsing regexp: %s: `%.*s`", what, STR_ARG(where));
    return false;
}

/* from up to where the rest begins. */
static Str since(const Parser *p, Str from)
{
    return str_slice(from, 0, from.len - p->rest.len);
}

static bool next_is(const Parser *p, const char *text)
{
    return str_starts_with(p->rest, str_from_c(text));
}

static char peek(const Parser *p, size_t at)
{
    return at < p->rest.len ? p->rest.ptr[at] : '\0';
}

static void skip(Parser *p, size_t count)
{
    p->rest = str_drop(p->rest, count);
}

static bool take_rune(Parser *p, uint32_t *out)
{
    size_t width = str_rune_at(p->rest, 0, out);
    if (width == 0) {
        return fail(p, "invalid UTF-8", p->whole);
    }
    skip(p, width);
    return true;
}

/* -- nodes ------------------------------------------------------------------------------------- */

static RegexNode *node_new(Parser *p, RegexNodeKind kind)
{
    RegexNode *node = new(p->arena, RegexNode, 1);
    node->kind = kind;
    return node;
}

static void node_add(Parser *p, RegexNode *to, RegexNode *part)
{
    if (to->count == to->cap) {
        size_t cap = to->cap ? 2 * to->cap : 4;
        RegexNode **grown = new(p->arena, RegexNode *, cap);
        if (to->count) {
            memcpy(grown, to->parts, to->count * sizeof(RegexNode *));
        }
        to->parts = grown;
        to->cap = cap;
    }
    to->parts[to->count++] = part;
}

static void add_class(Parser *p, RegexNode *to, ClassBuild *class)
{
    RegexNode *node = node_new(p, REGEX_NODE_CLASS);
    node->class = class_done(class);
    node_add(p, to, node);
}

static void add_assert(Parser *p, RegexNode *to, RegexAssert holds)
{
    RegexNode *node = node_new(p, REGEX_NODE_ASSERT);
    node->holds = holds;
    node_add(p, to, node);
}

static void class_add_range(const Parser *p, ClassBuild *class, uint32_t from, uint32_t to)
{
    (p->flags & FOLD ? class_add_folded : class_add)(class, from, to);
}

static void add_rune(Parser *p, RegexNode *to, uint32_t rune)
{
    ClassBuild class = { .arena = p->arena };
    class_add_range(p, &class, rune, rune);
    add_class(p, to, &class);
}

/* A named set, which is negated as a whole. */
static void class_add_named(const Parser *p, ClassBuild *class, const ClassBuild *named,
                            bool negated)
{
    ClassBuild folded = { .arena = p->arena };
    for (size_t i = 0; i < named->count; i++) {
        class_add_range(p, &folded, named->ranges[i].from, named->ranges[i].to);
    }
    if (negated) {
        class_negate(&folded);
    }
    class_add_all(class, &folded);
}

/* -- escapes -----------------------------------------------------------------------------------
 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(uint32_t c)
{
    return c >= '0' && c <= '9'   ? (int)c - '0'
           : c >= 'a' && c <= 'f' ? (int)c - 'a' + 10
           : c >= 'A' && c <= 'F' ? (int)c - 'A' + 10
                                  : -1;
}

/* What follows \x. */
static bool take_hex(Parser *p, uint32_t *out)
{
    uint32_t c, value = 0;
    bool braces = next_is(p, "{");
    size_t digits = 0;
    if (braces) {
        skip(p, 1);
    }
    while (p->rest.len && (braces || digits < 2)) {
        if (!take_rune(p, &c)) {
            return false;
        }
        if (braces && c == '}') {
            *out = value;
            return digits > 0;
        }
        int digit = hex_digit(c);
        if (digit < 0) {
            return false;
        }
        value = value * 16 + (uint32_t)digit;
        if (value > REGEX_RUNE_MAX) {
            return false;
        }
        digits++;
    }
    *out = value;
    return !braces && digits == 2;
}

static bool take_escape_body(Parser *p, uint32_t *out)
{
    static const char from[] = "afnrtv", to[] = "\a\f\n\r\t\v";
    uint32_t c;
    if (!take_rune(p, &c)) {
        return false;
    }
    const char *known = c < 128 && c ? strchr(from, (char)c) : NULL;
    if (known) {
        *out = (unsigned char)to[known - from];
        return true;
    }
    if (c == 'x') {
        return take_hex(p, out);
    }
    if (c >= '0' && c <= '7' && (c == '0' || (peek(p, 0) >= '0' && peek(p, 0) <= '7'))) {
        *out = c - '0';
        for (int i = 1; i < 3 && peek(p, 0) >= '0' && peek(p, 0) <= '7'; i++) {
            *out = *out * 8 + (uint32_t)(peek(p, 0) - '0');
            skip(p, 1);
        }
        return true;
    }
    *out = c;
    return c < 128 && hex_digit(c) < 0 && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
}

/* At a backslash: the one character that is meant. */
static bool take_escape(Parser *p, uint32_t *out)
{
    Str from = p->rest;
    skip(p, 1);
    if (p->rest.len == 0) {
        return fail(p, "trailing backslash at end of expression", STR(""));
    }
    *p->problem = STR_ABSENT;
    if (take_escape_body(p, out)) {
        return true;
    }
    return p->problem->ptr ? false : fail(p, "invalid escape sequence", since(p, from));
}

/* At \p or \P: a class by its category. */
static bool take_category(Parser *p, ClassBuild *class)
{
    Str from = p->rest, name;
    bool negated = peek(p, 1) == 'P';
    uint32_t c = 0;
    skip(p, 2);
    Str after = p->rest;
    if (after.len && !take_rune(p, &c)) {
        return false;
    }
    if (c == '{') {
        ptrdiff_t end = str_index_byte(p->rest, '}');
        if (end < 0) {
            return fail(p, "invalid character class range", from);
        }
        name = str_slice(p->rest, 0, (size_t)end);
        skip(p, (size_t)end + 1);
    } else {
        name = since(p, after);
    }
    if (str_starts_with(name, STR("^"))) {
        negated = !negated;
        name = str_drop(name, 1);
    }
    ClassBuild found = { .arena = p->arena };
    if (!class_add_category(&found, name)) {
        return fail(p, "invalid character class range", since(p, from));
    }
    class_add_named(p, class, &found, negated);
    return true;
}

/* At a backslash: \d and its like. False when it is none of them, or with a problem. */
static bool take_named_escape(Parser *p, ClassBuild *class)
{
    char name = peek(p, 1);
    *p->problem = STR_ABSENT;
    if (name == 'p' || name == 'P') {
        return take_category(p, class);
    }
    ClassBuild found = { .arena = p->arena };
    if (!class_add_perl(&found, (char)(name | 0x20)) || !strchr("dswDSW", name)) {
        return false;
    }
    skip(p, 2);
    class_add_named(p, class, &found, name < 'a');
    return true;
}

/* -- brackets ---------------------------------------------------------------------------------- */

/* At [: within brackets. False when it is none, or with a problem. */
static bool take_posix(Parser *p, ClassBuild *class)
{
    *p->problem = STR_ABSENT;
    ptrdiff_t end = next_is(p, "[:") ? str_index(str_drop(p->rest, 2), STR(":]")) : -1;
    if (end < 0) {
        return false;
    }
    Str whole = str_slice(p->rest, 0, (size_t)end + 4);
    Str name = str_slice(whole, 2, whole.len - 2);
    bool negated = str_starts_with(name, STR("^"));
    ClassBuild found = { .arena = p->arena };
    if (!class_add_posix(&found, negated ? str_drop(name, 1) : name)) {
        return fail(p, "invalid character class range", whole);
    }
    skip(p, whole.len);
    class_add_named(p, class, &found, negated);
    return true;
}

static bool take_class_rune(Parser *p, Str whole, uint32_t *out)
{
    if (p->rest.len == 0) {
        return fail(p, "missing closing ]", whole);
    }
    return peek(p, 0) == '\\' ? take_escape(p, out) : take_rune(p, out);
}

static bool take_class_range(Parser *p, Str whole, ClassBuild *class)
{
    Str from = p->rest;
    uint32_t low, high;
    if (!take_class_rune(p, whole, &low)) {
        return false;
    }
    high = low;
    if (p->rest.len >= 2 && peek(p, 0) == '-' && peek(p, 1) != ']') {
        skip(p, 1);
        if (!take_class_rune(p, whole, &high)) {
            return false;
        }
        if (high < low) {
            return fail(p, "invalid character class range", since(p, from));
        }
    }
    class_add_range(p, class, low, high);
    return true;
}

static bool take_class(Parser *p, RegexNode *to)
{
    Str whole = p->rest;
    ClassBuild class = { .arena = p->arena };
    skip(p, 1);
    bool negated = next_is(p, "^");
    if (negated) {
        skip(p, 1);
    }
    for (bool first = true; first || peek(p, 0) != ']' || p->rest.len == 0; first = false) {
        if (take_posix(p, &class) ||
            (!p->problem->ptr && next_is(p, "\\") && take_named_escape(p, &class))) {
            continue;
        }
        if (p->problem->ptr || !take_class_range(p, whole, &class)) {
            return false;
        }
    }
    skip(p, 1);
    if (negated) {
        class_negate(&class);
    }
    add_class(p, to, &class);
    return true;
}

/* -- repetitions ------------------------------------------------------------------------------- */

/* -1 for one that is too large. */
static bool take_number(Str *rest, int32_t *out)
{
    int32_t value = 0;
    if (rest->len == 0 || !is_digit(rest->ptr[0]) ||
        (rest->len >= 2 && rest->ptr[0] == '0' && is_digit(rest->ptr[1]))) {
        return false;
    }
    for (; rest->len && is_digit(rest->ptr[0]); *rest = str_drop(*rest, 1)) {
        value = value < 0 || value >= NUMBER_MAX ? -1 : value * 10 + (rest->ptr[0] - '0');
    }
    *out = value;
    return true;
}

/* At a brace: {n}, {n,}, {n,m}; false, and nothing taken, when it is none of them. */
static bool take_counts(Parser *p, int32_t *min, int32_t *max)
{
    Str rest = str_drop(p->rest, 1);
    if (!take_number(&rest, min)) {
        return false;
    }
    *max = *min;
    if (str_starts_with(rest, STR(","))) {
        rest = str_drop(rest, 1);
        *max = -1;
        if (!str_starts_with(rest, STR("}"))) {
            if (!take_number(&rest, max)) {
                return false;
            }
            *min = *max < 0 ? -1 : *min;
        }
    }
    if (!str_starts_with(rest, STR("}"))) {
        return false;
    }
    p->rest = str_drop(rest, 1);
    return true;
}

/* Whether what is repeated within what is repeated stays below a thousand. Bounded by NESTING_MAX.
 */
static bool repeat_is_valid(const RegexNode *node, int32_t left)
{
    if (node->kind == REGEX_NODE_REPEAT) {
        int32_t times = node->max < 0 ? node->min : node->max;
        if (node->max == 0) {
            return true;
        }
        if (times > left) {
            return false;
        }
        left = times > 0 ? left / times : left;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (!repeat_is_valid(node->parts[i], left)) {
            return false;
        }
    }
    return true;
}

/* from: the text of the repetition and what follows; the rest begins after it. */
static bool add_repeat(Parser *p, RegexNode *to, Str from, bool is_counted, int32_t min,
                       int32_t max)
{
    if (next_is(p, "?")) {
        skip(p, 1);
    }
    if (p->repeated.ptr) {
        return fail(p, "invalid nested repetition operator", since(p, p->repeated));
    }
    if (to->count == 0) {
        return fail(p, "missing argument to repetition operator", since(p, from));
    }
    RegexNode *node = node_new(p, REGEX_NODE_REPEAT);
    node->min = min;
    node->max = max;
    node_add(p, node, to->parts[to->count - 1]);
    to->parts[to->count - 1] = node;
    if (is_counted && (min >= 2 || max >= 2) && !repeat_is_valid(node, REPEAT_MAX)) {
        return fail(p, "invalid repeat count", since(p, from));
    }
    p->repeated = from;
    return true;
}

static bool take_repeat(Parser *p, RegexNode *to)
{
    Str from = p->rest;
    char c = peek(p, 0);
    int32_t min, max;
    if (c != '{') {
        skip(p, 1);
        return add_repeat(p, to, from, false, c == '+', c == '?' ? 1 : -1);
    }
    if (!take_counts(p, &min, &max)) {
        p->repeated = STR_ABSENT;
        skip(p, 1);
        add_rune(p, to, '{');
        return true;
    }
    if (min < 0 || min > REPEAT_MAX || max > REPEAT_MAX || (max >= 0 && min > max)) {
        return fail(p, "invalid repeat count", since(p, from));
    }
    return add_repeat(p, to, from, true, min, max);
}

/* -- groups ------------------------------------------------------------------------------------ */

static bool is_name(Str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c != '_' && !is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')) {
            return false;
        }
    }
    return name.len > 0;
}

/* At (?P<. */
static bool take_capture_name(Parser *p)
{
    ptrdiff_t end = str_index_byte(p->rest, '>');
    if (end < 0) {
        return fail(p, "invalid named capture", p->rest);
    }
    Str capture = str_slice(p->rest, 0, (size_t)end + 1);
    Str name = str_slice(capture, 4, (size_t)end);
    if (!is_name(name)) {
        return fail(p, "invalid named capture", capture);
    }
    skip(p, capture.len);
    return true;
}

/* At (?: flags, and whether a group begins. */
static bool take_flags(Parser *p, bool *is_group)
{
    Str from = p->rest;
    unsigned flags = p->flags, negated = 0;
    bool seen = false;
    skip(p, 2);
    while (p->rest.len) {
        uint32_t c;
        if (!take_rune(p, &c)) {
            return false;
        }
        unsigned flag = c == 'i' ? FOLD : c == 'm' ? LINES : c == 's' ? DOT_IS_ALL : 0;
        if (flag || c == 'U') {
            flags = negated ? flags & ~flag : flags | flag;
            seen = true;
        } else if (c == '-' && !negated) {
            negated = 1;
            seen = false;
        } else if ((c == ':' || c == ')') && (!negated || seen)) {
            *is_group = c == ':';
            p->flags = flags;
            return true;
        } else {
            break;
        }
    }
    return fail(p, "invalid or unsupported Perl syntax", since(p, from));
}

static RegexNode *take_choice(Parser *p);

static bool take_group(Parser *p, RegexNode *to)
{
    unsigned flags = p->flags;
    bool is_group = true;
    if (p->rest.len > 4 && next_is(p, "(?P<")) {
        if (!take_capture_name(p)) {
            return false;
        }
    } else if (next_is(p, "(?")) {
        if (!take_flags(p, &is_group)) {
            return false;
        }
        if (!is_group) {
            return true; /* from here to the end of the group around */
        }
    } else {
        skip(p, 1);
    }
    if (++p->nesting > NESTING_MAX) {
        return fail(p, "expression nests too deeply", p->whole);
    }
    RegexNode *inner = take_choice(p);
    if (!inner) {
        return false;
    }
    if (!next_is(p, ")")) {
        return fail(p, "missing closing )", p->whole);
    }
    skip(p, 1);
    p->nesting--;
    p->flags = flags;
    node_add(p, to, inner);
    return true;
}

/* -- all of it --------------------------------------------------------------------------------- */

/* \Q...\E */
static bool take_literals(Parser *p, RegexNode *to)
{
    skip(p, 2);
    ptrdiff_t end = str_index(p->rest, STR("\\E"));
    size_t after = end < 0 ? 0 : p->rest.len - (size_t)end;
    while (p->rest.len > after) {
        uint32_t c;
        if (!take_rune(p, &c)) {
            return false;
        }
        add_rune(p, to, c);
    }
    skip(p, end < 0 ? 0 : 2);
    return true;
}

static bool take_backslash(Parser *p, RegexNode *to)
{
    uint32_t c;
    char name = peek(p, 1);
    if (p->rest.len >= 2 && strchr("AbBz", name) && name) {
        skip(p, 2);
        add_assert(p, to,
                   name == 'A'   ? REGEX_BEGIN_TEXT
                   : name == 'b' ? REGEX_WORD
                   : name == 'B' ? REGEX_NO_WORD
                                 : REGEX_END_TEXT);
        return true;
    }
    if (name == 'C') {
        return fail(p, "invalid escape sequence", str_slice(p->rest, 0, 2));
    }
    if (name == 'Q') {
        return take_literals(p, to);
    }
    ClassBuild class = { .arena = p->arena };
    if (take_named_escape(p, &class)) {
        add_class(p, to, &class);
        return true;
    }
    if (p->problem->ptr || !take_escape(p, &c)) {
        return false;
    }
    add_rune(p, to, c);
    return true;
}

static void add_dot(Parser *p, RegexNode *to)
{
    ClassBuild class = { .arena = p->arena };
    if (p->flags & DOT_IS_ALL) {
        class_add(&class, 0, REGEX_RUNE_MAX);
    } else {
        class_add(&class, '\n', '\n');
        class_negate(&class);
    }
    add_class(p, to, &class);
}

static bool take_part(Parser *p, RegexNode *to)
{
    uint32_t c;
    char first = peek(p, 0);
    if (first == '*' || first == '+' || first == '?' || first == '{') {
        return take_repeat(p, to);
    }
    p->repeated = STR_ABSENT;
    switch (first) {
    case '(':
        return take_group(p, to);
    case '[':
        return take_class(p, to);
    case '\\':
        return take_backslash(p, to);
    case '.':
        add_dot(p, to);
        break;
    case '^':
        add_assert(p, to, p->flags & LINES ? REGEX_BEGIN_LINE : REGEX_BEGIN_TEXT);
        break;
    case '$':
        add_assert(p, to, p->flags & LINES ? REGEX_END_LINE : REGEX_END_TEXT);
        break;
    default:
        if (!take_rune(p, &c)) {
            return false;
        }
        add_rune(p, to, c);
        return true;
    }
    skip(p, 1);
    return true;
}

/* Up to a closing parenthesis or the end. Recursion is bounded by NESTING_MAX. */
static RegexNode *take_choice(Parser *p)
{
    RegexNode *choice = node_new(p, REGEX_NODE_CHOICE);
    RegexNode *sequence = node_new(p, REGEX_NODE_SEQUENCE);
    node_add(p, choice, sequence);
    p->repeated = STR_ABSENT;
    while (p->rest.len && peek(p, 0) != ')') {
        if (peek(p, 0) == '|') {
            skip(p, 1);
            p->repeated = STR_ABSENT;
            sequence = node_new(p, REGEX_NODE_SEQUENCE);
            node_add(p, choice, sequence);
        } else if (!take_part(p, sequence)) {
            return NULL;
        }
    }
    p->repeated = STR_ABSENT;
    return choice;
}

RegexNode *regex_parse(Str pattern, Arena *a, Str *problem)
{
    Str whole = pattern.ptr ? pattern : STR("");
    Parser p = { .arena = a, .whole = whole, .rest = whole, .problem = problem };
    RegexNode *node = take_choice(&p);
    if (node && p.rest.len) {
        (void)fail(&p, "unexpected )", whole);
        return NULL;
    }
    return node;
}
