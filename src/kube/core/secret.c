/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets. */
#include "base/base64.h"
#include "doc/json.h"
#include "kube/core/parts.h"
#include "kube/pod/go_json.h"

enum { SECRET_BYTES_MAX = 1024 * 1024 };

#define DATA_KEY(literal) path_key(&data_path, STR(literal))

/* -- defaults ---------------------------------------------------------------------------------- */

/* stringData overwrites data, and is never stored. */
static void take_string_data(Value *secret, Arena *a)
{
    const Value *texts = value_get_lit(secret, "stringData");
    Value *data = value_len(texts) ? value_need_object(secret, STR("data"), a) : NULL;
    if (data) {
        texts = value_get_lit(secret, "stringData"); /* it may have moved */
        VALUE_EACH_MEMBER(m, texts) {
            Buf encoded = buf_new(a);
            base64_write(value_as_str(&m->value), &encoded);
            value_set(data, member_key(m), value_str(buf_str(&encoded)), a);
        }
        value_sort_keys(data);
    }
    value_remove(secret, STR("stringData"));
}

void secret_apply_defaults(Value *secret, const KubeTarget *t, Arena *a)
{
    (void)t;
    if (!value_is(secret, VALUE_OBJECT)) {
        return;
    }
    if (str_of(secret, "type").len == 0) {
        value_set_lit(secret, "type", value_str(STR("Opaque")), a);
    }
    take_string_data(secret, a);
}

/* -- what each type asks for ------------------------------------------------------------------- */

/* How many bytes canonical base64 stands for. */
static size_t decoded_len(Str base64)
{
    size_t padding = 0;
    while (padding < 2 && padding < base64.len && base64.ptr[base64.len - 1 - padding] == '=') {
        padding++;
    }
    size_t bytes = base64.len / 4 * 3;
    return bytes >= padding ? bytes - padding : 0;
}

/* What Go says of a text that is not a JSON object; absent when it is one. */
static Str json_object_error(Str text, Arena *a)
{
    Str wrong = go_json_error(text, a);
    if (wrong.ptr) {
        return wrong;
    }
    Value v;
    Err err;
    if (!json_read(STR(""), text, NULL, a, &v, &err) || v.kind == VALUE_OBJECT ||
        v.kind == VALUE_NULL) {
        return STR_ABSENT;
    }
    Str kind = v.kind == VALUE_BOOL ? STR("bool") : value_kind_name(&v);
    return arena_printf(a,
                        "json: cannot unmarshal %.*s into Go value of type map[string]interface {}",
                        STR_ARG(kind));
}

static void check_json(const Value *data, Str key, FieldErrors *errs)
{
    Path data_path = path_root("data");
    Path at = path_key(&data_path, key);
    const Value *encoded = value_get(data, key);
    if (!encoded) {
        field_required(errs, at, STR(""));
        return;
    }
    Buf text = buf_new(errs->arena);
    if (!base64_read(value_as_str(encoded), &text)) {
        return; /* the decoder has refused it */
    }
    Str wrong = json_object_error(buf_str(&text), errs->arena);
    if (wrong.ptr) {
        field_invalid_str(errs, at, STR("<secret contents redacted>"), wrong);
    }
}

static void check_type(const Value *secret, FieldErrors *errs)
{
    Str type = str_of(secret, "type");
    const Value *data = value_get_lit(secret, "data");
    Path data_path = path_root("data");
    Path odd_path = path_root("data[%s]"); /* as the API server has it */
    if (str_eq(type, STR("kubernetes.io/service-account-token"))) {
        static const Str name_key = STR_INIT("kubernetes.io/service-account.name");
        Path metadata = path_root("metadata");
        Path annotations = path_child(&metadata, "annotations");
        if (check_str(value_at(secret, "metadata", "annotations", NULL), name_key).len == 0) {
            field_required(errs, path_key(&annotations, name_key), STR(""));
        }
    } else if (str_eq(type, STR("kubernetes.io/dockercfg"))) {
        check_json(data, STR(".dockercfg"), errs);
    } else if (str_eq(type, STR("kubernetes.io/dockerconfigjson"))) {
        check_json(data, STR(".dockerconfigjson"), errs);
    } else if (str_eq(type, STR("kubernetes.io/basic-auth"))) {
        if (!value_get_lit(data, "username") && !value_get_lit(data, "password")) {
            field_required(errs, path_key(&odd_path, STR("username")), STR(""));
            field_required(errs, path_key(&odd_path, STR("password")), STR(""));
        }
    } else if (str_eq(type, STR("kubernetes.io/ssh-auth"))) {
        if (str_of(data, "ssh-privatekey").len == 0) {
            field_required(errs, path_key(&odd_path, STR("ssh-privatekey")), STR(""));
        }
    } else if (str_eq(type, STR("kubernetes.io/tls"))) {
        if (!value_get_lit(data, "tls.crt")) {
            field_required(errs, DATA_KEY("tls.crt"), STR(""));
        }
        if (!value_get_lit(data, "tls.key")) {
            field_required(errs, DATA_KEY("tls.key"), STR(""));
        }
    }
}

/* -- the whole --------------------------------------------------------------------------------- */

void secret_validate(const Value *secret, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    core_check_metadata(secret, true, name_check_dns1123_subdomain, errs);
    Path data_path = path_root("data");
    size_t bytes = 0;
    VALUE_EACH_MEMBER(m, value_get_lit(secret, "data")) {
        Str key = member_key(m);
        name_report(errs, path_key(&data_path, key), key, name_check_config_map_key(key));
        bytes += decoded_len(value_as_str(&m->value));
    }
    if (bytes > SECRET_BYTES_MAX) {
        field_too_long(errs, data_path, SECRET_BYTES_MAX);
    }
    check_type(secret, errs);
}

void secret_validate_update(const Value *secret, const Value *old, const KubeTarget *t,
                            FieldErrors *errs)
{
    static const Str locked = STR_INIT("field is immutable when `immutable` is set");
    core_check_metadata_update(secret, old, errs);
    Str type = str_of(secret, "type");
    if (!str_eq(type, str_of(old, "type"))) {
        field_invalid_str(errs, path_root("type"), type, CORE_IMMUTABLE);
    }
    if (bool_of(old, "immutable")) {
        if (!bool_of(secret, "immutable")) {
            field_forbidden(errs, path_root("immutable"), locked);
        }
        if (!core_same_map(value_get_lit(secret, "data"), value_get_lit(old, "data"))) {
            field_forbidden(errs, path_root("data"), locked);
        }
    }
    secret_validate(secret, t, errs);
}
