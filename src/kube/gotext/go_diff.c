/* SPDX-License-Identifier: Apache-2.0 */
/* Differences of Go values as text. Recursion is as deep as the values. */
#include "kube/gotext/go_diff.h"

#include "kube/gotext/go_diff_pair.h"
#include "kube/gotext/go_text.h"

enum {
    CONTEXT = 2,        /* parts printed around a difference */
    DETAIL = 3,         /* how deep what differs is printed */
    DETAIL_OF_SAME = 1, /* and what does not */
    RECORDS_MAX = 16,   /* of one value, of what differs: 2 << DETAIL */
    RECORDS_OF_SAME_MAX = 4,
};

typedef enum TypeMode { TYPE_ALWAYS, TYPE_OF_COMPOSITES, TYPE_NEVER } TypeMode;

typedef struct Format {
    char mode; /* 0 both values, ' ' they are the same, '-' x alone, '+' y alone */
    TypeMode types;
    int detail;
    Arena *arena;
} Format;

static Format with_mode(const Format *f, char mode)
{
    Format copy = *f;
    copy.mode = mode;
    return copy;
}

static Format with_types(const Format *f, TypeMode types)
{
    Format copy = *f;
    copy.types = types;
    return copy;
}

/* -- one value --------------------------------------------------------------------------------- */

static const TextNode *braces(const TextNode *list, Arena *a)
{
    return text_wrap(STR("{"), list, STR("}"), a);
}

/* With its type before it, where that is printed. Pointers have none: what they point to has. */
static const TextNode *typed(const Format *f, const GoValue *v, const TextNode *text)
{
    bool is_scalar = v->kind == GO_STRING || v->kind == GO_PLAIN;
    if (f->types == TYPE_NEVER || text_is_line(text, STR("nil")) ||
        (f->types == TYPE_OF_COMPOSITES && (is_scalar || f->mode == ' '))) {
        return text;
    }
    if (text->kind == TEXT_LINE) {
        text = text_wrap(STR("("), text, STR(")"), f->arena);
    }
    return text_wrap(v->type, text, STR(""), f->arena);
}

/* In double quotes, or in backquotes where that saves backslashes; cut where it is long. */
static const TextNode *string_text(const Format *f, Str text)
{
    size_t most = (size_t)32 << (f->detail > 0 ? f->detail : 0);
    bool is_cut = text.len > most + 3;
    Str shown = is_cut ? str_from(text.ptr, most) : text;
    Buf b = buf_new(f->arena);
    buf_go_quoted(&b, shown);
    bool can_be_raw = str_index_byte(shown, '`') < 0 && str_is_utf8(shown);
    for (size_t i = 0; i < shown.len && can_be_raw; i++) {
        can_be_raw = (uint8_t)shown.ptr[i] >= ' ' || shown.ptr[i] == '\t';
    }
    if (b.len != shown.len + 2 && can_be_raw) {
        b = buf_new(f->arena);
        buf_byte(&b, '`');
        buf_add(&b, shown);
        buf_byte(&b, '`');
    }
    if (is_cut) {
        buf_lit(&b, "...");
    }
    return text_line(buf_str(&b), f->arena);
}

static const TextNode *value_text(const Format *f, const GoValue *v)
{
    Arena *a = f->arena;
    if (v->kind == GO_STRING) {
        return typed(f, v, string_text(f, v->text));
    }
    if (v->kind == GO_PLAIN) {
        return typed(f, v, text_line(v->text, a));
    }
    bool is_struct = v->kind == GO_STRUCT || v->kind == GO_OPAQUE;
    if (!is_struct && v->is_zero) {
        return text_line(STR("nil"), a);
    }
    if (v->kind == GO_POINTER) {
        return text_wrap(STR("&"), value_text(f, v->members[0].value), STR(""), a);
    }
    size_t most = f->detail > 0 ? (size_t)2 << f->detail : 0;
    Format inner = with_types(f, is_struct ? TYPE_OF_COMPOSITES : TYPE_NEVER);
    inner.detail--;
    TextNode *list = text_list(a);
    for (size_t i = 0; i < v->count; i++) {
        const GoMember *m = &v->members[i];
        if (is_struct && m->value->is_zero) {
            continue;
        }
        if (list->count == most) {
            text_add_ellipsis(list, &(GoStats){ 0 }, a);
            break;
        }
        text_add(list, (TextRecord){ .key = m->key, .value = value_text(&inner, m->value) }, a);
    }
    return typed(f, v, braces(list, a));
}

/* -- two values -------------------------------------------------------------------------------- */

static const TextNode *pair_text(Format f, const GoPair *p);

static bool is_zero_in(const GoPair *p, char mode)
{
    bool x = !p->x || p->x->is_zero;
    bool y = !p->y || p->y->is_zero;
    return mode == '-' ? x : mode == '+' ? y : x || y;
}

/* Of one side alone, or of what is the same on both. */
static TextNode *one_side(const Format *f, const GoPair *p, bool is_struct)
{
    size_t most = f->mode == ' ' ? RECORDS_OF_SAME_MAX : RECORDS_MAX;
    TextNode *list = text_list(f->arena);
    for (size_t i = 0; i < p->count; i++) {
        const GoPair *child = &p->children[i];
        if (list->count == most) {
            text_add_ellipsis(list, &(GoStats){ 0 }, f->arena);
            break;
        }
        bool is_left_out = is_struct && is_zero_in(child, f->mode);
        const TextNode *text = is_left_out ? NULL : pair_text(*f, child);
        if (text) {
            text_add(list, (TextRecord){ .key = child->key, .value = text }, f->arena);
        }
    }
    return list;
}

/* Neighbours that are all the same, or all different. */
static size_t group_end(const GoPair *p, size_t start)
{
    size_t end = start + 1;
    while (end < p->count && !p->children[end].different == !p->children[start].different) {
        end++;
    }
    return end;
}

static GoStats group_stats(const GoPair *p, size_t start, size_t end, Str name)
{
    GoStats s = { .name = name };
    for (size_t i = start; i < end; i++) {
        const GoPair *child = &p->children[i];
        size_t *count = !child->different ? &s.identical
                        : !child->y       ? &s.removed
                        : !child->x       ? &s.inserted
                                          : &s.modified;
        (*count)++;
    }
    return s;
}

static void add_same(const Format *f, TextNode *list, const GoPair *p, size_t start, size_t end,
                     Str name)
{
    size_t count = end - start;
    size_t before = start == 0 ? 0 : count < CONTEXT ? count : CONTEXT;
    size_t after = end == p->count ? 0 : count - before < CONTEXT ? count - before : CONTEXT;
    if (count - before - after == 1) {
        after++; /* an ellipsis is no shorter */
    }
    Format same = with_mode(f, ' ');
    for (size_t i = start; i < end; i++) {
        if (i == start + before && end - after > i) {
            GoStats left_out = { .name = name, .identical = end - after - i };
            text_add_ellipsis(list, &left_out, f->arena);
            i = end - after;
            if (i == end) {
                break;
            }
        }
        const GoPair *child = &p->children[i];
        const TextNode *text = pair_text(same, child);
        text_add(list, (TextRecord){ .key = child->key, .value = text }, f->arena);
    }
}

static void add_different(const Format *f, TextNode *list, const GoPair *child)
{
    if (child->descendants != child->depth) {
        text_add(list, (TextRecord){ .key = child->key, .value = pair_text(*f, child) }, f->arena);
        return;
    }
    for (size_t side = 0; side < 2; side++) {
        char mark = "-+"[side];
        const TextNode *text = pair_text(with_mode(f, mark), child);
        if (text) {
            text_add(list, (TextRecord){ .mark = mark, .key = child->key, .value = text },
                     f->arena);
        }
    }
}

static TextNode *both_sides(const Format *f, const GoPair *p, Str name)
{
    TextNode *list = text_list(f->arena);
    GoStats rest = { .name = name };
    size_t differences = 0;
    for (size_t start = 0, end; start < p->count; start = end) {
        end = group_end(p, start);
        if (differences >= RECORDS_MAX) {
            GoStats group = group_stats(p, start, end, name);
            go_stats_add(&rest, &group);
        } else if (!p->children[start].different) {
            add_same(f, list, p, start, end, name);
        } else {
            for (size_t i = start; i < end; i++) {
                add_different(f, list, &p->children[i]);
            }
            differences += end - start;
        }
    }
    if (!go_stats_is_zero(&rest)) {
        text_add_ellipsis(list, &rest, f->arena);
    }
    return list;
}

static const TextNode *leaf_text(const Format *f, const GoPair *p)
{
    if (f->mode == '-' || f->mode == '+') {
        const GoValue *v = f->mode == '-' ? p->x : p->y;
        return v ? value_text(f, v) : NULL;
    }
    const TextNode *x = value_text(f, p->x);
    const TextNode *y = value_text(f, p->y);
    return text_len(x) < text_len(y) ? x : y;
}

static const TextNode *pair_text(Format f, const GoPair *p)
{
    f.detail = f.mode == ' ' ? DETAIL_OF_SAME : DETAIL;
    if (p->depth == 0) {
        return leaf_text(&f, p);
    }
    const GoValue *v = p->x;
    if (v->kind == GO_POINTER) {
        return text_wrap(STR("&"), pair_text(f, &p->children[0]), STR(""), f.arena);
    }
    Str name = v->kind == GO_STRUCT ? STR("field")
               : v->kind == GO_MAP  ? STR("entry")
                                    : STR("element");
    Format inner = with_types(&f, v->kind == GO_STRUCT ? TYPE_OF_COMPOSITES : TYPE_NEVER);
    const TextNode *list = f.mode ? one_side(&inner, p, v->kind == GO_STRUCT)
                                  : both_sides(&inner, p, name);
    return typed(&f, v, braces(list, f.arena));
}

Str go_diff(const GoValue *x, const GoValue *y, Arena *a)
{
    GoPair root = go_pair(STR(""), x, y, a);
    if (!root.different) {
        return STR("");
    }
    return text_render(pair_text((Format){ .arena = a }, &root), a);
}
