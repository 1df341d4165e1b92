/* SPDX-License-Identifier: Apache-2.0 */
/* Image references: a hand-written reader of the reference grammar. */
#include "kube/pod/image_ref.h"

enum { NAME_MAX_BYTES = 255, TAG_MAX_BYTES = 128, IDENTIFIER_BYTES = 64 };

static bool is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_alnum(char c)
{
    return is_lower_alnum(c) || is_upper(c);
}
static bool is_lower_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool all_are(Str s, bool (*is)(char))
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is(s.ptr[i])) {
            return false;
        }
    }
    return s.len > 0;
}

static bool has_upper(Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (is_upper(s.ptr[i])) {
            return true;
        }
    }
    return false;
}

/* Letters and digits in groups parted by one of . _ __ or any number of -; "a--b_c". */
static bool is_path_component(Str s)
{
    size_t i = 0;
    for (;;) {
        size_t start = i;
        while (i < s.len && is_lower_alnum(s.ptr[i])) {
            i++;
        }
        if (i == start) {
            return false;
        }
        if (i == s.len) {
            return true;
        }
        char separator = s.ptr[i];
        size_t many = 0;
        while (i < s.len && s.ptr[i] == separator) {
            i++;
            many++;
        }
        bool fits = separator == '-' || (separator == '_' && many <= 2) ||
                    (separator == '.' && many == 1);
        if (!fits) {
            return false;
        }
    }
}

static bool is_domain(Str s)
{
    Str host;
    Str port;
    if (str_split_once(s, ':', &host, &port) && !all_are(port, is_digit)) {
        return false;
    }
    Str label;
    while (str_next_piece(&host, '.', &label)) {
        for (size_t i = 0; i < label.len; i++) {
            if (!is_alnum(label.ptr[i]) && label.ptr[i] != '-') {
                return false;
            }
        }
        if (!label.len || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-') {
            return false;
        }
    }
    return true;
}

static bool is_tag(Str s)
{
    if (!s.len || s.len > TAG_MAX_BYTES || s.ptr[0] == '.' || s.ptr[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!is_alnum(c) && c != '_' && c != '.' && c != '-') {
            return false;
        }
    }
    return true;
}

/* "sha256:<64 lower case hexadecimal digits>"; the algorithms that Go programs link in. */
static bool is_digest(Str s)
{
    static const struct {
        Str name;
        size_t digits;
    } algorithms[] = {
        { STR_INIT("sha256"), 64 },
        { STR_INIT("sha384"), 96 },
        { STR_INIT("sha512"), 128 },
    };
    Str algorithm;
    Str digits;
    if (!str_split_once(s, ':', &algorithm, &digits)) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
        if (str_eq(algorithm, algorithms[i].name)) {
            return digits.len == algorithms[i].digits && all_are(digits, is_lower_hex);
        }
    }
    return false;
}

/* Takes the registry off *rest; "docker.io" when none is named. */
static Str take_domain(Str *rest)
{
    Str first;
    Str others;
    bool has_slash = str_split_once(*rest, '/', &first, &others);
    bool is_registry = has_slash &&
                       (str_index_byte(first, '.') >= 0 || str_index_byte(first, ':') >= 0 ||
                        str_eq(first, STR("localhost")));
    if (!is_registry) {
        return STR("docker.io");
    }
    *rest = others;
    return str_eq(first, STR("index.docker.io")) ? STR("docker.io") : first;
}

Str image_ref_tag(Str image)
{
    if (image.len == IDENTIFIER_BYTES && all_are(image, is_lower_hex)) {
        return STR(""); /* an image's own identifier is no reference */
    }
    Str rest = image;
    Str domain = take_domain(&rest);
    bool is_official = str_eq(domain, STR("docker.io")) && str_index_byte(rest, '/') < 0;

    Str name;
    Str digest;
    bool has_digest = str_split_once(rest, '@', &name, &digest);
    Str tag = STR("");
    bool has_tag = str_split_once(name, ':', &name, &tag);
    size_t name_bytes = domain.len + 1 + (is_official ? strlen("library/") : 0) + name.len;
    if (!is_domain(domain) || has_upper(name) || name_bytes > NAME_MAX_BYTES ||
        (has_tag && !is_tag(tag)) || (has_digest && !is_digest(digest))) {
        return STR("");
    }
    Str component;
    Str components = name;
    while (str_next_piece(&components, '/', &component)) {
        if (!is_path_component(component)) {
            return STR("");
        }
    }
    return has_tag || has_digest ? tag : STR("latest");
}
