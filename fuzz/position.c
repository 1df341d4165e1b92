/* SPDX-License-Identifier: Apache-2.0 */
/* Positions: every field that a document has is found in its source, and paths that are nonsense
 * lead to some place in it. The input is a document; what follows its first NUL is a path. */
#include "fuzz.h"

#include "base/field.h"
#include "doc/position.h"

enum { FIELDS_MAX = 50 }; /* to be looked for: each reads the document */

typedef struct Walk {
    const Doc *doc;
    Arena *arena;
    int left;
} Walk;

static void check_place(const Doc *doc, Str path, bool must_be_found)
{
    DocPosition at = { 0, 0 };
    bool found = doc_position(doc, path, &at);
    HOLDS(found || !must_be_found);
    HOLDS(at.line >= 1 && at.column >= 1);
    DocPosition end = doc_position_of_offset(doc->text, doc->text.len);
    HOLDS(at.line < end.line || (at.line == end.line && at.column <= end.column));
}

static void walk(Walk *w, const Value *v, const Path *path)
{
    if (w->left-- <= 0) {
        return;
    }
    check_place(w->doc, path_render(path, w->arena), true);
    for (size_t i = 0; i < value_len(v); i++) {
        if (v->kind == VALUE_ARRAY) {
            Path item = path_index(path, i);
            walk(w, &v->items[i], &item);
            continue;
        }
        Str key = member_key(&v->members[i]);
        bool is_plain = key.len && str_index_byte(key, '[') < 0 && str_index_byte(key, ']') < 0;
        Path member = is_plain ? path_child_str(path, key) : path_key(path, key);
        walk(w, &v->members[i].value, &member);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    Str text = str_from((const char *)data, size);
    Str path = STR("spec.containers[0].image");
    ptrdiff_t nul = str_index_byte(text, '\0');
    if (nul >= 0) {
        path = str_drop(text, (size_t)nul + 1);
        text = str_slice(text, 0, (size_t)nul);
    }
    DocList docs;
    if (docs_read(STR("f"), text, &doc_limits_request, &a, &docs, NULL)) {
        size_t aliases = 0;
        for (size_t i = 0; i < text.len; i++) {
            aliases += text.ptr[i] == '*';
        }
        for (size_t i = 0; i < docs.count && i < 3; i++) {
            check_place(&docs.items[i], path, false);
            Walk w = { &docs.items[i], &a, FIELDS_MAX };
            if (aliases < 8) { /* more are not followed to the end */
                walk(&w, &docs.items[i].root, NULL);
            }
        }
    }
    arena_done(&a);
    return 0;
}
