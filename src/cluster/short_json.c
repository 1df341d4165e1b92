/* SPDX-License-Identifier: Apache-2.0 */
/* JSON with its usual pieces as one byte each. */
#include "cluster/short_json.h"

/* All begin with a quote. Those with the same letter after it stand together, the longer before
 * what they begin with. A piece is the byte of its place, from 1. */
static const Str pieces[] = {
    STR_INIT("\"apiVersion\":\"rbac.authorization.k8s.io/v1\","),
    STR_INIT("\"apiGroup\":\"rbac.authorization.k8s.io\","),
    STR_INIT("\"apiVersion\":\""),
    STR_INIT("\"apiGroups\":[\""),
    STR_INIT("\"annotations\":{\""),
    STR_INIT("\"allowPrivilegeEscalation\":"),
    STR_INIT("\"fsGroup\":{\"rule\":\""),
    STR_INIT("\"kind\":\"ServiceAccount\",\"name\":\""),
    STR_INIT("\"kind\":\"ClusterRole\",\"name\":\""),
    STR_INIT("\"kind\":\"RoleBinding\","),
    STR_INIT("\"kind\":\"Role\",\"name\":\""),
    STR_INIT("\"kind\":\"Group\","),
    STR_INIT("\"kind\":\"User\","),
    STR_INIT("\"kind\":\""),
    STR_INIT("\"kubernetes.io/metadata.name\":\""),
    STR_INIT("\"labels\":{\""),
    STR_INIT("\"metadata\":{\"name\":\""),
    STR_INIT("\"namespace\":\""),
    STR_INIT("\"name\":\""),
    STR_INIT("\"resourceNames\":[\""),
    STR_INIT("\"resources\":[\""),
    STR_INIT("\"roleRef\":{"),
    STR_INIT("\"rules\":[{"),
    STR_INIT("\"runAsUser\":{\"rule\":\""),
    STR_INIT("\"ranges\":[{"),
    STR_INIT("\"seLinux\":{\"rule\":\"RunAsAny\"}"),
    STR_INIT("\"subjects\":[{"),
    STR_INIT("\"supplementalGroups\":{\"rule\":\""),
    STR_INIT("\"spec\":{"),
    STR_INIT("\"verbs\":[\""),
    STR_INIT("\"volumes\":[\""),
};
_Static_assert(COUNT_OF(pieces) < ' ', "a piece is a byte that stands in no JSON");

/* The piece that the text begins with, from 1; 0 for none. */
static size_t piece_at(Str text)
{
    static const char letters[] = "afklmnrsv";
    if (text.len < 2 || !memchr(letters, text.ptr[1], sizeof(letters) - 1)) {
        return 0;
    }
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        if (pieces[i].ptr[1] == text.ptr[1] && str_starts_with(text, pieces[i])) {
            return i + 1;
        }
    }
    return 0;
}

void short_json_add(Str json, Buf *b)
{
    size_t plain = 0; /* where what is not written yet begins */
    for (size_t at = 0; at < json.len;) {
        const char *quote = memchr(json.ptr + at, '"', json.len - at);
        if (!quote) {
            break;
        }
        at = (size_t)(quote - json.ptr);
        size_t piece = piece_at(str_drop(json, at));
        if (piece) {
            buf_add(b, str_slice(json, plain, at));
            buf_byte(b, (char)piece);
            plain = at += pieces[piece - 1].len;
        } else {
            at++;
        }
    }
    buf_add(b, str_drop(json, plain));
}

void short_json_read(Str kept, Buf *b)
{
    size_t plain = 0;
    for (size_t at = 0; at < kept.len; at++) {
        size_t piece = (unsigned char)kept.ptr[at];
        if (piece && piece <= COUNT_OF(pieces)) {
            buf_add(b, str_slice(kept, plain, at));
            buf_add(b, pieces[piece - 1]);
            plain = at + 1;
        }
    }
    buf_add(b, str_drop(kept, plain));
}
