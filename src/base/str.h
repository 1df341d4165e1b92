/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings with a length, and optional scalars.
 *
 * A Str is a view: it owns nothing, is not NUL-terminated and stays valid as long as the memory
 * it points into (an arena, a document, a literal). ptr == NULL means "absent"; an empty string
 * has a non-NULL ptr and len 0. Kubernetes often tells unset from empty, so keep both facts.
 */
#ifndef PODGATE_BASE_STR_H
#define PODGATE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WARN_UNUSED __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt_at, args_at) __attribute__((format(printf, fmt_at, args_at)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

typedef struct Str {
    const char *ptr;
    size_t len;
} Str;

#define STR_INIT(s)        \
    {                      \
        (s), sizeof(s) - 1 \
    }                             /* in tables */
#define STR(s) ((Str)STR_INIT(s)) /* in code; s is a literal */
#define STR_ABSENT ((Str){ NULL, 0 })
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : "" /* for "%.*s" */

typedef struct OptBool {
    bool set;
    bool value;
} OptBool;

typedef struct OptInt64 {
    bool set;
    int64_t value;
} OptInt64;

/* A read-only list of strings; items may be NULL when count is 0. */
typedef struct StrList {
    const Str *items;
    size_t count;
} StrList;

static inline Str str_from(const char *ptr, size_t len)
{
    return (Str){ ptr, len };
}

/* NULL gives the absent string. */
static inline Str str_from_c(const char *text)
{
    return (Str){ text, text ? strlen(text) : 0 };
}

/* Absent and empty compare equal: use .ptr to tell them apart. */
static inline bool str_eq(Str a, Str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_is_empty(Str s)
{
    return s.len == 0;
}

/* Order by bytes, as Go orders strings. <0, 0, >0. */
int str_cmp(Str a, Str b);
bool str_starts_with(Str s, Str prefix);
bool str_ends_with(Str s, Str suffix);
bool str_contains(Str s, Str part);
/* Offset of the first such byte or part, or -1. */
ptrdiff_t str_index_byte(Str s, char byte);
ptrdiff_t str_rindex_byte(Str s, char byte);
ptrdiff_t str_index(Str s, Str part);
/* s[from, to); out of range is clamped. */
Str str_slice(Str s, size_t from, size_t to);
static inline Str str_drop(Str s, size_t n)
{
    return str_slice(s, n, s.len);
}
/* Cuts one prefix or suffix when there, else returns s unchanged. */
Str str_cut_prefix(Str s, Str prefix);
Str str_cut_suffix(Str s, Str suffix);
/* Splits s at the first separator: true and both sides, or false with *before = s, *after = "". */
bool str_split_once(Str s, char separator, Str *before, Str *after);
/* Takes the next piece off *rest, as Go's strings.Split walks: "" gives one empty piece. False
 * when nothing is left; start with rest->ptr != NULL. */
bool str_next_piece(Str *rest, char separator, Str *piece);
/* ASCII white space off both ends. */
Str str_trim(Str s);
/* ASCII only. */
bool str_eq_ignore_case(Str a, Str b);
bool str_list_has(StrList list, Str s);
uint64_t str_hash(Str s);
/* Whole-string decimal int64 with optional sign; false on anything else or overflow. */
WARN_UNUSED bool str_to_int64(Str s, int64_t *out);
/* Valid UTF-8? (no surrogates, no overlong forms) */
bool str_is_utf8(Str s);
/* The character at s.ptr[at] (at < len) and how many bytes it has; 0 when they are not UTF-8. */
size_t str_rune_at(Str s, size_t at, uint32_t *code);
/* As Go's unicode.IsPrint has it, of Unicode 15.0. */
bool rune_is_printable(uint32_t code);

#endif
