/* SPDX-License-Identifier: Apache-2.0 */
/* Who a kubeconfig says that one is, as the API server would take it. */
#include "cli/source.h"

#include "decide/rbac/impersonate.h"
#include "server/auth/jwt.h"
#include "server/auth/subject.h"

#include <stdlib.h>

static StrList copy_list(StrList list, Arena *a)
{
    Str *items = new(a, Str, list.count + 1);
    for (size_t i = 0; i < list.count; i++) {
        items[i] = arena_str(a, list.items[i]);
    }
    return (StrList){ items, list.count };
}

/* CN is the user, each O a group. */
static bool read_certificate(Str pem, Arena *a, UserInfo *out)
{
    gnutls_x509_crt_t crt;
    gnutls_x509_dn_t name;
    gnutls_datum_t datum = { (unsigned char *)(uintptr_t)pem.ptr, (unsigned)pem.len };
    if (gnutls_x509_crt_init(&crt) != 0) {
        return false;
    }
    void *memory = NULL;
    Str cn = STR_ABSENT;
    StrList organizations = { NULL, 0 };
    bool ok = gnutls_x509_crt_import(crt, &datum, GNUTLS_X509_FMT_PEM) == 0 &&
              gnutls_x509_crt_get_subject(crt, &name) == 0 &&
              subject_read(name, &memory, &cn, &organizations) && cn.len;
    if (ok) {
        *out = rbac_impersonated_user(arena_str(a, cn), copy_list(organizations, a), a);
    }
    free(memory);
    gnutls_x509_crt_deinit(crt);
    return ok;
}

/* A token that is a service account's says whose it is; others only the server knows. */
static bool read_token(Str token, Arena *a, UserInfo *out)
{
    Value claims;
    Str user = jwt_read(str_trim(token), a, &claims) ? value_get_str(&claims, STR("sub"))
                                                     : STR_ABSENT;
    if (!str_starts_with(user, STR("system:serviceaccount:"))) {
        return false;
    }
    *out = rbac_impersonated_user(user, (StrList){ NULL, 0 }, a);
    return true;
}

static bool read_bytes(const KubeconfigBytes *bytes, Arena *a, Str *out)
{
    Err err;
    *out = bytes->data;
    return bytes->data.len || (bytes->file.len && file_read_text(bytes->file, NULL, a, out, &err));
}

bool source_self(const Cli *cli, const SourceArgs *args, UserInfo *out)
{
    Arena *a = cli->arena;
    KubeconfigAccess access;
    if (!live_access(cli, &args->live, &access)) {
        return false;
    }
    KubeconfigBytes token = { access.token, access.token_file };
    Str text;
    if (access.as.len) {
        *out = rbac_impersonated_user(access.as, access.as_groups, a);
        return true;
    }
    if ((read_bytes(&access.cert, a, &text) && read_certificate(text, a, out)) ||
        (read_bytes(&token, a, &text) && read_token(text, a, out))) {
        return true;
    }
    cli_usage(cli, "the kubeconfig does not say who one is there: --as USER and --as-group GROUP "
                   "do");
    return false;
}
