/* SPDX-License-Identifier: Apache-2.0 */
/* Where a webhook is called. */
#include "kube/groups/webhook_client.h"

#include "base/url.h"
#include "kube/groups/members.h"
#include "kube/names.h"

enum { SPECIFIED_SINCE = 23 };

#define FORM "; desired format: https://host[/path]"

/* -- a URL as Go's net/url reads it --------------------------------------------------------------
 */

typedef struct GoUrl {
    Str scheme;
    Str host;
    Str user; /* absent when there is none */
    Str query;
    Str fragment;
} GoUrl;

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes "scheme:" off the front. Absent, or what is wrong. */
static Str take_scheme(Str *rest, Str *scheme)
{
    *scheme = STR("");
    for (size_t i = 0; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (c == ':') {
            if (i == 0) {
                return STR("missing protocol scheme");
            }
            *scheme = str_slice(*rest, 0, i);
            *rest = str_drop(*rest, i + 1);
            return STR_ABSENT;
        }
        bool later = i > 0 && (is_digit(c) || c == '+' || c == '-' || c == '.');
        if (!is_letter(c) && !later) {
            break;
        }
    }
    return STR_ABSENT;
}

static Str quote_after(Arena *a, const char *before, Str s, const char *after)
{
    Buf b = buf_new(a);
    buf_printf(&b, "%s", before);
    buf_go_quoted(&b, s);
    buf_printf(&b, "%s", after);
    return buf_str(&b);
}

static Str host_error(Str host, Arena *a)
{
    static const Str allowed = STR_INIT("-_.~!$&'()*+,;=:[]<>\"%");
    Str name = host;
    if (host.len && host.ptr[0] == '[') {
        ptrdiff_t end = str_rindex_byte(host, ']');
        if (end < 0) {
            return STR("missing ']' in host");
        }
        name = str_drop(host, (size_t)end + 1);
    }
    ptrdiff_t colon = str_rindex_byte(name, ':');
    for (size_t i = colon < 0 ? name.len : (size_t)colon + 1; i < name.len; i++) {
        if (!is_digit(name.ptr[i])) {
            return quote_after(a, "invalid port ", str_drop(name, (size_t)colon), " after host");
        }
    }
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        if ((unsigned char)c < 0x80 && !is_letter(c) && !is_digit(c) &&
            str_index_byte(allowed, c) < 0) {
            return quote_after(a, "invalid character ", str_slice(host, i, i + 1), " in host name");
        }
    }
    return STR_ABSENT;
}

static Str read_authority(Str authority, GoUrl *out, Arena *a)
{
    ptrdiff_t at = str_rindex_byte(authority, '@');
    out->host = authority;
    if (at >= 0) {
        out->user = str_slice(authority, 0, (size_t)at);
        out->host = str_drop(authority, (size_t)at + 1);
    }
    return host_error(out->host, a);
}

/* The first malformed percent-escape, as Go words it. */
static Str escape_error(Str path, Arena *a)
{
    Str unused;
    for (size_t i = 0; i < path.len; i++) {
        Str escape = str_slice(path, i, i + 3);
        if (path.ptr[i] == '%' && !url_unescape_path(escape, a, &unused)) {
            return quote_after(a, "invalid URL escape ", escape, "");
        }
    }
    return STR_ABSENT;
}

static Str read_url(Str text, Arena *a, GoUrl *out)
{
    *out = (GoUrl){ .host = STR("") };
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f) {
            return STR("net/url: invalid control character in URL");
        }
    }
    Str rest = text;
    (void)str_split_once(text, '#', &rest, &out->fragment);
    Str why = take_scheme(&rest, &out->scheme);
    if (why.ptr) {
        return why;
    }
    out->scheme = arena_lower(a, out->scheme);
    (void)str_split_once(rest, '?', &rest, &out->query);
    if (!str_starts_with(rest, STR("/"))) {
        if (out->scheme.len > 0) {
            return STR_ABSENT; /* opaque */
        }
        ptrdiff_t colon = str_index_byte(rest, ':');
        ptrdiff_t slash = str_index_byte(rest, '/');
        if (colon >= 0 && (slash < 0 || colon < slash)) {
            return STR("first path segment in URL cannot contain colon");
        }
    }
    if (str_starts_with(rest, STR("//")) &&
        (out->scheme.len > 0 || !str_starts_with(rest, STR("///")))) {
        Str authority = str_drop(rest, 2);
        ptrdiff_t slash = str_index_byte(authority, '/');
        size_t end = slash < 0 ? authority.len : (size_t)slash;
        rest = str_drop(authority, end);
        why = read_authority(str_slice(authority, 0, end), out, a);
    }
    return why.ptr ? why : escape_error(rest, a);
}

/* Unlike read_url(): no fragment, and without a scheme nothing but a path. */
bool webhook_request_uri(Str text, Arena *a, Str *scheme, Str *host)
{
    GoUrl url = { .host = STR("") };
    Str rest = text;
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    bool fine = text.len > 0 && (str_eq(text, STR("*")) || !take_scheme(&rest, &url.scheme).ptr);
    (void)str_split_once(rest, '?', &rest, &url.query);
    if (fine && !str_starts_with(rest, STR("/"))) {
        fine = url.scheme.len > 0 || str_eq(text, STR("*")); /* opaque */
    } else if (fine) {
        if (url.scheme.len && str_starts_with(rest, STR("//"))) {
            Str authority = str_drop(rest, 2);
            ptrdiff_t slash = str_index_byte(authority, '/');
            size_t end = slash < 0 ? authority.len : (size_t)slash;
            rest = str_drop(authority, end);
            fine = !read_authority(str_slice(authority, 0, end), &url, a).ptr;
        }
        fine = fine && !escape_error(rest, a).ptr;
    }
    *scheme = url.scheme;
    *host = url.host;
    return fine;
}

static void check_url(Str text, Path path, FieldErrors *errs)
{
    Arena *a = errs->arena;
    GoUrl url;
    Str why = read_url(text, a, &url);
    if (why.ptr) {
        Str parse = quote_after(a, "url must be a valid URL: parse ", text, ": ");
        field_required(errs, path, arena_printf(a, "%.*s%.*s" FORM, STR_ARG(parse), STR_ARG(why)));
        return;
    }
    if (!str_eq(url.scheme, STR("https"))) {
        field_invalid_str(errs, path, url.scheme,
                          STR("'https' is the only allowed URL scheme" FORM));
    }
    if (url.host.len == 0) {
        field_invalid_str(errs, path, url.host,
                          errs->minor >= SPECIFIED_SINCE ? STR("host must be specified" FORM)
                                                         : STR("host must be provided" FORM));
    }
    if (url.user.ptr) {
        field_invalid_str(errs, path, url.user,
                          STR("user information is not permitted in the URL"));
    }
    if (url.fragment.len > 0) {
        field_invalid_str(errs, path, url.fragment, STR("fragments are not permitted in the URL"));
    }
    if (url.query.len > 0) {
        field_invalid_str(errs, path, url.query,
                          STR("query parameters are not permitted in the URL"));
    }
}

/* -- a service ----------------------------------------------------------------------------------
 */

static void check_path(Str text, Path path, FieldErrors *errs)
{
    Arena *a = errs->arena;
    if (text.len == 0 || str_eq(text, STR("/"))) {
        return;
    }
    if (str_eq(text, STR("//"))) {
        field_invalid_str(errs, path, text, STR("segment[0] may not be empty"));
        return;
    }
    if (text.ptr[0] != '/') {
        field_invalid_str(errs, path, text, STR("must start with a '/'"));
    }
    Str rest = str_cut_suffix(str_drop(text, 1), STR("/"));
    rest = rest.ptr ? rest : STR("");
    Str segment;
    for (size_t i = 0; str_next_piece(&rest, '/', &segment); i++) {
        if (segment.len == 0) {
            field_invalid_str(errs, path, text,
                              arena_printf(a, "segment[%zu] may not be empty", i));
            continue;
        }
        NameMessages messages = name_check_dns1123_subdomain(segment);
        for (size_t m = 0; m < messages.count; m++) {
            field_invalid_str(errs, path, text,
                              arena_printf(a, "segment[%zu]: %.*s", i, STR_ARG(messages.items[m])));
        }
    }
}

static void check_service(const Value *service, const Path *path, FieldErrors *errs)
{
    /* The API server takes the one for the other: a missing namespace is told of the name. */
    if (str_of(service, "namespace").len == 0) {
        field_required(errs, path_child(path, "name"), STR("service name is required"));
    }
    if (str_of(service, "name").len == 0) {
        field_required(errs, path_child(path, "namespace"), STR("service namespace is required"));
    }
    int64_t port = int_of(service, "port");
    NameMessages messages = name_check_port_number(port);
    if (messages.count > 0) {
        field_invalid_int(
            errs, path_child(path, "port"), port,
            arena_printf(errs->arena, "port is not valid: %.*s", STR_ARG(messages.items[0])));
    }
    check_path(str_of(service, "path"), path_child(path, "path"), errs);
}

void webhook_client_validate(const Value *config, const Path *path, FieldErrors *errs)
{
    Str url = value_get_str(config, STR("url"));
    const Value *service = object_of(config, "service");
    if (!url.ptr == !service) {
        field_required(errs, *path, STR("exactly one of url or service is required"));
    } else if (url.ptr) {
        check_url(url, path_child(path, "url"), errs);
    } else {
        Path at = path_child(path, "service");
        check_service(service, &at, errs);
    }
}
