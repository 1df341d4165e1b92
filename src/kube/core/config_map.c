/* SPDX-License-Identifier: Apache-2.0 */
/* Config maps, and service accounts. */
#include "kube/core/parts.h"

enum { CONFIG_MAP_BYTES_MAX = 1024 * 1024 };

void config_map_apply_defaults(Value *map, const KubeTarget *t, Arena *a)
{
    (void)t;
    if (value_is(map, VALUE_OBJECT) && value_is_null(value_get_lit(map, "data"))) {
        value_set_lit(map, "data", value_object(), a);
    }
}

/* How many bytes canonical base64 stands for. */
static size_t decoded_len(Str base64)
{
    Str digits = str_cut_suffix(str_cut_suffix(base64, STR("=")), STR("="));
    return digits.len * 3 / 4;
}

void config_map_validate(const Value *map, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    core_check_metadata(map, true, name_check_dns1123_subdomain, errs);
    const Value *binary = value_get_lit(map, "binaryData");
    Path data_path = path_root("data");
    Path binary_path = path_root("binaryData");
    size_t bytes = 0;
    VALUE_EACH_MEMBER(m, value_get_lit(map, "data")) {
        Str key = member_key(m);
        name_report(errs, path_key(&data_path, key), key, name_check_config_map_key(key));
        if (value_get(binary, key)) {
            field_invalid_str(errs, path_key(&data_path, key), key,
                              STR("duplicate of key present in binaryData"));
        }
        bytes += value_as_str(&m->value).len;
    }
    VALUE_EACH_MEMBER(m, binary) {
        Str key = member_key(m);
        name_report(errs, path_key(&binary_path, key), key, name_check_config_map_key(key));
        bytes += decoded_len(value_as_str(&m->value));
    }
    if (bytes > CONFIG_MAP_BYTES_MAX) {
        field_too_long(errs, path_key(NULL, STR("")), CONFIG_MAP_BYTES_MAX);
    }
}

void config_map_validate_update(const Value *map, const Value *old, const KubeTarget *t,
                                FieldErrors *errs)
{
    static const Str locked = STR_INIT("field is immutable when `immutable` is set");
    static const Str contents[] = { STR_INIT("data"), STR_INIT("binaryData") };
    core_check_metadata_update(map, old, errs);
    if (bool_of(old, "immutable")) {
        if (!bool_of(map, "immutable")) {
            field_forbidden(errs, path_root("immutable"), locked);
        }
        for (size_t i = 0; i < COUNT_OF(contents); i++) {
            if (!core_same_map(value_get(map, contents[i]), value_get(old, contents[i]))) {
                field_forbidden(errs, path_child_str(NULL, contents[i]), locked);
            }
        }
    }
    config_map_validate(map, t, errs);
}

/* -- service accounts -------------------------------------------------------------------------- */

void service_account_prepare(Value *account, Arena *a)
{
    VALUE_EACH_ITEM(secret, value_get_lit(account, "secrets")) {
        Str name = value_get_str(secret, STR("name"));
        *secret = value_object();
        if (name.len) {
            value_set_lit(secret, "name", value_str(name), a);
        }
    }
}

void service_account_validate(const Value *account, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    core_check_metadata(account, true, name_check_dns1123_subdomain, errs);
}

void service_account_validate_update(const Value *account, const Value *old, const KubeTarget *t,
                                     FieldErrors *errs)
{
    core_check_metadata_update(account, old, errs);
    service_account_validate(account, t, errs);
}
