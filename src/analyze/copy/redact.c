/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets without what they keep. */
#include "analyze/copy/private.h"

#include "base/base64.h"

static Str encoded(Str text, Arena *a)
{
    Buf b = buf_new(a);
    base64_write(text, &b);
    return buf_str(&b);
}

/* What stands for a value; validation wants some to be JSON. */
static Str stand_in(Str key, Arena *a)
{
    bool is_json = str_eq(key, STR(".dockercfg")) || str_eq(key, STR(".dockerconfigjson"));
    return encoded(is_json ? STR("{\"auths\":{}}") : STR("redacted"), a);
}

static void redact_member(Value *secret, Str field, bool is_token, Arena *a)
{
    Value *data = value_get(secret, field);
    if (!value_is(data, VALUE_OBJECT)) {
        return;
    }
    if (is_token) {
        value_remove(secret, field);
        return;
    }
    bool is_text = str_eq(field, STR("stringData"));
    VALUE_EACH_MEMBER(m, data) {
        m->value = value_str(is_text ? STR("redacted") : stand_in(member_key(m), a));
    }
}

bool copy_redact(const Value *object, Arena *a, Value *out)
{
    bool is_token = str_eq(value_get_str(object, STR("type")),
                           STR("kubernetes.io/service-account-token"));
    if (value_len(value_get_lit(object, "data")) + value_len(value_get_lit(object, "stringData")) ==
        0) {
        return false;
    }
    *out = value_copy(object, a);
    redact_member(out, STR("data"), is_token, a);
    redact_member(out, STR("stringData"), is_token, a);
    Value *metadata = value_need_object(out, STR("metadata"), a);
    Value *annotations = metadata ? value_need_object(metadata, STR("annotations"), a) : NULL;
    if (annotations) { /* what was applied last has the values, too */
        value_remove(annotations, STR("kubectl.kubernetes.io/last-applied-configuration"));
        value_set_lit(annotations, COPY_REDACTED, value_str(STR("true")), a);
    }
    return true;
}
