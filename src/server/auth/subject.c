/* SPDX-License-Identifier: Apache-2.0 */
/* The subject of a certificate. */
#include "server/auth/subject.h"

#include <stdlib.h>

enum { ATTRIBUTES_MAX = 4096 }; /* a certificate that fits into a handshake has fewer */

typedef struct Walk {
    gnutls_x509_dn_t name;
    int rdn;
    int ava;
} Walk;

/* The next attribute; a relative name may have several. */
static bool next(Walk *w, gnutls_x509_ava_st *out)
{
    if (gnutls_x509_dn_get_rdn_ava(w->name, w->rdn, w->ava, out) != 0) {
        w->rdn++;
        w->ava = 0;
        if (gnutls_x509_dn_get_rdn_ava(w->name, w->rdn, w->ava, out) != 0) {
            return false;
        }
    }
    w->ava++;
    return true;
}

static bool is(const gnutls_x509_ava_st *ava, const char *oid)
{
    Str want = str_from_c(oid);
    Str has = { (const char *)ava->oid.data, ava->oid.size };
    /* some versions count the NUL */
    return str_eq(has, want) ||
           (has.len == want.len + 1 && str_eq(str_slice(has, 0, want.len), want));
}

bool subject_read(gnutls_x509_dn_t name, void **memory, Str *cn, StrList *organizations)
{
    size_t bytes = 0;
    size_t count = 0;
    gnutls_x509_ava_st ava;
    for (Walk w = { name, 0, 0 }; count < ATTRIBUTES_MAX && next(&w, &ava); count++) {
        bytes += ava.value.size;
    }
    Str *items = malloc(count * sizeof(Str) + bytes + 1);
    if (!items) {
        return false;
    }
    char *text = (char *)(items + count);
    *cn = STR_ABSENT;
    *organizations = (StrList){ items, 0 };
    size_t seen = 0;
    for (Walk w = { name, 0, 0 }; seen < count && next(&w, &ava); seen++) {
        bool is_cn = is(&ava, GNUTLS_OID_X520_COMMON_NAME);
        if (is_cn || is(&ava, GNUTLS_OID_X520_ORGANIZATION_NAME)) {
            memcpy(text, ava.value.data, ava.value.size);
            Str value = { text, ava.value.size };
            text += ava.value.size;
            if (is_cn) {
                *cn = value;
            } else {
                items[organizations->count++] = value;
            }
        }
    }
    *memory = items;
    return true;
}
