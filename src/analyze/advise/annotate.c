/* SPDX-License-Identifier: Apache-2.0 */
/* YAML with comments: yaml_write() knows how a scalar is written, the layout is done here. */
#include "analyze/advise/annotate.h"

#include "doc/json.h"
#include "doc/pointer.h"
#include "doc/yaml.h"

enum { DEPTH_MAX = 64 }; /* of what is written here: policies, roles, bindings */

typedef struct Writer {
    const AdviseComments *comments;
    Buf *out;
    Arena *arena;
} Writer;

void advise_comments_init(AdviseComments *c, Arena *a)
{
    c->texts = map_new(a);
}

void advise_comment(AdviseComments *c, Str path, Str text)
{
    Str *kept = new(c->texts.arena, Str, 1);
    *kept = text;
    map_set(&c->texts, path, kept);
}

Str advise_pointer_part(Str name, Arena *a)
{
    Buf b = buf_new(a);
    pointer_append(&b, name);
    return buf_str(&b);
}

static void write_plain(Str text, Buf *b)
{
    for (size_t i = 0; i < text.len; i++) {
        buf_byte(b, (unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f ? ' ' : text.ptr[i]);
    }
}

static void end_line(const Writer *w, Str path)
{
    const Str *text = w->comments ? map_get(&w->comments->texts, path) : NULL;
    if (text) {
        buf_lit(w->out, " # ");
        write_plain(*text, w->out);
    }
    buf_byte(w->out, '\n');
}

/* In one line: what yaml_write() would spread over several is quoted as in JSON, which is YAML. */
static void write_scalar(const Writer *w, const Value *v)
{
    Buf b = buf_new(w->arena);
    yaml_write(v, &b);
    Str text = str_cut_suffix(buf_str(&b), STR("\n"));
    if (str_index_byte(text, '\n') >= 0) {
        json_write(v, w->out);
    } else {
        buf_add(w->out, text);
    }
}

static void indent(const Writer *w, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        buf_lit(w->out, "  ");
    }
}

static void write_members(const Writer *w, const Value *object, Str path, size_t depth,
                          bool first_is_placed);
static void write_items(const Writer *w, const Value *array, Str path, size_t depth);

/* What stands behind "key:" or "-". */
static void write_value(const Writer *w, const Value *v, Str path, size_t depth)
{
    if (value_len(v) == 0 || depth > DEPTH_MAX) {
        buf_byte(w->out, ' ');
        if (v->kind == VALUE_ARRAY || v->kind == VALUE_OBJECT) {
            buf_add(w->out, v->kind == VALUE_ARRAY ? STR("[]") : STR("{}"));
        } else {
            write_scalar(w, v);
        }
        end_line(w, path);
        return;
    }
    end_line(w, path);
    if (v->kind == VALUE_OBJECT) {
        write_members(w, v, path, depth + 1, false);
    } else {
        write_items(w, v, path, depth);
    }
}

static void write_members(const Writer *w, const Value *object, Str path, size_t depth,
                          bool first_is_placed)
{
    for (uint32_t i = 0; i < object->len; i++) {
        const Member *m = &object->members[i];
        Value key = value_str(member_key(m));
        if (i || !first_is_placed) {
            indent(w, depth);
        }
        write_scalar(w, &key);
        buf_byte(w->out, ':');
        Str part = advise_pointer_part(member_key(m), w->arena);
        write_value(w, &m->value, arena_concat(w->arena, path, part), depth);
    }
}

/* The comment of an item that is an object stands at its first member. */
static void write_items(const Writer *w, const Value *array, Str path, size_t depth)
{
    for (uint32_t i = 0; i < array->len; i++) {
        const Value *item = &array->items[i];
        Str at = arena_printf(w->arena, "%.*s/%u", STR_ARG(path), i);
        indent(w, depth);
        if (item->kind == VALUE_OBJECT && item->len) {
            buf_lit(w->out, "- ");
            write_members(w, item, at, depth + 1, true);
        } else {
            buf_byte(w->out, '-');
            write_value(w, item, at, depth + 1);
        }
    }
}

void advise_write_yaml(const Value *v, const AdviseComments *comments, Buf *b)
{
    Writer w = { .comments = comments, .out = b, .arena = b->arena };
    write_members(&w, v, STR(""), 0, false);
}

void advise_write_remark(Str text, Buf *b)
{
    for (Str line; str_next_piece(&text, '\n', &line);) {
        buf_add(b, line.len ? STR("# ") : STR("#"));
        write_plain(line, b);
        buf_byte(b, '\n');
    }
}
