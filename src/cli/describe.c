/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object as `kubectl describe` prints one that it has no description of its own for.
 *
 * Source  k8s.io/kubectl pkg/describe: the generic describer and printUnstructuredContent
 */
#include "cli/describe.h"

#include "cli/tabs.h"
#include "doc/json.h"

enum {
    ANNOTATION_BYTES_MAX = 140, /* longer ones go on lines of their own, and are cut */
    PADDING = 2,
    DEPTH_MAX = 100,
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Where the word that starts at `from` ends: a run of capitals (but for the one that begins the
 * next word), or one letter of any case and the small ones after it. */
static size_t word_end(Str s, size_t from)
{
    size_t at = from;
    while (at < s.len && is_upper(s.ptr[at])) {
        at++;
    }
    if (at - from > 1) {
        return at < s.len && is_lower(s.ptr[at]) ? at - 1 : at;
    }
    while (at < s.len && is_lower(s.ptr[at])) {
        at++;
    }
    return at > from ? at : from + 1;
}

static void add_word(Buf *b, Str word)
{
    static const Str acronyms[] = { STR_INIT("API"), STR_INIT("URL"), STR_INIT("UID"),
                                    STR_INIT("OSB"), STR_INIT("GUID") };
    for (size_t i = 0; i < COUNT_OF(acronyms); i++) {
        if (str_eq_ignore_case(word, acronyms[i])) {
            buf_add(b, acronyms[i]);
            return;
        }
    }
    buf_byte(b, is_lower(word.ptr[0]) ? (char)(word.ptr[0] - 'a' + 'A') : word.ptr[0]);
    buf_add(b, str_drop(word, 1));
}

Str describe_label(Str field, Arena *a)
{
    for (size_t i = 0; i < field.len; i++) {
        if (!is_upper(field.ptr[i]) && !is_lower(field.ptr[i]) && field.ptr[i] != '-') {
            return field;
        }
    }
    Buf b = buf_new(a);
    for (size_t at = 0; at < field.len;) {
        size_t end = word_end(field, at);
        if (b.len) {
            buf_byte(&b, ' ');
        }
        add_word(&b, str_slice(field, at, end));
        at = end;
    }
    return buf_str(&b);
}

static void indent(Buf *b, size_t level)
{
    for (size_t i = 0; i < level; i++) {
        buf_lit(b, "  ");
    }
}

/* A scalar as Go's %v prints it. */
static void add_scalar(Buf *b, const Value *v)
{
    if (v->kind == VALUE_STRING) {
        buf_add(b, value_as_str(v));
    } else if (v->kind == VALUE_NULL) {
        buf_lit(b, "<nil>");
    } else {
        json_write(v, b);
    }
}

static bool is_skipped(Str parent, Str field)
{
    static const Str skipped[] = { STR_INIT("name"), STR_INIT("namespace"), STR_INIT("labels"),
                                   STR_INIT("annotations") };
    return str_eq(parent, STR("metadata")) &&
           str_list_has((StrList){ skipped, COUNT_OF(skipped) }, field);
}

static void add_members(Buf *b, const Value *object, size_t level, Str parent);

static void add_items(Buf *b, const Value *array, size_t level)
{
    VALUE_EACH_ITEM(item, array) {
        if (item->kind == VALUE_OBJECT) {
            add_members(b, item, level, STR(""));
        } else {
            indent(b, level);
            add_scalar(b, item);
            buf_byte(b, '\n');
        }
    }
}

static void add_members(Buf *b, const Value *object, size_t level, Str parent)
{
    if (level > DEPTH_MAX) {
        return;
    }
    VALUE_EACH_MEMBER(m, object) {
        Str key = member_key(m);
        if (is_skipped(parent, key)) {
            continue;
        }
        indent(b, level);
        buf_add(b, describe_label(key, b->arena));
        buf_byte(b, ':');
        if (m->value.kind == VALUE_OBJECT) {
            buf_byte(b, '\n');
            add_members(b, &m->value, level + 1, level == 0 ? key : STR(""));
        } else if (m->value.kind == VALUE_ARRAY) {
            buf_byte(b, '\n');
            add_items(b, &m->value, level + 1);
        } else {
            buf_byte(b, '\t');
            add_scalar(b, &m->value);
            buf_byte(b, '\n');
        }
    }
}

static void add_labels(Buf *b, const Value *labels)
{
    buf_lit(b, "Labels:\t");
    if (value_len(labels) == 0) {
        buf_lit(b, "<none>\n");
        return;
    }
    bool first = true;
    VALUE_EACH_MEMBER(m, labels) {
        buf_add(b, first ? STR("") : STR("\t"));
        buf_add(b, member_key(m));
        buf_byte(b, '=');
        add_scalar(b, &m->value);
        buf_byte(b, '\n');
        first = false;
    }
}

static void add_long_annotation(Buf *b, Str value)
{
    Str rest = value;
    Str line;
    while (str_next_piece(&rest, '\n', &line)) {
        buf_lit(b, "\t  ");
        if (line.len > ANNOTATION_BYTES_MAX - 2) {
            buf_add(b, str_slice(line, 0, ANNOTATION_BYTES_MAX - 2));
            buf_lit(b, "...");
        } else {
            buf_add(b, line);
        }
        buf_byte(b, '\n');
    }
}

static void add_annotations(Buf *b, const Value *annotations)
{
    bool first = true;
    buf_lit(b, "Annotations:\t");
    VALUE_EACH_MEMBER(m, annotations) {
        Str key = member_key(m);
        if (str_eq(key, STR("kubectl.kubernetes.io/last-applied-configuration"))) {
            continue;
        }
        Str value = str_cut_suffix(value_as_str(&m->value), STR("\n"));
        buf_add(b, first ? STR("") : STR("\t"));
        buf_add(b, key);
        buf_byte(b, ':');
        if (key.len + value.len + 2 > ANNOTATION_BYTES_MAX || str_index_byte(value, '\n') >= 0) {
            buf_byte(b, '\n');
            add_long_annotation(b, value);
        } else {
            buf_byte(b, ' ');
            buf_add(b, value);
            buf_byte(b, '\n');
        }
        first = false;
    }
    if (first) {
        buf_lit(b, "<none>\n");
    }
}

void describe_object(Value *object, Buf *out)
{
    value_sort_keys(object);
    const Value *meta = value_get_lit(object, "metadata");
    Buf b = buf_new(out->arena);
    buf_printf(&b, "Name:\t%.*s\n", STR_ARG(value_get_str(meta, STR("name"))));
    buf_printf(&b, "Namespace:\t%.*s\n", STR_ARG(value_get_str(meta, STR("namespace"))));
    add_labels(&b, value_get_lit(meta, "labels"));
    add_annotations(&b, value_get_lit(meta, "annotations"));
    add_members(&b, object, 0, STR(""));
    buf_lit(&b, "Events:\t<none>\n");
    tabs_align(buf_str(&b), PADDING, out);
}
