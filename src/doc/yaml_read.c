/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading YAML: libyaml's events straight into our tree.
 *
 * Children of what is still open lie on one stack of slots; when a list or mapping ends, they move
 * to the arena in an array of their exact size. libyaml and the slots are on the heap, so the
 * arena's exit is caught on the way and they are freed before it is taken.
 */
#include "doc/yaml.h"

#include "doc/position.h"
#include "doc/yaml_event.h"
#include "doc/yaml_reader.h"

#include <stdlib.h>

/* -- errors ----------------------------------------------------------------------------------- */

static bool fail_here(YamlReader *r, ErrCode code, Str message)
{
    return yaml_fail_at(r, code, (uint32_t)r->event.start_mark.line,
                        (uint32_t)r->event.start_mark.column, message);
}

static bool is_tab_at(Str text, size_t line, size_t column)
{
    Str rest = text;
    Str piece = STR("");
    for (size_t i = 0; i <= line; i++) {
        if (!str_next_piece(&rest, '\n', &piece)) {
            return false;
        }
    }
    return column < piece.len && piece.ptr[column] == '\t';
}

/* "line 3: ", counted as go-yaml counts: from 0, but for what its scanner complains about. */
static Str go_line_of(const yaml_parser_t *p, Arena *a)
{
    size_t line = p->context_mark.line;
    if (p->problem_mark.line) {
        line = p->problem_mark.line + (p->error == YAML_SCANNER_ERROR);
    }
    return line ? arena_printf(a, "line %zu: ", line) : STR("");
}

static bool syntax_error(YamlReader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "unknown problem";
    if (r->go && p->error != YAML_MEMORY_ERROR) {
        return err_set(r->err, r->arena, ERR_SYNTAX, "yaml: %.*s%s",
                       STR_ARG(go_line_of(p, r->arena)), problem);
    }
    if (p->error == YAML_MEMORY_ERROR) {
        return err_set(r->err, r->arena, ERR_LIMIT, "%.*s: out of memory", STR_ARG(r->name));
    }
    if (p->error == YAML_READER_ERROR) {
        DocPosition at = doc_position_of_offset(r->text, p->problem_offset);
        return err_set(
            r->err, r->arena, ERR_SYNTAX, "%.*s:%zu:%zu: not YAML: %s (byte 0x%02x)",
            STR_ARG(r->name), at.line, at.column, problem,
            p->problem_offset < r->text.len ? (unsigned char)r->text.ptr[p->problem_offset] : 0u);
    }
    Str context = STR("");
    if (p->context && p->context_mark.line != p->problem_mark.line) {
        context = arena_printf(r->arena, "%s that starts on line %zu: ", p->context,
                               p->context_mark.line + 1);
    } else if (p->context) {
        context = arena_printf(r->arena, "%s: ", p->context);
    }
    bool is_tab = is_tab_at(r->text, p->problem_mark.line, p->problem_mark.column);
    return yaml_fail_at(r, ERR_SYNTAX, (uint32_t)p->problem_mark.line,
                        (uint32_t)p->problem_mark.column,
                        arena_printf(r->arena, "not YAML: %.*s%s%s", STR_ARG(context), problem,
                                     is_tab ? " (a tab: YAML is indented with spaces)" : ""));
}

/* -- slots and frames ------------------------------------------------------------------------- */

static bool is_key_next(const YamlReader *r)
{
    if (r->depth == 0) {
        return false;
    }
    const YamlFrame *f = &r->frames[r->depth - 1];
    return f->is_mapping && (r->slot_count - f->first) % 2 == 0;
}

static bool grow_slots(YamlReader *r)
{
    size_t cap = r->slot_cap ? r->slot_cap * 2 : 256;
    YamlSlot *grown = realloc(r->slots, cap * sizeof(YamlSlot));
    if (!grown) {
        return err_set(r->err, r->arena, ERR_LIMIT, "%.*s: out of memory", STR_ARG(r->name));
    }
    r->slots = grown;
    r->slot_cap = cap;
    return true;
}

/* Takes in a finished value of a height (0 for a scalar) that stands at a place. */
static bool push(YamlReader *r, Value v, uint32_t height, uint32_t line, uint32_t column)
{
    if (r->slot_count == r->slot_cap && !grow_slots(r)) {
        return false;
    }
    if (r->depth) {
        YamlFrame *f = &r->frames[r->depth - 1];
        size_t children = r->slot_count - f->first;
        if (__builtin_expect((f->is_mapping ? children / 2 : children) >= r->limits->list_max, 0)) {
            return yaml_fail_at(
                r, ERR_LIMIT, line, column,
                arena_printf(r->arena, "a list or mapping has more than %u", r->limits->list_max));
        }
        if (height > f->height) {
            f->height = height;
        }
    }
    r->slots[r->slot_count++] = (YamlSlot){ v, line, column, false };
    return true;
}

static YamlAnchor *open_anchor(YamlReader *r, const yaml_char_t *name)
{
    if (!name) {
        return NULL;
    }
    YamlAnchor *anchor = new(r->arena, YamlAnchor, 1);
    anchor->is_open = true;
    map_set(&r->anchors, arena_str(r->arena, str_from_c((const char *)name)), anchor);
    return anchor;
}

/* "{{": a chart's template taken for a manifest is by far the most common of such keys. */
static bool is_template(const YamlReader *r, bool is_mapping)
{
    const YamlFrame *f = &r->frames[r->depth - 1];
    return is_mapping && r->event.start_mark.line == f->line &&
           r->event.start_mark.column == f->column + 1u;
}

static bool open_frame(YamlReader *r, const yaml_char_t *anchor, bool is_mapping)
{
    if (is_key_next(r)) {
        return fail_here(r, ERR_TYPE,
                         is_template(r, is_mapping)
                             ? STR("a list or mapping cannot be a key: {{ is a template's, which "
                                   "has to be rendered first")
                             : STR("a list or mapping cannot be a key"));
    }
    if (r->depth >= r->depth_max) {
        return fail_here(
            r, ERR_LIMIT,
            arena_printf(r->arena, "lists and mappings are nested more than %u", r->depth_max));
    }
    r->frames[r->depth++] = (YamlFrame){
        .anchor = open_anchor(r, anchor),
        .first = r->slot_count,
        .nodes_before = r->nodes,
        .line = (uint32_t)r->event.start_mark.line,
        .column = (uint32_t)r->event.start_mark.column,
        .is_mapping = is_mapping,
    };
    r->nodes++;
    return true;
}

static bool close_frame(YamlReader *r)
{
    YamlFrame f = r->frames[--r->depth];
    const YamlSlot *slots = r->slots ? r->slots + f.first : NULL; /* none yet: an empty one */
    size_t count = r->slot_count - f.first;
    Value v;
    if (!f.is_mapping) {
        v = yaml_build_list(r, slots, count);
    } else if (!(f.has_merge ? yaml_build_merged : yaml_build_mapping)(r, slots, count / 2, &v)) {
        return false;
    }
    r->slot_count = f.first;
    if (f.anchor) {
        *f.anchor = (YamlAnchor){ v, r->nodes - f.nodes_before, f.height + 1, false };
    }
    return push(r, v, f.height + 1, f.line, f.column);
}

/* -- scalars and aliases ---------------------------------------------------------------------- */

/* A resolved scalar to its place, as a key or a value. */
static bool push_scalar(YamlReader *r, Value v)
{
    if (is_key_next(r)) {
        if (!yaml_scalar_to_key(&v, r->arena)) {
            return fail_here(
                r, ERR_TYPE,
                arena_printf(r->arena, "%s cannot be a key",
                             v.kind == VALUE_NULL ? "null" : "an integer beyond 64 bits"));
        }
    } else if (!yaml_scalar_to_json(&v)) {
        return fail_here(r, ERR_TYPE, STR("infinities and NaN cannot be written as JSON"));
    }
    return push(r, v, 0, (uint32_t)r->event.start_mark.line, (uint32_t)r->event.start_mark.column);
}

static bool on_scalar(YamlReader *r)
{
    Value v;
    Str reason;
    r->nodes++;
    if (yaml_event_is_merge_key(&r->event) && is_key_next(r)) {
        r->frames[r->depth - 1].has_merge = true;
        if (!push(r, value_str(STR("<<")), 0, (uint32_t)r->event.start_mark.line,
                  (uint32_t)r->event.start_mark.column)) {
            return false;
        }
        r->slots[r->slot_count - 1].is_merge = true;
        return true;
    }
    if (!yaml_event_resolve(&r->event, r->arena, &v, &reason)) {
        return fail_here(r, ERR_TYPE, reason);
    }
    if (r->event.data.scalar.anchor) {
        *open_anchor(r, r->event.data.scalar.anchor) = (YamlAnchor){ v, 1, 0, false };
    }
    return push_scalar(r, v);
}

static bool on_alias(YamlReader *r)
{
    Str name = str_from_c((const char *)r->event.data.alias.anchor);
    const YamlAnchor *anchor = map_get(&r->anchors, name);
    if (!anchor) {
        return fail_here(r, ERR_SYNTAX,
                         arena_printf(r->arena, "*%.*s: nothing before it is named &%.*s",
                                      STR_ARG(name), STR_ARG(name)));
    }
    if (anchor->is_open) {
        return fail_here(
            r, ERR_SYNTAX,
            arena_printf(r->arena, "*%.*s stands inside what it names", STR_ARG(name)));
    }
    r->nodes += anchor->nodes;
    r->alias_nodes += anchor->nodes;
    if (r->alias_nodes > r->limits->alias_nodes_max) {
        return fail_here(r, ERR_LIMIT,
                         arena_printf(r->arena, "the aliases stand for more than %zu values",
                                      r->limits->alias_nodes_max));
    }
    if (anchor->height == 0) {
        return push_scalar(r, anchor->value);
    }
    if (is_key_next(r)) {
        return fail_here(r, ERR_TYPE, STR("a list or mapping cannot be a key"));
    }
    if (r->depth + anchor->height > r->depth_max) {
        return fail_here(
            r, ERR_LIMIT,
            arena_printf(r->arena, "lists and mappings are nested more than %u", r->depth_max));
    }
    /* A copy: changing one place of a tree must not change another. */
    return push(r, value_copy(&anchor->value, r->arena), anchor->height,
                (uint32_t)r->event.start_mark.line, (uint32_t)r->event.start_mark.column);
}

/* -- documents -------------------------------------------------------------------------------- */

/* The byte offset of a mark, which counts characters. Marks come in order. */
static size_t offset_of(YamlReader *r, size_t chars)
{
    while (r->chars < chars && r->offset < r->text.len) {
        do {
            r->offset++;
        } while (r->offset < r->text.len && ((unsigned char)r->text.ptr[r->offset] & 0xC0) == 0x80);
        r->chars++;
    }
    return r->offset;
}

static void start_document(YamlReader *r)
{
    r->anchors = map_new(r->arena);
    r->slot_count = 0;
    r->doc_offset = offset_of(r, r->event.start_mark.index);
}

static void end_document(YamlReader *r)
{
    size_t index = r->doc_index++;
    if (r->slot_count == 0 || r->slots[0].value.kind == VALUE_NULL) {
        return;
    }
    if (r->doc_count == r->doc_cap) {
        size_t cap = r->doc_cap ? r->doc_cap * 2 : 1;
        Doc *grown = arena_alloc(r->arena, cap * sizeof(Doc));
        if (r->doc_count) {
            memcpy(grown, r->docs, r->doc_count * sizeof(Doc));
        }
        r->docs = grown;
        r->doc_cap = cap;
    }
    r->docs[r->doc_count++] = (Doc){
        .root = r->slots[0].value,
        .name = r->name,
        .text = r->text,
        .offset = r->doc_offset,
        .index = index,
        .is_yaml = true,
    };
}

static bool on_event(YamlReader *r)
{
    switch (r->event.type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(r);
    case YAML_MAPPING_START_EVENT:
        return open_frame(r, r->event.data.mapping_start.anchor, true);
    case YAML_SEQUENCE_START_EVENT:
        return open_frame(r, r->event.data.sequence_start.anchor, false);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return close_frame(r);
    case YAML_ALIAS_EVENT:
        return on_alias(r);
    case YAML_DOCUMENT_START_EVENT:
        start_document(r);
        return true;
    case YAML_DOCUMENT_END_EVENT:
        end_document(r);
        return true;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
        break;
    }
    return true;
}

static bool read_events(YamlReader *r)
{
    Str bom = STR("\xEF\xBB\xBF");
    Str text = r->text;
    if (str_starts_with(text, bom)) {
        text = str_drop(text, bom.len);
        r->offset = bom.len;
    }
    yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text.ptr, text.len);
    for (;;) {
        if (!yaml_parser_parse(&r->parser, &r->event)) {
            r->parser.problem_offset += r->text.len - text.len;
            return syntax_error(r);
        }
        bool is_end = r->event.type == YAML_STREAM_END_EVENT ||
                      (r->go && r->event.type == YAML_DOCUMENT_END_EVENT);
        if (!on_event(r)) {
            return false;
        }
        yaml_event_delete(&r->event);
        if (is_end) {
            return true;
        }
    }
}

static void reader_free(YamlReader *r)
{
    yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    free(r->slots);
    free(r);
}

/* libyaml compares each %TAG with those before it: thousands take it minutes. */
static bool check_directives(Str name, Str text, Arena *a, Err *err)
{
    enum { DIRECTIVES_MAX = 1000 };
    Str directive = STR("\n%TAG");
    Str rest = text;
    for (size_t count = 0; count < DIRECTIVES_MAX; count++) {
        ptrdiff_t at = str_index(rest, directive);
        if (at < 0) {
            return true;
        }
        rest = str_drop(rest, (size_t)at + directive.len);
    }
    DocPosition at = doc_position_of_offset(text, text.len - rest.len - directive.len + 1);
    return err_set(err, a, ERR_LIMIT, "%.*s:%zu:%zu: more than %d %%TAG directives", STR_ARG(name),
                   at.line, at.column, DIRECTIVES_MAX);
}

static bool read_all(Str name, Str text, const DocLimits *limits, YamlGo *go, Arena *a,
                     DocList *out, Err *err)
{
    if (!limits) {
        limits = &doc_limits_default;
    }
    if (!doc_check_size(name, text.len, limits, a, err) ||
        !doc_check_encoding(name, text, a, err) || !check_directives(name, text, a, err)) {
        return false;
    }
    YamlReader *const r = malloc(sizeof(YamlReader)); /* the frames need no clearing */
    if (r) {
        memset(r, 0, offsetof(YamlReader, frames));
    }
    if (!r || !yaml_parser_initialize(&r->parser)) {
        free(r);
        return err_set(err, a, ERR_LIMIT, "%.*s: out of memory", STR_ARG(name));
    }
    r->name = name;
    r->text = text.ptr ? text : STR("");
    r->limits = limits;
    r->arena = a;
    r->err = err;
    r->go = go;
    r->depth_max = limits->depth_max < DOC_DEPTH_MAX ? limits->depth_max : DOC_DEPTH_MAX;
    jmp_buf *const outer = a->on_full;
    jmp_buf full;
    if (outer) {
        if (setjmp(full) != 0) {
            reader_free(r);
            arena_on_full(a, outer);
            longjmp(*outer, 1);
        }
        arena_on_full(a, &full);
    }
    bool ok = grow_slots(r) && read_events(r);
    arena_on_full(a, outer);
    if (ok) {
        *out = (DocList){ r->docs, r->doc_count };
    }
    reader_free(r);
    return ok;
}

bool yaml_read_all(Str name, Str text, const DocLimits *limits, Arena *a, DocList *out, Err *err)
{
    return read_all(name, text, limits, NULL, a, out, err);
}

bool yaml_read_go(Str text, const DocLimits *limits, Arena *a, Value *out,
                  const YamlRepeatedKey **repeated, Err *err)
{
    DocList docs;
    YamlGo go = { NULL, NULL };
    if (!read_all(STR("yaml"), text, limits, &go, a, &docs, err)) {
        return false;
    }
    *out = docs.count ? docs.items[0].root : value_null();
    *repeated = go.first;
    return true;
}

bool yaml_read(Str name, Str text, const DocLimits *limits, Arena *a, Value *out, Err *err)
{
    DocList docs;
    if (!yaml_read_all(name, text, limits, a, &docs, err)) {
        return false;
    }
    if (docs.count > 1) {
        DocPosition at = doc_position_of_offset(text, docs.items[1].offset);
        return err_set(err, a, ERR_SYNTAX,
                       "%.*s:%zu:%zu: another document starts here, where there must be only one",
                       STR_ARG(name), at.line, at.column);
    }
    *out = docs.count ? docs.items[0].root : value_null();
    return true;
}
