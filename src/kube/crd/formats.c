/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formats of texts: which there are, and whether a text is of one.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apiserver/validation/formats.go, k8s.io/kube-openapi
 * pkg/validation/strfmt, github.com/asaskevich/govalidator
 */
#include "kube/crd/structural.h"
#include "kube/groups/webhook_client.h"
#include "kube/names.h"
#include "kube/workloads/go_duration.h"

enum {
    NAMES_SINCE = 34,   /* k8s-short-name, k8s-long-name */
    NUMBERS_SINCE = 36, /* int32, int64, float, double; formats belong to types */
};

static bool matches(const char *pattern, Str text, Arena *a)
{
    const Regex *regex;
    Str problem;
    ArenaMark mark = arena_mark(a);
    bool out = regex_compile(str_from_c(pattern), a, &regex, &problem) &&
               regex_matches(regex, text, a);
    arena_rewind(a, mark);
    return out;
}

/* The text without some characters. */
static Str without(Str text, bool (*leaves)(char), Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < text.len; i++) {
        if (!leaves(text.ptr[i])) {
            buf_byte(&b, text.ptr[i]);
        }
    }
    return buf_str(&b);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* -- names of things on the net ---------------------------------------------------------------- */

static bool is_uri(Str text, Arena *a)
{
    Str scheme, host;
    return webhook_request_uri(text, a, &scheme, &host);
}

/* One label, or several of which the last is of letters. S: what more than letters and digits of
 * ASCII may stand in them, L: in the last. */
#define HOSTNAME(S, L)                                                                 \
    "^([a-zA-Z0-9" S "]((-?[a-zA-Z0-9" S "]{0,62})?)|([a-zA-Z0-9" S "](([a-zA-Z0-9-" S \
    "]{0,61}[a-zA-Z0-9" S "])?)(\\.)){1,}([a-zA-Z" L "]){2,63})$"

static bool is_hostname(Str text, Arena *a)
{
    Str rest = text, label;
    bool is_ascii = true; /* so are most, and the other pattern is expensive */
    for (size_t i = 0; i < text.len; i++) {
        is_ascii = is_ascii && (unsigned char)text.ptr[i] < 128;
    }
    if (text.len > 255 ||
        !matches(is_ascii ? HOSTNAME("$+<=>^`|~", "") : HOSTNAME("\\p{S}\\p{L}", "\\p{L}"), text,
                 a)) {
        return false;
    }
    while (str_next_piece(&rest, '.', &label)) {
        if (label.len > 63) {
            return false;
        }
    }
    return true;
}

static bool is_ip(Str text, char sign)
{
    return name_ip_kind(text) != NAME_IP_NONE && str_index_byte(text, sign) >= 0;
}

static bool is_ipv4(Str text, Arena *a)
{
    (void)a;
    return is_ip(text, '.');
}

static bool is_ipv6(Str text, Arena *a)
{
    (void)a;
    return is_ip(text, ':');
}

static bool is_cidr(Str text, Arena *a)
{
    Str address, bits;
    int64_t count;
    (void)a;
    if (!str_split_once(text, '/', &address, &bits) || !str_to_int64(bits, &count) ||
        !is_digit(bits.ptr[0]) || bits.len > 8) {
        return false;
    }
    NameIpKind kind = name_ip_kind(address);
    bool has_colon = str_index_byte(address, ':') >= 0;
    return kind != NAME_IP_NONE && count <= (has_colon ? 128 : 32);
}

static bool is_mac(Str text, Arena *a)
{
    return matches("^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}((:[0-9a-fA-F]{2}){2})?"
                   "((:[0-9a-fA-F]{2}){12})?$|"
                   "^[0-9a-fA-F]{2}(-[0-9a-fA-F]{2}){5}((-[0-9a-fA-F]{2}){2})?"
                   "((-[0-9a-fA-F]{2}){12})?$|"
                   "^[0-9a-fA-F]{4}(\\.[0-9a-fA-F]{4}){2}(\\.[0-9a-fA-F]{4})?"
                   "((\\.[0-9a-fA-F]{4}){6})?$",
                   text, a);
}

/* Words, quoted or not, then the address in angle brackets, or the address alone; what stands in
 * parentheses at the end is a comment. Of RFC 5322 what is in use. */
static bool is_email(Str text, Arena *a)
{
#define ATOM "[^\\x00-\\x20\\x7f()<>@,;:\\\\\".\\[\\]]+"
#define DOTTED ATOM "(\\." ATOM ")*"
#define QUOTED "\"([^\"\\\\\\n\\r\\x00-\\x1f]|\\\\[\\x20-\\x7e\\t])*\""
#define ADDRESS "(" DOTTED "|" QUOTED ")[ \\t]*@[ \\t]*" DOTTED
    return matches("^[ \\t]*(" ADDRESS "|((" ATOM "\\.?|" QUOTED ")[ \\t]*)*<[ \\t]*" ADDRESS
                   "[ \\t]*>)[ \\t]*(\\([^()]*\\)[ \\t]*)*$",
                   text, a);
}

/* -- numbers with check digits ----------------------------------------------------------------- */

static bool leaves_isbn(char c)
{
    return c == '-' || c == ' ' || (c >= '\t' && c <= '\r' && c != '\v');
}

static bool is_isbn10(Str text, Arena *a)
{
    Str digits = without(text, leaves_isbn, a);
    if (!matches("^(?:[0-9]{9}X|[0-9]{10})$", digits, a)) {
        return false;
    }
    int sum = 0;
    for (int i = 0; i < 10; i++) {
        sum += (i + 1) * (digits.ptr[i] == 'X' ? 10 : digits.ptr[i] - '0');
    }
    return sum % 11 == 0;
}

static bool is_isbn13(Str text, Arena *a)
{
    Str digits = without(text, leaves_isbn, a);
    if (!matches("^[0-9]{13}$", digits, a)) {
        return false;
    }
    int sum = 0;
    for (int i = 0; i < 13; i++) {
        sum += (i % 2 ? 3 : 1) * (digits.ptr[i] - '0');
    }
    return sum % 10 == 0;
}

static bool is_isbn(Str text, Arena *a)
{
    return is_isbn10(text, a) || is_isbn13(text, a);
}

static bool is_no_digit(char c)
{
    return !is_digit(c);
}

static bool is_credit_card(Str text, Arena *a)
{
    Str digits = without(text, is_no_digit, a);
    int sum = 0;
    if (!matches("^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|"
                 "3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\\d{3})\\d{11})$",
                 digits, a)) {
        return false;
    }
    for (size_t i = 0; i < digits.len; i++) {
        int digit = digits.ptr[digits.len - 1 - i] - '0';
        digit = i % 2 ? 2 * digit : digit;
        sum += digit > 9 ? digit - 9 : digit;
    }
    return sum % 10 == 0;
}

/* -- times ------------------------------------------------------------------------------------- */

static bool is_date(Str text, Arena *a)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    if (!matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", text, a)) {
        return false;
    }
    int64_t year, month, day;
    if (!str_to_int64(str_slice(text, 0, 4), &year) ||
        !str_to_int64(str_slice(text, 5, 7), &month) ||
        !str_to_int64(str_slice(text, 8, 10), &day) || month < 1 || month > 12) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

static bool is_date_time(Str text, Arena *a)
{
    Str rest = arena_lower(a, text), date, time;
    if (text.len < 4 || !str_next_piece(&rest, 't', &date) || !str_next_piece(&rest, 't', &time) ||
        !is_date(date, a)) {
        return false;
    }
    return matches(
        "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$", time, a);
}

/* As Go reads one, or the words of Scala ("3 days"): one that is known is enough. */
static bool is_duration(Str text, Arena *a)
{
    return !go_duration_error(text, a).ptr ||
           (matches("\\d\\s*(?i:ns|us|\xc2\xb5s|ms|[smhdw]|hr|wk|nano[A-Za-z\xc2\xb5]*|"
                    "micro[A-Za-z\xc2\xb5]*|milli[A-Za-z\xc2\xb5]*|sec[A-Za-z\xc2\xb5]*|"
                    "min[A-Za-z\xc2\xb5]*|hour[A-Za-z\xc2\xb5]*|day[A-Za-z\xc2\xb5]*|"
                    "week[A-Za-z\xc2\xb5]*)([^A-Za-z\xc2\xb5]|$)",
                    text, a) &&
            !matches("\\d{19}\\s*[A-Za-z\xc2\xb5]", text, a));
}

/* -- others ------------------------------------------------------------------------------------ */

static bool is_ssn(Str text, Arena *a)
{
    return text.len == 11 && matches("^\\d{3}[- ]?\\d{2}[- ]?\\d{4}$", text, a);
}

static bool is_base64(Str text, Arena *a)
{
    if (text.len % 4) {
        return false;
    }
    return matches("^[A-Za-z0-9+/]*([A-Za-z0-9+/][A-Za-z0-9+/]|[A-Za-z0-9+/]=|==)$", text, a);
}

static bool is_anything(Str text, Arena *a)
{
    (void)text;
    (void)a;
    return true;
}

static bool is_short_name(Str text, Arena *a)
{
    (void)a;
    return name_check_dns1123_label(text).count == 0;
}

static bool is_long_name(Str text, Arena *a)
{
    (void)a;
    return name_check_dns1123_subdomain(text).count == 0;
}

#define UUID(third, fourth) "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?" third "-?" fourth "-?[0-9a-f]{12}$"
#define OCTET "(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])"

/* By their names without dashes. */
static const struct {
    Str name;
    const char *pattern; /* or a function */
    bool (*is)(Str text, Arena *a);
    int since;
} rows[] = {
    { STR_INIT("bsonobjectid"), "^[0-9a-fA-F]{24}$", NULL, 0 },
    { STR_INIT("uri"), NULL, is_uri, 0 },
    { STR_INIT("email"), NULL, is_email, 0 },
    { STR_INIT("hostname"), NULL, is_hostname, 0 },
    { STR_INIT("ipv4"), NULL, is_ipv4, 0 },
    { STR_INIT("ipv6"), NULL, is_ipv6, 0 },
    { STR_INIT("cidr"), NULL, is_cidr, 0 },
    { STR_INIT("mac"), NULL, is_mac, 0 },
    { STR_INIT("uuid"), UUID("[0-9a-f]{4}", "[0-9a-f]{4}"), NULL, 0 },
    { STR_INIT("uuid3"), UUID("3[0-9a-f]{3}", "[0-9a-f]{4}"), NULL, 0 },
    { STR_INIT("uuid4"), UUID("4[0-9a-f]{3}", "[89ab][0-9a-f]{3}"), NULL, 0 },
    { STR_INIT("uuid5"), UUID("5[0-9a-f]{3}", "[89ab][0-9a-f]{3}"), NULL, 0 },
    { STR_INIT("isbn"), NULL, is_isbn, 0 },
    { STR_INIT("isbn10"), NULL, is_isbn10, 0 },
    { STR_INIT("isbn13"), NULL, is_isbn13, 0 },
    { STR_INIT("creditcard"), NULL, is_credit_card, 0 },
    { STR_INIT("ssn"), NULL, is_ssn, 0 },
    { STR_INIT("hexcolor"), "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", NULL, 0 },
    { STR_INIT("rgbcolor"), "^rgb\\(\\s*" OCTET "\\s*,\\s*" OCTET "\\s*,\\s*" OCTET "\\s*\\)$",
      NULL, 0 },
    { STR_INIT("byte"), NULL, is_base64, 0 },
    { STR_INIT("password"), NULL, is_anything, 0 },
    { STR_INIT("date"), NULL, is_date, 0 },
    { STR_INIT("duration"), NULL, is_duration, 0 },
    { STR_INIT("datetime"), NULL, is_date_time, 0 },
    { STR_INIT("k8sshortname"), NULL, is_short_name, NAMES_SINCE },
    { STR_INIT("k8slongname"), NULL, is_long_name, NAMES_SINCE },
};

/* The row of a format; dashes do not count. -1 for none. */
static int find(Str format)
{
    char name[16];
    size_t len = 0;
    for (size_t i = 0; i < format.len; i++) {
        if (format.ptr[i] == '-') {
            continue;
        }
        if (len == sizeof(name)) {
            return -1;
        }
        name[len++] = format.ptr[i];
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].name, str_from(name, len))) {
            return (int)i;
        }
    }
    return -1;
}

bool crd_format_is_known(Str format, const KubeTarget *target)
{
    int row = format.len ? find(format) : -1;
    return row >= 0 && target->minor >= rows[row].since;
}

bool crd_format_counts(const CrdSchema *s, const KubeTarget *target)
{
    if (target->minor >= NUMBERS_SINCE && (s->type.len || s->int_or_string) &&
        !str_eq(s->type, STR("string"))) {
        Str f = s->format;
        return (str_eq(s->type, STR("integer")) &&
                (str_eq(f, STR("int32")) || str_eq(f, STR("int64")))) ||
               (str_eq(s->type, STR("number")) &&
                (str_eq(f, STR("float")) || str_eq(f, STR("double")))) ||
               (s->int_or_string && crd_format_is_known(f, target));
    }
    return crd_format_is_known(s->format, target);
}

bool crd_format_matches(Str format, Str text, Arena *a)
{
    int row = find(format);
    return row < 0 || (rows[row].is ? rows[row].is(text, a) : matches(rows[row].pattern, text, a));
}
