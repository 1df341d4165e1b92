/* SPDX-License-Identifier: Apache-2.0 */
/* Finding refusals in what people have of them: terminals, events, objects. */
#include "analyze/explain/refusal.h"
#include "analyze/explain/refusal_parts.h"
#include "doc/doc.h"

enum { REFUSALS_MAX = 1000, MESSAGE_DEPTH_MAX = 64, NESTED_MAX = 4 };

typedef struct Reader {
    Arena *arena;
    Refusals *out;
    size_t cap;
    Str namespace; /* that the object says in which the text was found */
    int nested;    /* webhooks that answered in another's words */
} Reader;

/* -- keeping ------------------------------------------------------------------------------------
 */

static void add(Reader *r, const Refusal *refusal)
{
    for (size_t i = 0; i < r->out->count; i++) {
        if (str_eq(r->out->items[i].sentence, refusal->sentence)) {
            return;
        }
    }
    if (r->out->count == REFUSALS_MAX) {
        return;
    }
    if (r->out->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 8;
        Refusal *items = new(r->arena, Refusal, cap);
        if (r->out->count) {
            memcpy(items, r->out->items, r->out->count * sizeof(Refusal));
        }
        r->out->items = items;
        r->cap = cap;
    }
    r->out->items[r->out->count++] = *refusal;
}

/* -- sentences in a line ------------------------------------------------------------------------
 */

static bool is_resource_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '/';
}

/* Where the `pods "x"` begins that ends at `at`. */
static size_t object_start(Str line, size_t at)
{
    size_t i = at;
    if (i && line.ptr[i - 1] == '"') {
        i--;
        while (i && line.ptr[i - 1] != '"') {
            i--;
        }
        i -= i > 0; /* the quote */
        i -= i > 0; /* the blank before it */
    }
    while (i && is_resource_byte(line.ptr[i - 1])) {
        i--;
    }
    return i;
}

/* The first place in the line where a refusal begins; the line's length for none. */
static size_t find_start(Str line)
{
    static const struct {
        Str words;
        bool after_object;
    } marks[] = {
        { STR_INIT(" is forbidden: "), true },
        { STR_INIT(" is invalid: "), true },
        { STR_INIT("forbidden: User \""), false },
        { STR_INIT("admission webhook \""), false },
        { STR_INIT("failed calling webhook \""), false },
        { STR_INIT("would violate PodSecurity \""), false },
        { STR_INIT("namespaces \""), false },
    };
    size_t first = line.len;
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        ptrdiff_t at = str_index(line, marks[i].words);
        if (at < 0 || (str_eq(marks[i].words, STR("namespaces \"")) &&
                       !str_contains(line, STR("\" not found")))) {
            continue;
        }
        size_t start = marks[i].after_object ? object_start(line, (size_t)at) : (size_t)at;
        first = start < first ? start : first;
    }
    return first;
}

/* The file in `error when creating "f": ` or `for: "f": `, right before the sentence. */
static Str file_before(Str before)
{
    Str text = str_cut_suffix(str_trim(before), STR("\":"));
    ptrdiff_t open = text.len == str_trim(before).len ? -1 : str_rindex_byte(text, '"');
    return open < 0 ? STR("") : str_drop(text, (size_t)open + 1);
}

static void read_sentence(Reader *r, Str before, Str sentence)
{
    Refusal refusal;
    sentence = str_trim(sentence);
    if (!refusal_read(sentence, r->arena, &refusal)) {
        return;
    }
    refusal.file = file_before(before);
    refusal.is_event = str_contains(before, STR("Error creating: ")) ||
                       str_contains(before, STR("FailedCreate"));
    if (!refusal.namespace.len) {
        refusal.namespace = r->namespace;
    }
    add(r, &refusal);
    /* a webhook that answers in the API server's words */
    if (refusal.kind == REFUSAL_WEBHOOK && r->nested < NESTED_MAX) {
        size_t start = find_start(refusal.reason);
        r->nested++;
        if (start < refusal.reason.len) {
            read_sentence(r, STR(""), str_drop(refusal.reason, start));
        }
        r->nested--;
    }
}

/* `\"` of a log as the quote that it is. */
static Str unescaped(Str line, Arena *a)
{
    if (!str_contains(line, STR("\\\""))) {
        return line;
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < line.len; i++) {
        bool quote = line.ptr[i] == '\\' && i + 1 < line.len && line.ptr[i + 1] == '"';
        i += quote;
        buf_byte(&b, line.ptr[i]);
    }
    return buf_str(&b);
}

/* kubectl prints several errors of an invalid object as a list: `* a: Required value`. */
static Str with_bullets(Str line, Str *rest, Arena *a)
{
    if (!str_ends_with(str_trim(line), STR(" is invalid:"))) {
        return line;
    }
    Buf b = buf_new(a);
    buf_add(&b, str_trim(line));
    for (size_t n = 0; rest->ptr; n++) {
        Str after = *rest;
        Str next;
        if (!str_next_piece(&after, '\n', &next) || !str_starts_with(str_trim(next), STR("* "))) {
            break;
        }
        buf_add(&b, n ? STR(", ") : STR(" "));
        buf_add(&b, str_drop(str_trim(next), 2));
        *rest = after;
    }
    return buf_str(&b);
}

static void read_lines(Reader *r, Str text)
{
    Str rest = text;
    Str line;
    while (rest.ptr && str_next_piece(&rest, '\n', &line)) {
        line = unescaped(with_bullets(line, &rest, r->arena), r->arena);
        size_t start = find_start(line);
        if (start < line.len) {
            read_sentence(r, str_slice(line, 0, start), str_drop(line, start));
        }
    }
}

/* -- objects ------------------------------------------------------------------------------------
 */

static Str namespace_of(const Value *object)
{
    static const char *const members[] = { "involvedObject", "metadata" };
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        Str namespace = value_as_str(value_at(object, members[i], "namespace", NULL));
        if (namespace.len) {
            return namespace;
        }
    }
    return STR("");
}

static void read_messages(Reader *r, const Value *v, int depth)
{
    if (depth == MESSAGE_DEPTH_MAX) {
        return;
    }
    VALUE_EACH_ITEM(item, v) {
        read_messages(r, item, depth + 1);
    }
    if (!value_is(v, VALUE_OBJECT)) {
        return;
    }
    Str outer = r->namespace;
    Str own = namespace_of(v);
    r->namespace = own.len ? own : outer;
    size_t before = r->out->count;
    Str message = value_get_str(v, STR("message"));
    if (message.len) {
        read_lines(r, message);
    }
    Str reason = value_get_str(v, STR("reason"));
    for (size_t i = before; i < r->out->count && str_eq(reason, STR("FailedCreate")); i++) {
        r->out->items[i].is_event = true;
    }
    VALUE_EACH_MEMBER(m, v) {
        read_messages(r, &m->value, depth + 1);
    }
    r->namespace = outer;
}

/* Is it a document with objects, rather than lines of text? */
static bool read_documents(Reader *r, Str text)
{
    Str trimmed = str_trim(text);
    bool json = trimmed.len && (trimmed.ptr[0] == '{' || trimmed.ptr[0] == '[');
    bool yaml = str_starts_with(trimmed, STR("apiVersion:")) ||
                str_starts_with(trimmed, STR("kind:")) || str_starts_with(trimmed, STR("---"));
    DocList docs;
    Err err;
    if ((!json && !yaml) || !docs_read(STR("message"), text, NULL, r->arena, &docs, &err)) {
        return false;
    }
    for (size_t i = 0; i < docs.count; i++) {
        read_messages(r, &docs.items[i].root, 0);
    }
    return true;
}

void refusals_read(Str text, Arena *a, Refusals *out)
{
    Reader r = { .arena = a, .out = out, .namespace = STR("") };
    *out = (Refusals){ NULL, 0 };
    if (!read_documents(&r, text)) {
        read_lines(&r, text);
    }
}
