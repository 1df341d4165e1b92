/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate that the listener shows. It may be replaced while it serves: connections go on
 * with the one that they began with. The few that there have been are kept, as a handshake may be
 * using one.
 */
#include "server/http/server.h"

#include <stdlib.h>

enum { CHAIN_MAX = 16 };

struct HttpIdentity {
    HttpIdentity *before;
    gnutls_pcert_st chain[CHAIN_MAX];
    unsigned count;
    gnutls_privkey_t key;
};

void http_identities_free(HttpIdentity *i)
{
    while (i) {
        HttpIdentity *before = i->before;
        for (unsigned n = 0; n < i->count; n++) {
            gnutls_pcert_deinit(&i->chain[n]);
        }
        if (i->key) {
            gnutls_privkey_deinit(i->key);
        }
        free(i);
        i = before;
    }
}

static bool fits(const HttpIdentity *i, Arena *a, Err *err)
{
    gnutls_pubkey_t of_key;
    unsigned char cert_id[64], key_id[64];
    size_t cert_len = sizeof(cert_id), key_len = sizeof(key_id);
    int status = gnutls_pubkey_init(&of_key);
    if (status >= 0) {
        status = gnutls_pubkey_import_privkey(of_key, i->key, 0, 0);
        status = status >= 0 ? gnutls_pubkey_get_key_id(of_key, 0, key_id, &key_len) : status;
        gnutls_pubkey_deinit(of_key);
    }
    status = status >= 0 ? gnutls_pubkey_get_key_id(i->chain[0].pubkey, 0, cert_id, &cert_len)
                         : status;
    if (status < 0) {
        return err_set(err, a, ERR_IO, "the certificate's key: %s", gnutls_strerror(status));
    }
    return (cert_len == key_len && memcmp(cert_id, key_id, key_len) == 0) ||
           err_set(err, a, ERR_IO, "the key is not that of the certificate");
}

static bool read_pem(HttpIdentity *i, Str cert_pem, Str key_pem, Arena *a, Err *err)
{
    gnutls_datum_t cert = { (unsigned char *)(uintptr_t)cert_pem.ptr, (unsigned)cert_pem.len };
    gnutls_datum_t key = { (unsigned char *)(uintptr_t)key_pem.ptr, (unsigned)key_pem.len };
    unsigned count = CHAIN_MAX;
    int status = gnutls_pcert_list_import_x509_raw(i->chain, &count, &cert, GNUTLS_X509_FMT_PEM, 0);
    if (status < 0) {
        return err_set(err, a, ERR_IO, "the certificate: %s", gnutls_strerror(status));
    }
    i->count = count;
    status = gnutls_privkey_init(&i->key);
    status = status >= 0
                 ? gnutls_privkey_import_x509_raw(i->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0)
                 : status;
    if (status < 0) {
        return err_set(err, a, ERR_IO, "the certificate's key: %s", gnutls_strerror(status));
    }
    return fits(i, a, err);
}

HttpIdentity *http_identity_new(Str cert_pem, Str key_pem, Arena *a, Err *err)
{
    HttpIdentity *i = calloc(1, sizeof(*i));
    if (!i) {
        err_set(err, a, ERR_LIMIT, "no memory");
        return NULL;
    }
    if (!read_pem(i, cert_pem, key_pem, a, err)) {
        http_identities_free(i);
        return NULL;
    }
    return i;
}

bool http_server_set_certificate(HttpServer *s, Str cert_pem, Str key_pem, Arena *a, Err *err)
{
    HttpIdentity *made = http_identity_new(cert_pem, key_pem, a, err);
    if (!made) {
        return false;
    }
    made->before = s->identity;
    __atomic_store_n(&s->identity, made, __ATOMIC_RELEASE);
    return true;
}

int http_identity_choose(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                         gnutls_pcert_st **chain, unsigned *count, gnutls_ocsp_data_st **ocsp,
                         unsigned *ocsp_count, gnutls_privkey_t *key, unsigned *flags)
{
    (void)info;
    struct MHD_Connection *connection = gnutls_session_get_ptr(session);
    const union MHD_ConnectionInfo *of = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    const HttpPeer *peer = of ? of->socket_context : NULL;
    if (!peer) {
        return -1;
    }
    HttpIdentity *i = __atomic_load_n(&peer->server->identity, __ATOMIC_ACQUIRE);
    *chain = i->chain;
    *count = i->count;
    *ocsp = NULL;
    *ocsp_count = 0;
    *key = i->key;
    *flags = 0; /* they stay ours */
    return 0;
}
