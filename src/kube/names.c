/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of names: one function for each form, matched by hand, the messages as literals. */
#include "kube/names.h"

enum {
    DNS1123_LABEL_MAX = 63,
    DNS1123_SUBDOMAIN_MAX = 253,
    QUALIFIED_NAME_MAX = 63,
    PORT_NAME_MAX = 15,
};

/* -- character classes ----------------------------------------------------------------------- */

typedef bool IsChar(char c);

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_lower_digit(char c)
{
    return is_lower(c) || is_digit(c);
}
static bool is_alpha(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}
static bool is_alnum(char c)
{
    return is_alpha(c) || is_digit(c);
}
static bool is_dns(char c)
{
    return is_lower_digit(c) || c == '-';
}
static bool is_sysctl(char c)
{
    return is_dns(c) || c == '_';
}
static bool is_identifier(char c)
{
    return is_alnum(c) || c == '_';
}
static bool is_identifier_start(char c)
{
    return is_alpha(c) || c == '_';
}
static bool is_header(char c)
{
    return is_alnum(c) || c == '-';
}
static bool is_qualified(char c)
{
    return is_alnum(c) || c == '-' || c == '_' || c == '.';
}
static bool is_env_start(char c)
{
    return is_qualified(c) && !is_digit(c);
}
static bool is_http_path(char c)
{
    return is_alnum(c) || (c && strchr("/-._~%!$&'()*+,;=:", c));
}

static bool all_are(Str s, IsChar *is)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is(s.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* edge(middle*edge)?, the shape of most names; the first character may be more special. */
static bool has_edges(Str s, IsChar *first, IsChar *middle, IsChar *last)
{
    return s.len > 0 && first(s.ptr[0]) && all_are(s, middle) && last(s.ptr[s.len - 1]);
}

static bool is_dns1123_label(Str s)
{
    return has_edges(s, is_lower_digit, is_dns, is_lower_digit);
}

/* Pieces between dots, each of the form. */
static bool each_piece(Str s, bool (*is)(Str))
{
    Str rest = s.ptr ? s : STR("");
    Str piece;
    while (str_next_piece(&rest, '.', &piece)) {
        if (!is(piece)) {
            return false;
        }
    }
    return true;
}

static bool is_dns1123_subdomain(Str s)
{
    return each_piece(s, is_dns1123_label);
}

static bool is_qualified_name(Str s)
{
    return has_edges(s, is_alnum, is_qualified, is_alnum);
}

/* -- messages -------------------------------------------------------------------------------- */

static void say(NameMessages *m, Str text)
{
    m->items[m->count++] = text;
}

#define REGEX(regex) "regex used for validation is '" regex "')"
#define TOO_LONG(max) "must be no more than " #max " characters"

#define LABEL_REGEX "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define SUBDOMAIN_REGEX LABEL_REGEX "(\\." LABEL_REGEX ")*"
#define QUALIFIED_REGEX "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define QUALIFIED_BAD                                                                           \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " \
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', " REGEX(QUALIFIED_REGEX)
#define SUBDOMAIN_BAD                                                                            \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "    \
    "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', " REGEX( \
        SUBDOMAIN_REGEX)

NameMessages name_check_dns1123_label(Str value)
{
    NameMessages m = { 0 };
    if (value.len > DNS1123_LABEL_MAX) {
        say(&m, STR(TOO_LONG(63)));
    }
    if (!is_dns1123_label(value)) {
        say(&m, STR("a lowercase RFC 1123 label must consist of lower case alphanumeric characters "
                    "or '-', and must start and end with an alphanumeric character (e.g. "
                    "'my-name',  or '123-abc', " REGEX(LABEL_REGEX)));
    }
    return m;
}

NameMessages name_check_dns1123_subdomain(Str value)
{
    NameMessages m = { 0 };
    if (value.len > DNS1123_SUBDOMAIN_MAX) {
        say(&m, STR(TOO_LONG(253)));
    }
    if (!is_dns1123_subdomain(value)) {
        say(&m, STR(SUBDOMAIN_BAD));
    }
    return m;
}

NameMessages name_check_dns1035_label(Str value)
{
    NameMessages m = { 0 };
    if (value.len > DNS1123_LABEL_MAX) {
        say(&m, STR(TOO_LONG(63)));
    }
    if (!has_edges(value, is_lower, is_dns, is_lower_digit)) {
        say(&m, STR("a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
                    "start with an alphabetic character, and end with an alphanumeric character "
                    "(e.g. 'my-name',  or 'abc-123', " REGEX("[a-z]([-a-z0-9]*[a-z0-9])?")));
    }
    return m;
}

NameMessages name_check_wildcard_dns1123_subdomain(Str value)
{
    NameMessages m = { 0 };
    if (value.len > DNS1123_SUBDOMAIN_MAX) {
        say(&m, STR(TOO_LONG(253)));
    }
    if (!str_starts_with(value, STR("*.")) || !is_dns1123_subdomain(str_drop(value, 2))) {
        say(&m, STR("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS "
                    "subdomain, which must consist of lower case alphanumeric characters, '-' or "
                    "'.' and end with an alphanumeric character (e.g. '*.example.com', " REGEX(
                        "\\*\\." SUBDOMAIN_REGEX)));
    }
    return m;
}

NameMessages name_check_qualified(Str value)
{
    NameMessages m = { 0 };
    Str prefix;
    Str name = value;
    ptrdiff_t slash = str_index_byte(value, '/');
    if (slash >= 0) {
        str_split_once(value, '/', &prefix, &name);
        if (str_index_byte(name, '/') >= 0) {
            say(&m, STR("a qualified name " QUALIFIED_BAD " with an optional DNS subdomain prefix "
                        "and '/' (e.g. 'example.com/MyName')"));
            return m;
        }
        if (prefix.len == 0) {
            say(&m, STR("prefix part must be non-empty"));
        } else {
            if (prefix.len > DNS1123_SUBDOMAIN_MAX) {
                say(&m, STR("prefix part " TOO_LONG(253)));
            }
            if (!is_dns1123_subdomain(prefix)) {
                say(&m, STR("prefix part " SUBDOMAIN_BAD));
            }
        }
    }
    if (name.len == 0) {
        say(&m, STR("name part must be non-empty"));
    } else if (name.len > QUALIFIED_NAME_MAX) {
        say(&m, STR("name part " TOO_LONG(63)));
    }
    if (!is_qualified_name(name)) {
        say(&m, STR("name part " QUALIFIED_BAD));
    }
    return m;
}

NameMessages name_check_label_value(Str value)
{
    NameMessages m = { 0 };
    if (value.len > QUALIFIED_NAME_MAX) {
        say(&m, STR(TOO_LONG(63)));
    }
    if (value.len > 0 && !is_qualified_name(value)) {
        say(&m, STR("a valid label must be an empty string or consist of alphanumeric characters, "
                    "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. "
                    "'MyValue',  or 'my_value',  or '12345', " REGEX("(" QUALIFIED_REGEX ")?")));
    }
    return m;
}

NameMessages name_check_c_identifier(Str value)
{
    NameMessages m = { 0 };
    if (!has_edges(value, is_identifier_start, is_identifier, is_identifier)) {
        say(&m, STR("a valid C identifier must start with alphabetic character or '_', followed by "
                    "a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  "
                    "or 'MyName', " REGEX("[A-Za-z_][A-Za-z0-9_]*")));
    }
    return m;
}

NameMessages name_check_port_name(Str value)
{
    NameMessages m = { 0 };
    if (value.len > PORT_NAME_MAX) {
        say(&m, STR(TOO_LONG(15)));
    }
    if (value.len == 0 || !all_are(value, is_dns)) {
        say(&m, STR("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"));
    }
    bool has_letter = false;
    for (size_t i = 0; i < value.len; i++) {
        has_letter = has_letter || is_lower(value.ptr[i]);
    }
    if (!has_letter) {
        say(&m, STR("must contain at least one letter or number (a-z, 0-9)"));
    }
    if (str_contains(value, STR("--"))) {
        say(&m, STR("must not contain consecutive hyphens"));
    }
    if (value.len && (value.ptr[0] == '-' || value.ptr[value.len - 1] == '-')) {
        say(&m, STR("must not begin or end with a hyphen"));
    }
    return m;
}

NameMessages name_check_http_header(Str value)
{
    NameMessages m = { 0 };
    if (value.len == 0 || !all_are(value, is_header)) {
        say(&m, STR("a valid HTTP header must consist of alphanumeric characters or '-' (e.g. "
                    "'X-Header-Name', " REGEX("[-A-Za-z0-9]+")));
    }
    return m;
}

/* A name that a shell or a file system would read as a way out of a directory. */
static void check_dots(NameMessages *m, Str value)
{
    if (str_eq(value, STR("."))) {
        say(m, STR("must not be '.'"));
    } else if (str_eq(value, STR(".."))) {
        say(m, STR("must not be '..'"));
    } else if (str_starts_with(value, STR(".."))) {
        say(m, STR("must not start with '..'"));
    }
}

NameMessages name_check_env_var(Str value)
{
    NameMessages m = { 0 };
    if (!has_edges(value, is_env_start, is_qualified, is_qualified)) {
        say(&m, STR("a valid environment variable name must consist of alphabetic characters, "
                    "digits, '_', '-', or '.', and must not start with a digit (e.g. "
                    "'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', " REGEX(
                        "[-._a-zA-Z][-._a-zA-Z0-9]*")));
    }
    check_dots(&m, value);
    return m;
}

NameMessages name_check_config_map_key(Str value)
{
    NameMessages m = { 0 };
    if (value.len > DNS1123_SUBDOMAIN_MAX) {
        say(&m, STR(TOO_LONG(253)));
    }
    if (value.len == 0 || !all_are(value, is_qualified)) {
        say(&m, STR("a valid config key must consist of alphanumeric characters, '-', '_' or '.' "
                    "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', " REGEX("[-._a-zA-Z0-9]+")));
    }
    check_dots(&m, value);
    return m;
}

NameMessages name_check_percent(Str value)
{
    NameMessages m = { 0 };
    Str digits = str_cut_suffix(value, STR("%"));
    if (digits.len == value.len || digits.len == 0 || !all_are(digits, is_digit)) {
        say(&m, STR("a valid percent string must be a numeric string followed by an ending '%' "
                    "(e.g. '1%',  or '93%', " REGEX("[0-9]+%")));
    }
    return m;
}

NameMessages name_check_ip(Str value)
{
    NameMessages m = { 0 };
    if (name_ip_kind(value) == NAME_IP_NONE) {
        say(&m, STR("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"));
    }
    return m;
}

NameMessages name_check_path_segment(Str value)
{
    NameMessages m = { 0 };
    if (str_eq(value, STR("."))) {
        say(&m, STR("may not be '.'"));
    } else if (str_eq(value, STR(".."))) {
        say(&m, STR("may not be '..'"));
    }
    return m.count ? m : name_check_path_segment_prefix(value);
}

NameMessages name_check_path_segment_prefix(Str value)
{
    NameMessages m = { 0 };
    if (str_index_byte(value, '/') >= 0) {
        say(&m, STR("may not contain '/'"));
    }
    if (str_index_byte(value, '%') >= 0) {
        say(&m, STR("may not contain '%'"));
    }
    return m;
}

NameMessages name_check_port_number(int64_t port)
{
    NameMessages m = { 0 };
    if (port < 1 || port > 65535) {
        say(&m, STR("must be between 1 and 65535, inclusive"));
    }
    return m;
}

NameMessages name_check_user_id(int64_t uid)
{
    NameMessages m = { 0 };
    if (uid < 0 || uid > INT32_MAX) {
        say(&m, STR("must be between 0 and 2147483647, inclusive"));
    }
    return m;
}

NameMessages name_check_group_id(int64_t gid)
{
    return name_check_user_id(gid);
}

/* What newer versions say instead. */
static Str worded(int minor, Str value, Str message)
{
    enum { LETTER_SINCE = 25, DOTS_SINCE = 35 };
    if (minor >= LETTER_SINCE &&
        str_eq(message, STR("must contain at least one letter or number (a-z, 0-9)"))) {
        return STR("must contain at least one letter (a-z)");
    }
    if (minor >= DOTS_SINCE && str_starts_with(message, STR("a lowercase RFC 1123 label must ")) &&
        name_check_dns1123_subdomain(value).count == 0) {
        return STR("must not contain dots");
    }
    return message;
}

bool name_report(FieldErrors *errs, Path path, Str value, NameMessages messages)
{
    for (size_t i = 0; i < messages.count; i++) {
        field_invalid_str(errs, path, value, worded(errs->minor, value, messages.items[i]));
    }
    return messages.count == 0;
}

/* The API server puts an "a" in the place of the last two characters when the last is a dash, so
 * the one before it goes unchecked; a lone dash, which crashes it, is checked as it is. */
NameMessages name_check_prefix(NameCheck *check, Str value, Arena *a)
{
    if (check == name_check_path_segment) {
        return name_check_path_segment_prefix(value);
    }
    if (!str_ends_with(value, STR("-")) || value.len < 2) {
        return check(value);
    }
    return check(arena_concat(a, str_slice(value, 0, value.len - 2), STR("a")));
}

bool name_report_domain_prefixed_path(FieldErrors *errs, Path path, Str value)
{
    if (value.len == 0) {
        field_required(errs, path, STR(""));
        return false;
    }
    Str host;
    Str rest;
    if (!str_split_once(value, '/', &host, &rest) || host.len == 0 || rest.len == 0) {
        field_invalid_str(errs, path, value,
                          STR("must be a domain-prefixed path (such as \"acme.io/foo\")"));
        return false;
    }
    bool ok = name_report(errs, path, host, name_check_dns1123_subdomain(host));
    if (!all_are(rest, is_http_path)) {
        field_invalid_str(errs, path, rest,
                          STR("Invalid path (" REGEX("[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+")));
        ok = false;
    }
    return ok;
}

static size_t count_pieces(Str value)
{
    size_t pieces = 1;
    for (size_t i = 0; i < value.len; i++) {
        pieces += value.ptr[i] == '.';
    }
    return pieces;
}

/* Messages of one value joined with a comma, as one error. */
static bool report_joined(FieldErrors *errs, Path path, Str value, NameMessages messages)
{
    if (messages.count == 0) {
        return true;
    }
    Buf b = buf_new(errs->arena);
    for (size_t i = 0; i < messages.count; i++) {
        if (i) {
            buf_byte(&b, ',');
        }
        buf_add(&b, messages.items[i]);
    }
    field_invalid_str(errs, path, value, buf_str(&b));
    return false;
}

bool name_report_fully_qualified(FieldErrors *errs, Path path, Str value)
{
    if (value.len == 0) {
        field_required(errs, path, STR(""));
        return false;
    }
    if (!report_joined(errs, path, value, name_check_dns1123_subdomain(value))) {
        return false;
    }
    if (count_pieces(value) < 3) {
        field_invalid_str(errs, path, value,
                          STR("should be a domain with at least three segments separated by dots"));
        return false;
    }
    return true;
}

bool name_report_fully_qualified_domain(FieldErrors *errs, Path path, Str value)
{
    if (value.len == 0) {
        field_required(errs, path, STR(""));
        return false;
    }
    Str name = str_cut_suffix(value, STR("."));
    if (!report_joined(errs, path, name, name_check_dns1123_subdomain(name))) {
        return false;
    }
    if (count_pieces(name) < 2) {
        field_invalid_str(errs, path, name,
                          STR("should be a domain with at least two segments separated by dots"));
        return false;
    }
    Str rest = name;
    Str label;
    while (str_next_piece(&rest, '.', &label)) {
        if (!report_joined(errs, path, label, name_check_dns1123_label(label))) {
            return false;
        }
    }
    return true;
}

static bool is_sysctl_segment(Str s)
{
    return has_edges(s, is_lower_digit, is_sysctl, is_lower_digit);
}

bool name_is_sysctl(Str value)
{
    return value.len <= NAME_SYSCTL_MAX && each_piece(value, is_sysctl_segment);
}

bool name_is_sysctl_pattern(Str value)
{
    if (value.len == 0 || value.len > NAME_SYSCTL_MAX) {
        return false;
    }
    ptrdiff_t dot = str_rindex_byte(value, '.');
    if (dot >= 0 && !each_piece(str_slice(value, 0, (size_t)dot), is_sysctl_segment)) {
        return false;
    }
    /* The last segment: what comes before a "*" may end with "-" or "_". */
    Str last = str_drop(value, (size_t)(dot + 1));
    Str before = str_cut_suffix(last, STR("*"));
    if (before.len == last.len) {
        return is_sysctl_segment(last);
    }
    return before.len == 0 || has_edges(before, is_lower_digit, is_sysctl, is_sysctl);
}
