/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of the core group share. */
#include "kube/core/parts.h"

#include "kube/pod/resource_name.h"
#include "kube/pod/spec_diff.h"
#include "kube/quantity.h"

void core_check_metadata(const Value *object, bool namespaced, NameCheck *check, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(object, "metadata");
    Path at = path_root("metadata");
    meta_validate(metadata, namespaced, check, &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
}

void core_check_metadata_update(const Value *object, const Value *old, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(object, "metadata");
    Path at = path_root("metadata");
    meta_validate_update(metadata, value_get_lit(old, "metadata"), &at, errs);
    meta_validate_finalizers(metadata, &at, errs);
}

Str core_name_of(const Value *object)
{
    return str_of(value_get_lit(object, "metadata"), "name");
}

void core_keep(Value *object, const Value *old, Str member, Arena *a)
{
    const Value *stored = value_get(old, member);
    if (stored) {
        value_set(object, member, value_copy(stored, a), a);
    } else {
        value_remove(object, member);
    }
}

bool core_same_map(const Value *left, const Value *right)
{
    bool has_left = !value_is_null(left);
    bool has_right = !value_is_null(right);
    return has_left == has_right && (!has_left || value_equal(left, right));
}

bool core_same(const Value *left, const Value *right, Arena *a)
{
    Path root = path_root("");
    Buf ignored = buf_new(a);
    return spec_diff_is_same(left, right, &root, &ignored);
}

void core_check_not_negative(const Value *object, Str member, const Path *path, FieldErrors *errs)
{
    int64_t n = check_int(object, member);
    if (n < 0) {
        field_invalid_int(errs, path_child_str(path, member), n, CHECK_NOT_NEGATIVE);
    }
}

/* -- quantities -------------------------------------------------------------------------------- */

Str core_raw_quantity(const Value *decoded, const Value *raw)
{
    Str text = value_as_str(raw);
    return text.ptr ? str_trim(text) : value_as_str(decoded);
}

void core_check_quantity(FieldErrors *errs, Str resource, const Value *quantity, const Value *raw,
                         Path path)
{
    static const QuantityNano nano_of_milli = 1000000;
    enum { MILLI_OF_ONE = 1000 };
    Str text = value_as_str(quantity);
    Quantity q;
    if (!quantity_parse(text, NULL, &q, NULL)) {
        return; /* the decoder has refused it */
    }
    if (quantity_sign(&q) < 0) {
        field_invalid_str(errs, path, text, CHECK_NOT_NEGATIVE);
    }
    if (q.nano / nano_of_milli % MILLI_OF_ONE != 0 && resource_is_integer(resource, errs->arena)) {
        field_invalid_raw(errs, path, dump_quantity(core_raw_quantity(quantity, raw), errs->arena),
                          STR("must be an integer"));
    }
}

/* -- addresses --------------------------------------------------------------------------------- */

enum { IP_BYTES = 16, IP4_AT = 12, IP4_BITS = 32, IP6_BITS = 128 };

static bool is_ip4(const uint8_t bytes[IP_BYTES])
{
    static const uint8_t prefix[IP4_AT] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };
    return memcmp(bytes, prefix, sizeof(prefix)) == 0;
}

NameIpKind core_cidr_kind(Str text)
{
    Str address;
    Str bits;
    if (!str_split_once(text, '/', &address, &bits)) {
        return NAME_IP_NONE;
    }
    NameIpKind kind = name_ip_kind(address);
    int64_t n;
    bool is_number = bits.len > 0 && bits.ptr[0] >= '0' && bits.ptr[0] <= '9' &&
                     str_to_int64(bits, &n);
    if (!is_number || n > (kind == NAME_IP_V4 ? IP4_BITS : IP6_BITS)) {
        return NAME_IP_NONE;
    }
    return kind;
}

bool core_is_ip6(Str text)
{
    uint8_t bytes[IP_BYTES];
    return name_ip_parse(text, bytes) != NAME_IP_NONE && !is_ip4(bytes);
}

typedef enum SpecialIp {
    IP_UNSPECIFIED,
    IP_LOOPBACK,
    IP_LINK_LOCAL,
    IP_LINK_LOCAL_MULTICAST,
    IP_SPECIAL_COUNT,
} SpecialIp;

static bool is_special(const uint8_t bytes[IP_BYTES], SpecialIp kind)
{
    static const uint8_t zero[IP_BYTES];
    static const uint8_t loopback[IP_BYTES] = { [IP_BYTES - 1] = 1 };
    const uint8_t *v4 = &bytes[IP4_AT];
    bool is_4 = is_ip4(bytes);
    switch (kind) {
    case IP_UNSPECIFIED:
        return is_4 ? memcmp(v4, zero, 4) == 0 : memcmp(bytes, zero, IP_BYTES) == 0;
    case IP_LOOPBACK:
        return is_4 ? v4[0] == 127 : memcmp(bytes, loopback, IP_BYTES) == 0;
    case IP_LINK_LOCAL:
        return is_4 ? v4[0] == 169 && v4[1] == 254 : bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
    case IP_LINK_LOCAL_MULTICAST:
        return is_4 ? v4[0] == 224 && v4[1] == 0 && v4[2] == 0
                    : bytes[0] == 0xFF && (bytes[1] & 0x0F) == 0x02;
    case IP_SPECIAL_COUNT:
        break;
    }
    return false;
}

void core_check_ordinary_ip(FieldErrors *errs, Str ip, Path path)
{
    static const Str problems[IP_SPECIAL_COUNT] = {
        [IP_UNSPECIFIED] = STR_INIT("may not be unspecified (0.0.0.0)"),
        [IP_LOOPBACK] = STR_INIT("may not be in the loopback range (127.0.0.0/8)"),
        [IP_LINK_LOCAL] = STR_INIT("may not be in the link-local range (169.254.0.0/16)"),
        [IP_LINK_LOCAL_MULTICAST] = STR_INIT(
            "may not be in the link-local multicast range (224.0.0.0/24)"),
    };
    uint8_t bytes[IP_BYTES];
    if (name_ip_parse(ip, bytes) == NAME_IP_NONE) {
        field_invalid_str(errs, path, ip, STR("must be a valid IP address"));
        return;
    }
    for (int kind = 0; kind < IP_SPECIAL_COUNT; kind++) {
        if (is_special(bytes, (SpecialIp)kind)) {
            field_invalid_str(errs, path, ip, problems[kind]);
        }
    }
}

/* -- values as Go prints them ------------------------------------------------------------------ */

Str core_dump_strings(const char *type, const Value *list, Arena *a)
{
    if (value_is_null(list)) {
        return arena_printf(a, "%s(nil)", type);
    }
    Buf b = buf_new(a);
    buf_printf(&b, "%s{", type);
    for (size_t i = 0; i < value_len(list); i++) {
        if (i) {
            buf_lit(&b, ", ");
        }
        buf_go_quoted(&b, value_as_str(value_item(list, i)));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}
