/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents out of a text: JSON or YAML by its content.
 *
 * As kubectl: what starts with { is tried as JSON, one value after the other. When the first or
 * second is none, the whole is tried as YAML, which takes {a: b} and JSON documents with ---
 * between them; when it is no YAML either, JSON's message is the one to show.
 */
#include "doc/doc.h"

#include "doc/json.h"
#include "doc/json_scan.h"
#include "doc/yaml.h"

enum { SECOND_TRY_BYTES_MAX = 4 << 20 }; /* a broken dump is told to be that at once */

/* A list of documents while it grows. */
typedef struct DocSink {
    Doc *items;
    size_t count;
    size_t cap;
} DocSink;

static void add_doc(DocSink *sink, Doc doc, Arena *a)
{
    if (sink->count == sink->cap) {
        size_t cap = sink->cap ? sink->cap * 2 : 1;
        Doc *grown = arena_alloc(a, cap * sizeof(Doc));
        if (sink->count) {
            memcpy(grown, sink->items, sink->count * sizeof(Doc));
        }
        sink->items = grown;
        sink->cap = cap;
    }
    sink->items[sink->count++] = doc;
}

/* *seen: documents read before what failed */
static bool read_json_stream(Str name, Str text, size_t from, const DocLimits *limits, Arena *a,
                             DocList *out, size_t *seen, Err *err)
{
    DocSink sink = { 0 };
    size_t at = from;
    for (*seen = 0; at < text.len; ++*seen) {
        Value v;
        size_t start = at;
        bool ok;
        if (*seen == 0) {
            ok = json_read_part(name, text, start, text.len, &at, limits, a, &v, err);
        } else {
            /* Found first, so that a long stream is not copied for each of its documents. */
            at = json_scan_value(text, start);
            ok = json_read_part(name, text, start, at, NULL, limits, a, &v, err);
        }
        if (!ok) {
            return false;
        }
        if (v.kind != VALUE_NULL) {
            add_doc(&sink,
                    (Doc){ .root = v,
                           .name = name,
                           .text = text,
                           .offset = start,
                           .index = *seen,
                           .is_yaml = false },
                    a);
        }
        at = json_scan_space(text, at);
    }
    *out = (DocList){ sink.items, sink.count };
    return true;
}

bool docs_read(Str name, Str text, const DocLimits *limits, Arena *a, DocList *out, Err *err)
{
    if (!limits) {
        limits = &doc_limits_default;
    }
    if (!doc_check_size(name, text.len, limits, a, err) ||
        !doc_check_encoding(name, text, a, err)) {
        return false;
    }
    Str bom = STR("\xEF\xBB\xBF");
    size_t from = json_scan_space(text, str_starts_with(text, bom) ? bom.len : 0);
    if (from == text.len || (text.ptr[from] != '{' && text.ptr[from] != '[')) {
        return yaml_read_all(name, text, limits, a, out, err);
    }
    Err json_err = { 0 };
    size_t seen;
    if (read_json_stream(name, text, from, limits, a, out, &seen, &json_err)) {
        return true;
    }
    Err yaml_err = { 0 };
    if (json_err.code == ERR_SYNTAX && seen < 2 && text.len <= SECOND_TRY_BYTES_MAX) {
        if (yaml_read_all(name, text, limits, a, out, &yaml_err)) {
            return true;
        }
        if (yaml_err.code == ERR_DUPLICATE || yaml_err.code == ERR_TYPE) {
            json_err = yaml_err; /* it is YAML, and something else is wrong with it */
        }
    }
    if (err) {
        *err = json_err;
    }
    return false;
}
