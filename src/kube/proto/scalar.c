/* SPDX-License-Identifier: Apache-2.0 */
/* Scalars that are bytes or small messages of their own, as JSON has them. */
#include "base/base64.h"
#include "doc/json.h"
#include "doc/utf8.h"
#include "kube/proto/walk.h"
#include "kube/quantity.h"

/* -- times: {1: seconds since 1970, 2: nanoseconds}, or nothing for the zero time ---------------
 */

enum { SECONDS_A_DAY = 86400, NANOS_A_MICRO = 1000, MICROS_A_SECOND = 1000000 };

/* The day of an era of 400 years, which starts on the first of March, as year, month, day. */
static void civil_from_days(int64_t days, int64_t *year, int *month, int *day)
{
    enum { DAYS_AN_ERA = 146097, DAYS_TO_1970 = 719468 };
    days += DAYS_TO_1970; /* since 0000-03-01 */
    int64_t era = (days >= 0 ? days : days - (DAYS_AN_ERA - 1)) / DAYS_AN_ERA;
    int64_t of_era = days - era * DAYS_AN_ERA;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / (DAYS_AN_ERA - 1)) /
                          365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static bool write_time(ProtoWalk *w, int64_t seconds, int64_t micros, bool with_micros, Value *out)
{
    /* 0001-01-01 to 9999-12-31: what RFC 3339 can write */
    const int64_t first = INT64_C(-62135596800);
    const int64_t last = INT64_C(253402300799);
    if (seconds < first || seconds > last) {
        return proto_refuse(w, ERR_TYPE, STR("year outside of range [0,9999]"));
    }
    int64_t days = seconds / SECONDS_A_DAY;
    int64_t of_day = seconds % SECONDS_A_DAY;
    if (of_day < 0) {
        of_day += SECONDS_A_DAY;
        days--;
    }
    int64_t year;
    int month;
    int day;
    civil_from_days(days, &year, &month, &day);
    Buf b = buf_new(w->arena);
    buf_printf(&b, "%04d-%02d-%02dT%02d:%02d:%02d", (int)year, month, day, (int)(of_day / 3600),
               (int)(of_day / 60 % 60), (int)(of_day % 60));
    if (with_micros) {
        buf_printf(&b, ".%06d", (int)micros);
    }
    buf_byte(&b, 'Z');
    *out = value_str(buf_str(&b));
    return true;
}

static bool read_time(ProtoWalk *w, Str message, bool with_micros, Value *out)
{
    if (message.len == 0) {
        *out = value_str(with_micros ? STR("0001-01-01T00:00:00.000000Z")
                                     : STR("0001-01-01T00:00:00Z"));
        return true;
    }
    uint64_t seconds = 0;
    uint64_t nanos = 0;
    while (message.len) {
        ProtobufTag tag;
        if (!proto_tag(w, STR("Timestamp"), &message, &tag)) {
            return false;
        }
        bool ok = tag.number == 1   ? proto_number(w, STR("seconds"), &message, tag, &seconds)
                  : tag.number == 2 ? proto_number(w, STR("nanos"), &message, tag, &nanos)
                                    : proto_skip(w, &message, tag);
        if (!ok) {
            return false;
        }
    }
    int64_t whole = (int64_t)seconds;
    int64_t micros = with_micros ? (int32_t)(uint32_t)nanos / NANOS_A_MICRO : 0;
    int64_t carry = micros / MICROS_A_SECOND;
    micros %= MICROS_A_SECOND;
    if (micros < 0) {
        micros += MICROS_A_SECOND;
        carry--;
    }
    if (__builtin_add_overflow(whole, carry, &whole)) {
        whole = INT64_MAX; /* out of range in any case */
    }
    return write_time(w, whole, micros, with_micros, out);
}

/* -- messages of one field, and int-or-string ---------------------------------------------------
 */

/* {1: bytes}; without them *inner stays. */
static bool read_first(ProtoWalk *w, Str type_name, Str field, Str message, Str *inner)
{
    while (message.len) {
        ProtobufTag tag;
        if (!proto_tag(w, type_name, &message, &tag)) {
            return false;
        }
        if (tag.number == 1 ? !proto_bytes(w, field, &message, tag, inner)
                            : !proto_skip(w, &message, tag)) {
            return false;
        }
    }
    return true;
}

static bool read_quantity(ProtoWalk *w, Str message, Value *out)
{
    Str text = STR_ABSENT;
    Quantity q;
    if (!read_first(w, STR("Quantity"), STR("string"), message, &text)) {
        return false;
    }
    if (!text.ptr) {
        *out = value_str(STR("0"));
        return true;
    }
    if (!quantity_parse(text, w->arena, &q, w->err)) {
        return false;
    }
    *out = value_str(text);
    return true;
}

/* {1: which, 2: the number, 3: the text} */
static bool read_int_or_string(ProtoWalk *w, Str message, Value *out)
{
    uint64_t which = 0;
    uint64_t n = 0;
    Str text = STR("");
    while (message.len) {
        ProtobufTag tag;
        if (!proto_tag(w, STR("IntOrString"), &message, &tag)) {
            return false;
        }
        bool ok = tag.number == 1   ? proto_number(w, STR("type"), &message, tag, &which)
                  : tag.number == 2 ? proto_number(w, STR("intVal"), &message, tag, &n)
                  : tag.number == 3 ? proto_bytes(w, STR("strVal"), &message, tag, &text)
                                    : proto_skip(w, &message, tag);
        if (!ok) {
            return false;
        }
    }
    if (which > 1) {
        return proto_refuse(w, ERR_TYPE, STR("impossible IntOrString.Type"));
    }
    *out = which == 1 ? value_str(utf8_repair(text, w->arena)) : value_int((int32_t)(uint32_t)n);
    return true;
}

bool proto_json_message(ProtoWalk *w, Str bytes, Value *out)
{
    DocLimits limits = doc_limits_request;
    limits.last_key_wins = true;
    Str text = STR("");
    if (!read_first(w, STR("RawExtension"), STR("raw"), bytes, &text)) {
        return false;
    }
    if (text.len == 0) {
        *out = value_null();
        return true;
    }
    return json_read(STR("raw"), text, &limits, w->arena, out, w->err);
}

bool proto_scalar(ProtoWalk *w, SchemaKind kind, Str bytes, Value *out)
{
    switch (kind) {
    case SCHEMA_STRING:
        *out = value_str(utf8_repair(bytes, w->arena));
        return true;
    case SCHEMA_BYTES: {
        Buf b = buf_new(w->arena);
        base64_write(bytes, &b);
        *out = value_str(buf_str(&b));
        return true;
    }
    case SCHEMA_QUANTITY:
        return read_quantity(w, bytes, out);
    case SCHEMA_TIME:
    case SCHEMA_MICRO_TIME:
        return read_time(w, bytes, kind == SCHEMA_MICRO_TIME, out);
    case SCHEMA_INT_OR_STRING:
        return read_int_or_string(w, bytes, out);
    default:
        return proto_refuse(w, ERR_UNSUPPORTED, STR("a value that protobuf does not have"));
    }
}
