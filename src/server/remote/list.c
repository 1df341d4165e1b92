/* SPDX-License-Identifier: Apache-2.0 */
/* Lists in pages. */
#include "server/remote/remote.h"

enum { LIMIT_DEFAULT = 500, RESTARTS_MAX = 3, STATUS_GONE = 410 };

/* A value in a query: all but letters, digits and a few signs is escaped. */
static void add_escaped(Buf *b, Str s)
{
    static const char plain[] = "-_.~";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || memchr(plain, c, sizeof plain - 1);
        if (is_plain) {
            buf_byte(b, (char)c);
        } else {
            buf_printf(b, "%%%02X", c);
        }
    }
}

static void add_parameter(Buf *b, const char *name, Str value)
{
    if (value.len) {
        buf_printf(b, "&%s=", name);
        add_escaped(b, value);
    }
}

static Str page_path(const RemoteResource *k, const RemoteList *list, Str token, Arena *a)
{
    Buf b = buf_new(a);
    buf_printf(&b, "/%s", k->group.len ? "apis/" : "api");
    buf_printf(&b, "%.*s/%.*s", STR_ARG(k->group), STR_ARG(k->version));
    if (k->namespaced && list->namespace.len) {
        buf_lit(&b, "/namespaces/");
        add_escaped(&b, list->namespace);
    }
    buf_printf(&b, "/%.*s?limit=%lld", STR_ARG(k->resource),
               (long long)(list->limit ? list->limit : LIMIT_DEFAULT));
    add_parameter(&b, "labelSelector", list->labels);
    add_parameter(&b, "fieldSelector", list->fields);
    add_parameter(&b, "continue", token);
    return buf_str(&b);
}

/* In lists, items do not say what they are, but for those of custom resources. */
static Value with_kind(const RemoteResource *k, Str api_version, const Value *item, Arena *a)
{
    Value object = { .kind = VALUE_OBJECT };
    bool has_kind = value_get_lit(item, "kind") || value_get_lit(item, "apiVersion");
    if (has_kind || !value_is(item, VALUE_OBJECT)) {
        object = value_object();
        value_set_lit(&object, "apiVersion", value_str(api_version), a);
        value_set_lit(&object, "kind", value_str(k->kind), a);
        VALUE_EACH_MEMBER(m, item) {
            value_set(&object, member_key(m), m->value, a);
        }
        return object;
    }
    object.members = new(a, Member, item->len + 2);
    object.members[0] = (Member){ "apiVersion", sizeof("apiVersion") - 1, value_str(api_version) };
    object.members[1] = (Member){ "kind", sizeof("kind") - 1, value_str(k->kind) };
    if (item->len) {
        memcpy(object.members + 2, item->members, item->len * sizeof(Member));
    }
    object.len = item->len + 2;
    return object;
}

static bool give_items(const RemoteResource *k, RemoteList *list, const Value *page, Arena *a)
{
    Str api_version = k->group.len
                          ? arena_printf(a, "%.*s/%.*s", STR_ARG(k->group), STR_ARG(k->version))
                          : k->version;
    VALUE_EACH_ITEM(item, value_get_lit(page, "items")) {
        *item = with_kind(k, api_version, item, a);
        if (!list->on_item(list->context, item)) {
            return false;
        }
    }
    return true;
}

typedef enum PageEnd { PAGE_MORE, PAGE_LAST, PAGE_ENOUGH, PAGE_FAILED } PageEnd;

/* One page; *token is that of the next one, a copy of its own. */
static PageEnd read_page(Remote *r, const RemoteResource *k, RemoteList *list, Arena *token_arena,
                         Str *token, Arena *a, RemoteProblem *problem)
{
    Value page;
    if (!remote_get(r, page_path(k, list, *token, a), STR_ABSENT, a, &page, problem)) {
        return PAGE_FAILED;
    }
    if (!give_items(k, list, &page, a)) {
        return PAGE_ENOUGH;
    }
    const Value *metadata = value_get_lit(&page, "metadata");
    list->version = arena_str(token_arena, value_get_str(metadata, STR("resourceVersion")));
    *token = arena_str(token_arena, value_get_str(metadata, STR("continue")));
    return token->len ? PAGE_MORE : PAGE_LAST;
}

bool remote_list(Remote *r, const RemoteResource *k, RemoteList *list, Arena *a,
                 RemoteProblem *problem)
{
    Arena page;
    Str token = STR("");
    PageEnd end;
    int restarts = 0;
    arena_init(&page, 0);
    do {
        end = read_page(r, k, list, a, &token, list->forgets ? &page : a, problem);
        if (end == PAGE_FAILED && problem->status == STATUS_GONE && token.len &&
            restarts++ < RESTARTS_MAX) {
            list->on_restart(list->context);
            token = STR("");
            end = PAGE_MORE;
        }
        if (list->forgets && end != PAGE_FAILED) {
            arena_reset(&page);
        }
    } while (end == PAGE_MORE);
    if (end == PAGE_FAILED) {
        problem->text = arena_str(a, problem->text);
        problem->reason = arena_str(a, problem->reason);
    }
    arena_done(&page);
    return end != PAGE_FAILED;
}
