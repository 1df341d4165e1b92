/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a YAML scalar means.
 *
 * Source: gopkg.in/yaml.v2 resolve.go; strconv's ParseInt with base 0 and ParseFloat; time.Parse.
 */
#include "doc/yaml_scalar.h"

#include "base/base64.h"
#include "doc/number.h"
#include "doc/utf8.h"

#include <math.h>
#include <yyjson.h>

enum {
    HINT_NUMBER = 1, /* a digit or a sign */
    HINT_POINT = 2,
    HINT_WORD = 3,
};

const uint8_t yaml_scalar_hints[256] = {
    ['0' ... '9'] = HINT_NUMBER, ['+'] = HINT_NUMBER, ['-'] = HINT_NUMBER, ['.'] = HINT_POINT,
    ['y'] = HINT_WORD,           ['Y'] = HINT_WORD,   ['n'] = HINT_WORD,   ['N'] = HINT_WORD,
    ['t'] = HINT_WORD,           ['T'] = HINT_WORD,   ['f'] = HINT_WORD,   ['F'] = HINT_WORD,
    ['o'] = HINT_WORD,           ['O'] = HINT_WORD,   ['~'] = HINT_WORD,
};

YamlTag yaml_tag_parse(const char *tag)
{
    static const struct {
        Str name;
        YamlTag tag;
    } rows[] = {
        { STR_INIT("str"), YAML_TAG_STR },     { STR_INIT("bool"), YAML_TAG_BOOL },
        { STR_INIT("int"), YAML_TAG_INT },     { STR_INIT("float"), YAML_TAG_FLOAT },
        { STR_INIT("null"), YAML_TAG_NULL },   { STR_INIT("timestamp"), YAML_TAG_TIMESTAMP },
        { STR_INIT("merge"), YAML_TAG_MERGE }, { STR_INIT("binary"), YAML_TAG_BINARY },
    };
    Str prefix = STR("tag:yaml.org,2002:");
    Str text = str_from_c(tag);
    if (!tag || text.len == 0) {
        return YAML_TAG_UNSET;
    }
    if (str_starts_with(text, prefix)) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            if (str_eq(str_drop(text, prefix.len), rows[i].name)) {
                return rows[i].tag;
            }
        }
    }
    return YAML_TAG_OTHER;
}

static Str tag_name(YamlTag tag)
{
    static const Str names[] = {
        [YAML_TAG_UNSET] = STR_INIT("plain"),           [YAML_TAG_STR] = STR_INIT("!!str"),
        [YAML_TAG_BOOL] = STR_INIT("!!bool"),           [YAML_TAG_INT] = STR_INIT("!!int"),
        [YAML_TAG_FLOAT] = STR_INIT("!!float"),         [YAML_TAG_NULL] = STR_INIT("!!null"),
        [YAML_TAG_TIMESTAMP] = STR_INIT("!!timestamp"), [YAML_TAG_BINARY] = STR_INIT("!!binary"),
        [YAML_TAG_MERGE] = STR_INIT("!!merge"),         [YAML_TAG_OTHER] = STR_INIT("tagged"),
    };
    return names[tag];
}

/* -- words ------------------------------------------------------------------------------------ */

enum { WORD_BYTES_MAX = 5 };

static YamlTag resolve_word(Str text, Value *out)
{
    static const struct {
        Str word;
        YamlTag tag;
        bool value;
    } rows[] = {
#define BOTH_WAYS(lower, title, upper, tag, value)                    \
    { STR_INIT(lower), tag, value }, { STR_INIT(title), tag, value }, \
        { STR_INIT(upper), tag, value }
        BOTH_WAYS("true", "True", "TRUE", YAML_TAG_BOOL, true),
        BOTH_WAYS("false", "False", "FALSE", YAML_TAG_BOOL, false),
        BOTH_WAYS("null", "Null", "NULL", YAML_TAG_NULL, false),
        BOTH_WAYS("yes", "Yes", "YES", YAML_TAG_BOOL, true),
        BOTH_WAYS("no", "No", "NO", YAML_TAG_BOOL, false),
        BOTH_WAYS("on", "On", "ON", YAML_TAG_BOOL, true),
        BOTH_WAYS("off", "Off", "OFF", YAML_TAG_BOOL, false),
#undef BOTH_WAYS
        { STR_INIT("y"), YAML_TAG_BOOL, true },
        { STR_INIT("Y"), YAML_TAG_BOOL, true },
        { STR_INIT("n"), YAML_TAG_BOOL, false },
        { STR_INIT("N"), YAML_TAG_BOOL, false },
        { STR_INIT("~"), YAML_TAG_NULL, false },
    };
    if (text.len > WORD_BYTES_MAX) {
        return YAML_TAG_STR;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].word.ptr[0] == text.ptr[0] && str_eq(rows[i].word, text)) {
            *out = rows[i].tag == YAML_TAG_NULL ? value_null() : value_bool(rows[i].value);
            return rows[i].tag;
        }
    }
    return YAML_TAG_STR;
}

/* .inf and .nan, with a sign when it is one for them */
static bool resolve_special_float(Str text, Value *out)
{
    bool has_sign = text.ptr[0] == '+' || text.ptr[0] == '-';
    Str word = has_sign ? str_drop(text, 1) : text;
    if (str_eq(word, STR(".inf")) || str_eq(word, STR(".Inf")) || str_eq(word, STR(".INF"))) {
        *out = value_float(text.ptr[0] == '-' ? -INFINITY : INFINITY);
        return true;
    }
    if (!has_sign &&
        (str_eq(word, STR(".nan")) || str_eq(word, STR(".NaN")) || str_eq(word, STR(".NAN")))) {
        *out = value_float(NAN);
        return true;
    }
    return false;
}

/* -- integers --------------------------------------------------------------------------------- */

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

/* Digits of a base, underscores anywhere between them; at least one digit. */
static bool parse_digits(Str text, unsigned base, uint64_t *out)
{
    uint64_t n = 0;
    bool any = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '_') {
            continue;
        }
        unsigned digit = (unsigned)digit_of(text.ptr[i]);
        if (digit >= base || __builtin_mul_overflow(n, base, &n) ||
            __builtin_add_overflow(n, digit, &n)) {
            return false;
        }
        any = true;
    }
    *out = n;
    return any;
}

static Str skip_underscores(Str text)
{
    size_t i = 0;
    while (i < text.len && text.ptr[i] == '_') {
        i++;
    }
    return str_drop(text, i);
}

/* Past one of two characters, and underscores before it. */
static bool take_char(Str *text, char lower, char upper)
{
    Str rest = skip_underscores(*text);
    if (rest.len && (rest.ptr[0] == lower || rest.ptr[0] == upper)) {
        *text = str_drop(rest, 1);
        return true;
    }
    return false;
}

static bool take_sign(Str *text, bool *negative)
{
    if (text->len && (text->ptr[0] == '-' || text->ptr[0] == '+')) {
        *negative = text->ptr[0] == '-';
        *text = str_drop(*text, 1);
        return true;
    }
    return false;
}

/* Takes a prefix such as 0x off and returns the base it stands for. */
static unsigned take_base(Str *text)
{
    Str rest = *text;
    if (!take_char(&rest, '0', '0')) {
        return 10;
    }
    if (take_char(&rest, 'x', 'X')) {
        *text = rest;
        return 16;
    }
    if (take_char(&rest, 'b', 'B')) {
        *text = rest;
        return 2;
    }
    if (take_char(&rest, 'o', 'O')) {
        *text = rest;
    }
    return 8;
}

static bool resolve_int(Str text, Value *out)
{
    bool negative = false;
    bool has_sign = take_sign(&text, &negative);
    Str whole = text;
    unsigned base = take_base(&text);
    if (base == 2 && !has_sign && !str_contains(whole, STR("B"))) {
        /* 0b-1 is a number too. */
        Str after = skip_underscores(text);
        has_sign = take_sign(&after, &negative);
        text = after;
    }
    uint64_t n;
    if (!parse_digits(text, base, &n)) {
        return false;
    }
    if (negative) {
        if (n > (uint64_t)INT64_MAX + 1) {
            return false;
        }
        *out = value_int((int64_t)(0 - n));
    } else if (n <= INT64_MAX) {
        *out = value_int((int64_t)n);
    } else if (!has_sign) {
        *out = (Value){ .kind = VALUE_UINT, .u = n };
    } else {
        return false;
    }
    return true;
}

/* -- floats ----------------------------------------------------------------------------------- */

static size_t count_digits(Str text, size_t at)
{
    size_t from = at;
    while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9') {
        at++;
    }
    return at - from;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(Str text)
{
    size_t at = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+');
    size_t whole = count_digits(text, at);
    at += whole;
    if (at < text.len && text.ptr[at] == '.') {
        size_t decimals = count_digits(text, at + 1);
        if (whole + decimals == 0) {
            return false;
        }
        at += 1 + decimals;
    } else if (whole == 0) {
        return false;
    }
    if (at < text.len && (text.ptr[at] | 0x20) == 'e') {
        at++;
        at += at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+');
        size_t exponent = count_digits(text, at);
        if (exponent == 0) {
            return false;
        }
        at += exponent;
    }
    return at == text.len;
}

enum { FLOAT_BYTES_MAX = 1000 };

/* text without underscores that is_float() accepts; false when it is too large for a double. The
 * form is brought to JSON's, whose reader is exact and knows no locale. */
static bool parse_float(Str text, double *out)
{
    char json[FLOAT_BYTES_MAX + 8];
    size_t len = 0;
    size_t at = 0;
    if (text.ptr[0] == '-' || text.ptr[0] == '+') {
        if (text.ptr[0] == '-') {
            json[len++] = '-';
        }
        at++;
    }
    while (at < text.len && text.ptr[at] == '0') {
        at++;
    }
    if (count_digits(text, at) == 0) {
        json[len++] = '0';
    }
    for (; at < text.len; at++) {
        json[len++] = text.ptr[at];
        if (text.ptr[at] == '.' && count_digits(text, at + 1) == 0) {
            json[len++] = '0';
        }
    }
    memset(json + len, 0, 4);
    yyjson_val number;
    if (!yyjson_read_number(json, &number, 0, NULL, NULL)) {
        return false;
    }
    *out = yyjson_get_num(&number);
    return true;
}

/* After a point, underscores must stand between digits; elsewhere they may stand anywhere. */
static bool underscores_between_digits(Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '_' &&
            (i == 0 || count_digits(text, i - 1) == 0 || count_digits(text, i + 1) == 0)) {
            return false;
        }
    }
    return true;
}

static bool resolve_float(Str text, Value *out)
{
    char plain[FLOAT_BYTES_MAX];
    size_t len = 0;
    if (text.len > FLOAT_BYTES_MAX || (text.ptr[0] == '.' && !underscores_between_digits(text))) {
        return false; /* nobody's number: kept as text */
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '_') {
            plain[len++] = text.ptr[i];
        }
    }
    double f;
    if (!is_float(str_from(plain, len)) || !parse_float(str_from(plain, len), &f)) {
        return false;
    }
    *out = value_float(f);
    return true;
}

/* -- timestamps ------------------------------------------------------------------------------- */

/* One or two digits up to max. */
static bool take_number(Str *text, int min, int max, int *out)
{
    size_t digits = count_digits(*text, 0);
    if (digits == 0) {
        return false;
    }
    digits = digits > 2 ? 2 : digits;
    *out = text->ptr[0] - '0';
    if (digits == 2) {
        *out = *out * 10 + text->ptr[1] - '0';
    }
    *text = str_drop(*text, digits);
    return *out >= min && *out <= max;
}

static bool take_exact(Str *text, char c)
{
    if (text->len && text->ptr[0] == c) {
        *text = str_drop(*text, 1);
        return true;
    }
    return false;
}

static int days_in(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* Z or +hh:mm */
static bool take_zone(Str *text)
{
    int n;
    if (take_exact(text, 'Z')) {
        return true;
    }
    if (!take_exact(text, '+') && !take_exact(text, '-')) {
        return false;
    }
    return count_digits(*text, 0) == 2 && take_number(text, 0, 24, &n) && take_exact(text, ':') &&
           count_digits(*text, 0) >= 2 && take_number(text, 0, 60, &n);
}

bool yaml_is_timestamp(Str text)
{
    if (count_digits(text, 0) != 4 || text.len < 8 || text.ptr[4] != '-') {
        return false;
    }
    int year = 0;
    for (size_t i = 0; i < 4; i++) {
        year = year * 10 + text.ptr[i] - '0';
    }
    text = str_drop(text, 5);
    int month;
    int day;
    int n;
    if (!take_number(&text, 1, 12, &month) || !take_exact(&text, '-') ||
        !take_number(&text, 1, 31, &day) || day > days_in(year, month)) {
        return false;
    }
    if (text.len == 0) {
        return true;
    }
    bool has_zone = text.ptr[0] != ' ';
    if (has_zone) {
        if (!take_exact(&text, 'T') && !take_exact(&text, 't')) {
            return false;
        }
    } else {
        while (take_exact(&text, ' ')) {
        }
    }
    if (!take_number(&text, 0, 23, &n) || !take_exact(&text, ':') ||
        !take_number(&text, 0, 59, &n) || !take_exact(&text, ':') ||
        !take_number(&text, 0, 59, &n)) {
        return false;
    }
    if (text.len > 1 && (text.ptr[0] == '.' || text.ptr[0] == ',') && count_digits(text, 1) > 0) {
        text = str_drop(text, 1 + count_digits(text, 1));
    }
    return (!has_zone || take_zone(&text)) && text.len == 0;
}

/* -- all together ----------------------------------------------------------------------------- */

static YamlTag resolve(Str text, bool may_be_time, Value *out)
{
    if (text.len == 0) {
        *out = value_null();
        return YAML_TAG_NULL;
    }
    switch (yaml_scalar_hints[(unsigned char)text.ptr[0]]) {
    case HINT_WORD:
        return resolve_word(text, out);
    case HINT_POINT:
        return resolve_special_float(text, out) || resolve_float(text, out) ? YAML_TAG_FLOAT
                                                                            : YAML_TAG_STR;
    case HINT_NUMBER:
        if (may_be_time && yaml_is_timestamp(text)) {
            return YAML_TAG_TIMESTAMP;
        }
        if (resolve_int(text, out)) {
            return YAML_TAG_INT;
        }
        return resolve_special_float(text, out) || resolve_float(text, out) ? YAML_TAG_FLOAT
                                                                            : YAML_TAG_STR;
    default:
        return YAML_TAG_STR;
    }
}

YamlTag yaml_scalar_resolve(Str text, Value *out)
{
    return resolve(text, true, out);
}

/* Bytes that are not UTF-8 become U+FFFD, as the way through JSON makes them. */
static bool read_binary(Str text, Arena *a, Str *out)
{
    Buf bytes = buf_new(a);
    if (!base64_read(text, &bytes)) {
        return false;
    }
    *out = utf8_repair(buf_str(&bytes), a);
    return true;
}

bool yaml_scalar_resolve_as(YamlTag tag, Str text, Arena *a, Value *out, Str *reason)
{
    if (tag == YAML_TAG_STR || tag == YAML_TAG_OTHER || tag == YAML_TAG_MERGE) {
        *out = value_str(text);
        return true;
    }
    if (tag == YAML_TAG_BINARY) {
        Str bytes;
        if (!read_binary(text, a, &bytes)) {
            *reason = STR("!!binary is not followed by base64");
            return false;
        }
        *out = value_str(bytes);
        return true;
    }
    YamlTag actual = resolve(text, tag == YAML_TAG_TIMESTAMP, out);
    if (tag == YAML_TAG_FLOAT && actual == YAML_TAG_INT && out->kind == VALUE_INT) {
        *out = value_float((double)out->i);
        return true;
    }
    if (actual != tag) {
        *reason = arena_printf(a, "cannot read %.*s as %.*s", STR_ARG(str_slice(text, 0, 40)),
                               STR_ARG(tag_name(tag)));
        return false;
    }
    if (tag == YAML_TAG_TIMESTAMP) {
        *out = value_str(text);
    }
    return true;
}

bool yaml_scalar_to_json(Value *v)
{
    const double exact_max = 9007199254740992.0; /* 2^53 */
    if (v->kind != VALUE_FLOAT) {
        return true;
    }
    double f = v->f;
    if (!isfinite(f)) {
        return false;
    }
    double magnitude = fabs(f);
    if (magnitude <= exact_max) {
        if ((double)(int64_t)f == f) {
            *v = value_int((int64_t)f);
        }
        return true;
    }
    if (magnitude >= 1e21) {
        return true;
    }
    /* What JSON prints: the shortest digits and zeros behind them. */
    char digits[NUMBER_DIGITS_MAX];
    int point;
    int count = number_digits(magnitude, 64, digits, &point);
    uint64_t n = 0;
    for (int i = 0; i < point; i++) {
        if (__builtin_mul_overflow(n, 10u, &n) ||
            __builtin_add_overflow(n, i < count ? (uint64_t)(digits[i] - '0') : 0, &n)) {
            return true;
        }
    }
    if (n <= INT64_MAX) {
        *v = value_int(f < 0 ? -(int64_t)n : (int64_t)n);
    } else if (f > 0) {
        *v = (Value){ .kind = VALUE_UINT, .u = n };
    }
    return true;
}

bool yaml_scalar_to_key(Value *v, Arena *a)
{
    Buf b = buf_new(a);
    switch ((ValueKind)v->kind) {
    case VALUE_STRING:
        return true;
    case VALUE_BOOL:
        *v = value_str(v->b ? STR("true") : STR("false"));
        return true;
    case VALUE_INT:
        buf_int(&b, v->i);
        break;
    case VALUE_FLOAT:
        /* A key's float is cut to 32 bits: nobody meant it, everybody does it. */
        if (isnan(v->f)) {
            buf_lit(&b, ".nan");
        } else if (isinf((float)v->f)) {
            buf_add(&b, v->f < 0 ? STR("-.inf") : STR(".inf"));
        } else {
            number_write_g((double)(float)v->f, 32, &b);
        }
        break;
    case VALUE_UINT:
    case VALUE_NULL:
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        return false;
    }
    *v = value_str(buf_str(&b));
    return true;
}
