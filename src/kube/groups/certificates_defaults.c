/* SPDX-License-Identifier: Apache-2.0 */
/* What is filled in of CertificateSigningRequests. */
#include "base/base64.h"
#include "kube/groups/certificates.h"
#include "kube/groups/members.h"
#include "kube/groups/pem.h"

/* -- the signer of a v1beta1 request that names none ---------------------------------------------
 */

#define NODE_PREFIX STR("system:node:")
#define NODES STR("system:nodes")

static const Str client_usages[] = { STR_INIT("key encipherment"), STR_INIT("digital signature"),
                                     STR_INIT("client auth") };
static const Str server_usages[] = { STR_INIT("key encipherment"), STR_INIT("digital signature"),
                                     STR_INIT("server auth") };

static bool are_usages(StrList usages, StrList wanted)
{
    if (usages.count != wanted.count) {
        return false;
    }
    for (size_t i = 0; i < wanted.count; i++) {
        if (!str_list_has(usages, wanted.items[i])) {
            return false;
        }
    }
    return true;
}

static Str default_signer(const Value *spec, Arena *a)
{
    Str legacy = STR("kubernetes.io/legacy-unknown");
    Buf bytes = buf_new(a);
    if (!base64_read(str_of(spec, "request"), &bytes)) {
        return legacy;
    }
    Str rest = buf_str(&bytes);
    PemBlock block;
    DerSubject subject;
    if (!pem_next(&rest, a, &block) || der_request_error(block.bytes, a).ptr ||
        !der_request_subject(block.bytes, &subject) || !str_eq(subject.organization, NODES) ||
        !str_starts_with(subject.common_name, NODE_PREFIX)) {
        return legacy;
    }
    StrList usages = value_str_list(list_of(spec, "usages"), a);
    if (!subject.has_alternative_names && are_usages(usages, STR_LIST(client_usages))) {
        return STR("kubernetes.io/kube-apiserver-client-kubelet");
    }
    if (subject.has_alternative_names && are_usages(usages, STR_LIST(server_usages))) {
        return STR("kubernetes.io/kubelet-serving");
    }
    return legacy;
}

static void default_usages(Value *spec, Arena *a)
{
    if (!value_is(list_of(spec, "usages"), VALUE_ARRAY)) {
        Value usages = value_array();
        value_add(&usages, value_str(STR("digital signature")), a);
        value_add(&usages, value_str(STR("key encipherment")), a);
        value_set_lit(spec, "usages", usages, a);
    }
}

void certificate_request_apply_defaults(Value *request, const KubeTarget *t, Arena *a)
{
    (void)t;
    if (is_version(request, "v1")) {
        return;
    }
    Value *spec = value_get_lit(request, "spec");
    if (value_is(spec, VALUE_OBJECT)) {
        default_usages(spec, a);
        if (is_unset(spec, STR("signerName"))) {
            value_set_lit(spec, "signerName", value_str(default_signer(spec, a)), a);
        }
    }
    VALUE_EACH_ITEM(condition, value_at(request, "status", "conditions", NULL)) {
        if (value_is(condition, VALUE_OBJECT) && str_of(condition, "status").len == 0) {
            value_set_lit(condition, "status", value_str(STR("True")), a);
        }
    }
}

/* -- updates of conditions -----------------------------------------------------------------------
 */

static size_t count_conditions(const Value *list, Str type)
{
    size_t n = 0;
    VALUE_EACH_ITEM(c, list) {
        n += str_eq(str_of(c, "type"), type);
    }
    return n;
}

static void keep_conditions(Value *list, const Value *before, Str type, Arena *a)
{
    if (count_conditions(list, type) != count_conditions(before, type)) {
        return;
    }
    size_t at = 0;
    VALUE_EACH_ITEM(c, list) {
        if (!str_eq(str_of(c, "type"), type)) {
            continue;
        }
        while (!str_eq(str_of(value_item(before, at), "type"), type)) {
            at++;
        }
        *c = value_copy(value_item(before, at++), a);
    }
}

void certificate_request_keep_approval(Value *request, const Value *old, Arena *a)
{
    Value *list = value_at(request, "status", "conditions", NULL);
    const Value *before = value_at(old, "status", "conditions", NULL);
    keep_conditions(list, before, STR("Approved"), a);
    keep_conditions(list, before, STR("Denied"), a);
}

/* When the condition got the status that it has. */
static Str transition_time(const Value *condition, const Value *before, Str now)
{
    VALUE_EACH_ITEM(c, before) {
        Str time = str_of(c, "lastTransitionTime");
        if (str_eq(str_of(c, "type"), str_of(condition, "type")) &&
            str_eq(str_of(c, "status"), str_of(condition, "status")) && time.len > 0) {
            return time;
        }
    }
    return now;
}

void certificate_request_stamp(Value *request, const Value *old, Str now, Arena *a)
{
    const Value *before = value_at(old, "status", "conditions", NULL);
    if (now.ptr == NULL) {
        return;
    }
    VALUE_EACH_ITEM(c, value_at(request, "status", "conditions", NULL)) {
        if (!value_is(c, VALUE_OBJECT)) {
            continue;
        }
        if (str_of(c, "lastUpdateTime").len == 0) {
            value_set_lit(c, "lastUpdateTime", value_str(now), a);
        }
        if (str_of(c, "lastTransitionTime").len == 0) {
            Str since = transition_time(c, before, now);
            value_set_lit(c, "lastTransitionTime", value_str(since), a);
        }
    }
}
