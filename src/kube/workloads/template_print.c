/* SPDX-License-Identifier: Apache-2.0 */
/* Source: k8s.io/apimachinery pkg/api/resource (ParseQuantity), pkg/util/intstr; Go's package time.
 */
#include "kube/workloads/template_print.h"

enum { DIGITS_MAX = 18 };

typedef struct QuantityParts {
    bool negative;
    Str whole; /* digits before and after the point */
    Str fraction;
    int exponent; /* of ten, or of two */
    bool binary;
    bool has_e;
} QuantityParts;

static Str take_digits(Str *rest)
{
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9') {
        n++;
    }
    Str digits = str_slice(*rest, 0, n);
    *rest = str_drop(*rest, n);
    return digits;
}

static bool read_suffix(Str suffix, QuantityParts *out)
{
    static const struct {
        const char *text;
        int exponent;
        bool binary;
    } suffixes[] = {
        { "", 0, false },   { "n", -9, false }, { "u", -6, false }, { "m", -3, false },
        { "k", 3, false },  { "M", 6, false },  { "G", 9, false },  { "T", 12, false },
        { "P", 15, false }, { "E", 18, false }, { "Ki", 10, true }, { "Mi", 20, true },
        { "Gi", 30, true }, { "Ti", 40, true }, { "Pi", 50, true }, { "Ei", 60, true },
    };
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (str_eq(suffix, str_from_c(suffixes[i].text))) {
            out->exponent = suffixes[i].exponent;
            out->binary = suffixes[i].binary;
            return true;
        }
    }
    int64_t e;
    out->has_e = suffix.len > 1 && (suffix.ptr[0] == 'e' || suffix.ptr[0] == 'E') &&
                 str_to_int64(str_drop(suffix, 1), &e) && e > -30 && e < 30;
    out->exponent = out->has_e ? (int)e : 0;
    return out->has_e;
}

static bool read_parts(Str text, QuantityParts *out)
{
    *out = (QuantityParts){ 0 };
    Str rest = text;
    if (rest.len && (rest.ptr[0] == '-' || rest.ptr[0] == '+')) {
        out->negative = rest.ptr[0] == '-';
        rest = str_drop(rest, 1);
    }
    while (rest.len > 1 && rest.ptr[0] == '0' && rest.ptr[1] >= '0' && rest.ptr[1] <= '9') {
        rest = str_drop(rest, 1);
    }
    out->whole = take_digits(&rest);
    if (rest.len && rest.ptr[0] == '.') {
        rest = str_drop(rest, 1);
        out->fraction = take_digits(&rest);
    }
    return read_suffix(rest, out) && out->whole.len + out->fraction.len > 0 &&
           out->whole.len + out->fraction.len <= DIGITS_MAX;
}

static void print_parts(int64_t value, int scale, Str text, const char *format, Buf *out)
{
    buf_printf(out,
               "{i:(resource.int64Amount){value:(int64)%lld scale:(resource.Scale)%d} "
               "d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)%.*s "
               "Format:(resource.Format)%s}",
               (long long)value, scale, STR_ARG(text), format);
}

/* Amounts too large for a machine word are kept as a big number of billionths. */
static void print_big(const QuantityParts *q, int64_t value, const char *format, Buf *out)
{
    unsigned __int128 n = (unsigned __int128)value;
    int scale = (int)q->fraction.len;
    if (q->binary) {
        n <<= q->exponent;
    } else {
        scale -= q->exponent;
    }
    for (; scale < 9; scale++) {
        n *= 10;
    }
    uint64_t low = (uint64_t)n;
    uint64_t high = (uint64_t)(n >> 64);
    buf_printf(out,
               "{i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} "
               "d:(resource.infDecAmount){Dec:(*inf.Dec){unscaled:(big.Int){neg:(bool)%s "
               "abs:(big.nat)[%llu",
               q->negative ? "true" : "false", (unsigned long long)low);
    if (high) {
        buf_printf(out, " %llu", (unsigned long long)high);
    }
    buf_printf(out, "]} scale:(inf.Scale)%d}} s:(string) Format:(resource.Format)%s}", scale,
               format);
}

static int precision_of(const QuantityParts *q)
{
    if (!q->binary) {
        return DIGITS_MAX - (int)(q->whole.len + q->fraction.len);
    }
    return q->fraction.len ? -1 : 15 - (int)q->whole.len - (int)((float)q->exponent * 3 / 10) - 1;
}

void template_print_quantity(Str text, Buf *out)
{
    QuantityParts q;
    if (!text.len || !read_parts(text, &q)) {
        print_parts(0, 0, STR(""), "", out);
        return;
    }
    const char *format = q.binary ? "BinarySI" : q.has_e ? "DecimalExponent" : "DecimalSI";
    if (str_eq(text, STR("0"))) {
        print_parts(0, 0, text, "DecimalSI", out);
        return;
    }
    Str digits = arena_concat(out->arena, q.whole, q.fraction);
    int64_t value = 0;
    int scale = (q.binary ? 0 : q.exponent) - (int)q.fraction.len;
    if (!str_to_int64(digits, &value) || precision_of(&q) < 0 || scale < -9) {
        print_big(&q, value, format, out);
        return;
    }
    bool keeps = q.binary
                     ? q.exponent % 10 == 0 && (value & 7) != 0
                     : scale % 3 == 0 && !str_ends_with(digits, STR("000")) && digits.ptr[0] != '0';
    int64_t amount = q.binary ? value << q.exponent : value;
    print_parts(q.negative ? -amount : amount, scale, keeps ? text : STR(""), format, out);
}

void template_print_int_or_string(const Value *v, Buf *out)
{
    bool is_text = value_is(v, VALUE_STRING);
    buf_printf(out, "{Type:(intstr.Type)%d IntVal:(int32)%lld StrVal:(string)%.*s}", is_text,
               (long long)value_as_int(v).value, STR_ARG(value_as_str(v)));
}

/* A time that is set would be printed with its zone's whole table: no template has one. */
void template_print_time(Str text, Buf *out)
{
    (void)text;
    buf_lit(out, "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}");
}
