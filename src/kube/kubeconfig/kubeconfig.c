/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a kubeconfig, read and merged. */
#include "kube/kubeconfig/kubeconfig.h"

#include "doc/position.h"
#include "kube/kubeconfig/fields.h"

StrList kubeconfig_paths(Str variable, Str home, Arena *a)
{
    size_t count = 0;
    Str piece, rest = variable.ptr ? variable : STR("");
    Str *paths = new(a, Str, variable.len + 1);
    while (str_next_piece(&rest, ':', &piece)) {
        if (piece.len && !str_list_has((StrList){ paths, count }, piece)) {
            paths[count++] = piece;
        }
    }
    if (count == 0) {
        paths[count++] = arena_concat(a, home.ptr ? home : STR(""), STR("/.kube/config"));
    }
    return (StrList){ paths, count };
}

bool kubeconfig_fail(const Doc *doc, Str path, Arena *a, Err *err, const char *format, ...)
{
    DocPosition at;
    va_list args;
    (void)doc_position(doc, path, &at);
    va_start(args, format);
    Str text = arena_vprintf(a, format, args);
    va_end(args);
    return err_set(err, a, ERR_TYPE, "%.*s:%zu:%zu: %.*s%s%.*s", STR_ARG(doc->name), at.line,
                   at.column, STR_ARG(path), path.len ? ": " : "", STR_ARG(text));
}

static Str folder_of(Str path)
{
    ptrdiff_t slash = str_rindex_byte(path, '/');
    return slash < 0 ? STR("") : slash == 0 ? STR("/") : str_slice(path, 0, (size_t)slash);
}

/* -- entries ----------------------------------------------------------------------------------- */

typedef struct Reader {
    Arena *arena;
    const Doc *doc;
    Str folder;
} Reader;

/* A list of {name: ..., <inner>: {...}} and where its entries go. */
typedef struct Section {
    Str list;
    Str inner;
    KubeconfigEntry *items;
    size_t count;
    size_t cap;
} Section;

enum { CLUSTERS, USERS, CONTEXTS, SECTIONS };

/* Among those from one on. */
static const KubeconfigEntry *find(const KubeconfigEntry *items, size_t from, size_t count,
                                   Str name)
{
    for (size_t i = from; i < count; i++) {
        if (str_eq(items[i].name, name)) {
            return &items[i];
        }
    }
    return NULL;
}

static void add(Section *s, const KubeconfigEntry *entry, Arena *a)
{
    if (s->count == s->cap) {
        KubeconfigEntry *grown = new(a, KubeconfigEntry, s->cap ? s->cap * 2 : 8);
        if (s->count) {
            memcpy(grown, s->items, s->count * sizeof *grown);
        }
        s->cap = s->cap ? s->cap * 2 : 8;
        s->items = grown;
    }
    s->items[s->count++] = *entry;
}

static bool read_entry(const Reader *r, const Section *s, const Value *item, Str path,
                       KubeconfigEntry *out, Err *err)
{
    static const Value nothing = { .kind = VALUE_OBJECT };
    const Value *name = value_get_lit(item, "name");
    const Value *inner = value_get(item, s->inner);
    if (!value_is(item, VALUE_OBJECT)) {
        return kubeconfig_fail(r->doc, path, r->arena, err, "is no object but %.*s",
                               STR_ARG(value_kind_name(item)));
    }
    if (!value_is_null(name) && name->kind != VALUE_STRING) {
        Str at = arena_concat(r->arena, path, STR(".name"));
        return kubeconfig_fail(r->doc, at, r->arena, err, "is no string but %.*s",
                               STR_ARG(value_kind_name(name)));
    }
    Str at = arena_printf(r->arena, "%.*s.%.*s", STR_ARG(path), STR_ARG(s->inner));
    if (!value_is_null(inner) && inner->kind != VALUE_OBJECT) {
        return kubeconfig_fail(r->doc, at, r->arena, err, "is no object but %.*s",
                               STR_ARG(value_kind_name(inner)));
    }
    Str text = value_as_str(name);
    *out = (KubeconfigEntry){ .name = text.ptr ? text : STR(""),
                              .value = value_is_null(inner) ? &nothing : inner,
                              .doc = r->doc,
                              .path = at,
                              .folder = r->folder };
    return true;
}

static bool read_section(const Reader *r, Section *s, Err *err)
{
    const Value *list = value_get(&r->doc->root, s->list);
    size_t before = s->count;
    if (value_is_null(list)) {
        return true;
    }
    if (list->kind != VALUE_ARRAY) {
        return kubeconfig_fail(r->doc, s->list, r->arena, err, "is no list but %.*s",
                               STR_ARG(value_kind_name(list)));
    }
    for (size_t i = 0; i < list->len; i++) {
        KubeconfigEntry entry;
        Str path = arena_printf(r->arena, "%.*s[%zu]", STR_ARG(s->list), i);
        if (!read_entry(r, s, &list->items[i], path, &entry, err)) {
            return false;
        }
        if (find(s->items, before, s->count, entry.name)) {
            return kubeconfig_fail(r->doc, path, r->arena, err, "\"%.*s\" is there twice",
                                   STR_ARG(entry.name));
        }
        if (!find(s->items, 0, before, entry.name)) {
            add(s, &entry, r->arena);
        }
    }
    return true;
}

/* -- files ------------------------------------------------------------------------------------- */

static bool check_head(const Reader *r, Err *err)
{
    const Value *root = &r->doc->root;
    Str version = value_get_str(root, STR("apiVersion"));
    Str kind = value_get_str(root, STR("kind"));
    if (root->kind != VALUE_OBJECT) {
        return kubeconfig_fail(r->doc, STR(""), r->arena, err, "is no kubeconfig but %.*s",
                               STR_ARG(value_kind_name(root)));
    }
    if (version.len && !str_eq(version, STR("v1"))) {
        return kubeconfig_fail(r->doc, STR("apiVersion"), r->arena, err,
                               "is \"%.*s\": only kubeconfigs of v1 are known", STR_ARG(version));
    }
    if (kind.len && !str_eq(kind, STR("Config"))) {
        return kubeconfig_fail(r->doc, STR("kind"), r->arena, err,
                               "is \"%.*s\": a kubeconfig is a Config", STR_ARG(kind));
    }
    return true;
}

static bool read_file(const KubeconfigFile *file, Section *sections, Str *current, Arena *a,
                      Err *err)
{
    DocList docs;
    if (!docs_read(file->path, file->text, NULL, a, &docs, err)) {
        return false;
    }
    if (docs.count == 0) {
        return true;
    }
    Reader r = { .arena = a, .doc = &docs.items[0], .folder = folder_of(file->path) };
    if (!check_head(&r, err)) {
        return false;
    }
    for (size_t i = 0; i < SECTIONS; i++) {
        if (!read_section(&r, &sections[i], err)) {
            return false;
        }
    }
    const Value *context = value_get_lit(&r.doc->root, "current-context");
    if (!value_is_null(context) && context->kind != VALUE_STRING) {
        return kubeconfig_fail(r.doc, STR("current-context"), a, err, "is no string but %.*s",
                               STR_ARG(value_kind_name(context)));
    }
    *current = current->len ? *current : value_as_str(context);
    return true;
}

bool kubeconfig_read(const KubeconfigFile *files, size_t count, Arena *a, Kubeconfig *out, Err *err)
{
    Section sections[SECTIONS] = {
        [CLUSTERS] = { .list = STR("clusters"), .inner = STR("cluster") },
        [USERS] = { .list = STR("users"), .inner = STR("user") },
        [CONTEXTS] = { .list = STR("contexts"), .inner = STR("context") },
    };
    Str current = STR("");
    for (size_t i = 0; i < count; i++) {
        if (!read_file(&files[i], sections, &current, a, err)) {
            return false;
        }
    }
    *out = (Kubeconfig){
        .clusters = { sections[CLUSTERS].items, sections[CLUSTERS].count },
        .users = { sections[USERS].items, sections[USERS].count },
        .contexts = { sections[CONTEXTS].items, sections[CONTEXTS].count },
        .current_context = current.ptr ? current : STR(""),
    };
    return true;
}

const KubeconfigEntry *kubeconfig_find(KubeconfigEntries entries, Str name)
{
    return find(entries.items, 0, entries.count, name);
}
