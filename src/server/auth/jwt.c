/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Tokens. */
#include "server/auth/jwt.h"

#include "base/base64.h"
#include "doc/json.h"
#include "server/auth/tls.h"

#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    TOKEN_BYTES_MAX = 64 * 1024,
    NUMBER_BYTES = 32, /* of a coordinate of P-256, and of each half of a signature */
    GOOD_COUNT = 256,  /* remembered; a power of two */
};

struct JwtKey {
    gnutls_privkey_t private;
    gnutls_pubkey_t public;
    char id[48]; /* base64url of the SHA-256 of the public key */
    pthread_mutex_t lock;
    char *good[GOOD_COUNT]; /* tokens with a good signature, by hash */
    size_t good_len[GOOD_COUNT];
};

/* -- base64url without padding ----------------------------------------------------------------- */

static void url64_write(Str bytes, Buf *out)
{
    size_t start = out->len;
    base64_write(bytes, out);
    while (out->len > start && out->ptr[out->len - 1] == '=') {
        out->len--;
    }
    for (size_t i = start; i < out->len; i++) {
        char *c = &out->ptr[i];
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    }
}

static bool url64_read(Str text, Arena *a, Str *out)
{
    Buf plain = buf_new(a);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+' || c == '/' || c == '=' || c == '\n' || c == '\r') {
            return false;
        }
        buf_byte(&plain, (char)(c == '-' ? '+' : c == '_' ? '/' : c));
    }
    while (plain.len % 4) {
        buf_byte(&plain, '=');
    }
    Buf bytes = buf_new(a);
    if (!base64_read(buf_str(&plain), &bytes)) {
        return false;
    }
    *out = buf_str(&bytes);
    return true;
}

/* -- the key ----------------------------------------------------------------------------------- */

static bool set_id(JwtKey *key, Arena *a, Err *err)
{
    gnutls_datum_t der;
    char hash[32];
    if (!tls_ok(gnutls_pubkey_export2(key->public, GNUTLS_X509_FMT_DER, &der), "key", a, err)) {
        return false;
    }
    int status = gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, hash);
    gnutls_free(der.data);
    if (!tls_ok(status, "key", a, err)) {
        return false;
    }
    Buf text = buf_new(a);
    url64_write((Str){ hash, sizeof(hash) }, &text);
    memcpy(key->id, text.ptr, text.len);
    return true;
}

/* pem absent: a new one. */
static bool fill_key(JwtKey *key, Str pem, Arena *a, Err *err)
{
    gnutls_datum_t text = tls_datum(pem);
    if (!tls_ok(gnutls_privkey_init(&key->private), "key", a, err) ||
        !tls_ok(gnutls_pubkey_init(&key->public), "key", a, err)) {
        return false;
    }
    int status = pem.ptr
                     ? gnutls_privkey_import_x509_raw(key->private, &text, GNUTLS_X509_FMT_PEM,
                                                      NULL, 0)
                     : gnutls_privkey_generate(key->private, GNUTLS_PK_ECDSA,
                                               GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
    return tls_ok(status, "key", a, err) &&
           tls_ok(gnutls_pubkey_import_privkey(key->public, key->private, 0, 0), "key", a, err) &&
           set_id(key, a, err);
}

bool jwt_key_load(Str pem, Arena *a, JwtKey **out, Err *err)
{
    JwtKey *key = calloc(1, sizeof(*key));
    if (!key) {
        return err_set(err, a, ERR_LIMIT, "no memory");
    }
    pthread_mutex_init(&key->lock, NULL);
    if (!fill_key(key, pem, a, err)) {
        jwt_key_free(key);
        return err_context(err, a, "%s the key of service account tokens",
                           pem.ptr ? "reading" : "making");
    }
    *out = key;
    return true;
}

bool jwt_key_new(Arena *a, JwtKey **out, Err *err)
{
    return jwt_key_load(STR_ABSENT, a, out, err);
}

bool jwt_key_pem(const JwtKey *key, Arena *a, Str *out, Err *err)
{
    TLS_OWNED(gnutls_x509_privkey) plain = NULL;
    gnutls_datum_t text;
    if (!tls_ok(gnutls_privkey_export_x509(key->private, &plain), "key", a, err) ||
        !tls_ok(gnutls_x509_privkey_export2(plain, GNUTLS_X509_FMT_PEM, &text), "key", a, err)) {
        return false;
    }
    *out = tls_take(&text, a);
    return true;
}

void jwt_key_free(JwtKey *key)
{
    if (!key) {
        return;
    }
    if (key->private) {
        gnutls_privkey_deinit(key->private);
    }
    if (key->public) {
        gnutls_pubkey_deinit(key->public);
    }
    for (size_t i = 0; i < GOOD_COUNT; i++) {
        free(key->good[i]);
    }
    pthread_mutex_destroy(&key->lock);
    free(key);
}

Str jwt_key_id(const JwtKey *key)
{
    return str_from_c(key->id);
}

/* A number as so many bytes, whatever GnuTLS made of leading zeros. */
static bool fixed_size(const gnutls_datum_t *number, char *to)
{
    const unsigned char *from = number->data;
    size_t size = number->size;
    while (size > NUMBER_BYTES && *from == 0) {
        from++;
        size--;
    }
    if (size > NUMBER_BYTES) {
        return false;
    }
    memset(to, 0, NUMBER_BYTES - size);
    memcpy(to + NUMBER_BYTES - size, from, size);
    return true;
}

static Str coordinate(const gnutls_datum_t *number, Arena *a)
{
    char bytes[NUMBER_BYTES] = { 0 };
    Buf text = buf_new(a);
    if (fixed_size(number, bytes)) {
        url64_write((Str){ bytes, sizeof(bytes) }, &text);
    }
    return buf_str(&text);
}

Value jwt_key_public(const JwtKey *key, Arena *a)
{
    Value v = value_object();
    gnutls_datum_t x = { 0 };
    gnutls_datum_t y = { 0 };
    if (gnutls_pubkey_export_ecc_raw(key->public, NULL, &x, &y) == 0) {
        value_set_lit(&v, "use", value_str(STR("sig")), a);
        value_set_lit(&v, "kty", value_str(STR("EC")), a);
        value_set_lit(&v, "kid", value_str(jwt_key_id(key)), a);
        value_set_lit(&v, "crv", value_str(STR("P-256")), a);
        value_set_lit(&v, "alg", value_str(STR("ES256")), a);
        value_set_lit(&v, "x", value_str(coordinate(&x, a)), a);
        value_set_lit(&v, "y", value_str(coordinate(&y, a)), a);
        gnutls_free(x.data);
        gnutls_free(y.data);
    }
    return v;
}

/* -- signing ----------------------------------------------------------------------------------- */

/* The two numbers of a signature one after the other, as the token has them. */
static bool make_signature(const JwtKey *key, Str text, char *out)
{
    gnutls_datum_t data = tls_datum(text);
    gnutls_datum_t der;
    gnutls_datum_t r = { 0 };
    gnutls_datum_t s = { 0 };
    if (gnutls_privkey_sign_data2(key->private, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &der) != 0) {
        return false;
    }
    bool ok = gnutls_decode_rs_value(&der, &r, &s) == 0 && fixed_size(&r, out) &&
              fixed_size(&s, out + NUMBER_BYTES);
    gnutls_free(der.data);
    gnutls_free(r.data);
    gnutls_free(s.data);
    return ok;
}

Str jwt_sign(const JwtKey *key, const Value *claims, Arena *a)
{
    Buf payload = buf_new(a);
    json_write(claims, &payload);
    Str head = arena_printf(a, "{\"alg\":\"ES256\",\"kid\":\"%s\"}", key->id);
    Buf token = buf_new(a);
    url64_write(head, &token);
    buf_byte(&token, '.');
    url64_write(buf_str(&payload), &token);
    char signature[2 * NUMBER_BYTES];
    if (!make_signature(key, buf_str(&token), signature)) {
        return STR_ABSENT;
    }
    buf_byte(&token, '.');
    url64_write((Str){ signature, sizeof(signature) }, &token);
    return buf_str(&token);
}

/* -- reading and verifying --------------------------------------------------------------------- */

typedef struct Parts {
    Str head;
    Str payload;
    Str signed_text; /* head.payload */
    Str signature;
} Parts;

static bool split(Str token, Parts *out)
{
    Str rest;
    Str after;
    if (token.len > TOKEN_BYTES_MAX || !str_split_once(token, '.', &out->head, &rest) ||
        !str_split_once(rest, '.', &out->payload, &after) || str_index_byte(after, '.') >= 0) {
        return false;
    }
    out->signature = after;
    out->signed_text = str_slice(token, 0, token.len - after.len - 1);
    return true;
}

static bool read_object(Str text64, Arena *a, Value *out)
{
    Str json;
    Value v;
    if (!url64_read(text64, a, &json) || !json_read(STR("token"), json, NULL, a, &v, NULL) ||
        !value_is(&v, VALUE_OBJECT)) {
        return false;
    }
    *out = v;
    return true;
}

bool jwt_read(Str token, Arena *a, Value *claims)
{
    Parts parts;
    return split(token, &parts) && read_object(parts.payload, a, claims);
}

static bool is_remembered(JwtKey *key, Str token, size_t slot)
{
    pthread_mutex_lock(&key->lock);
    bool found = key->good[slot] && str_eq((Str){ key->good[slot], key->good_len[slot] }, token);
    pthread_mutex_unlock(&key->lock);
    return found;
}

static void remember(JwtKey *key, Str token, size_t slot)
{
    char *copy = malloc(token.len);
    if (!copy) {
        return; /* it is then verified again */
    }
    memcpy(copy, token.ptr, token.len);
    pthread_mutex_lock(&key->lock);
    char *old = key->good[slot];
    key->good[slot] = copy;
    key->good_len[slot] = token.len;
    pthread_mutex_unlock(&key->lock);
    free(old);
}

static bool verify_signature(const JwtKey *key, Str text, Str signature)
{
    gnutls_datum_t data = tls_datum(text);
    gnutls_datum_t r = tls_datum(str_slice(signature, 0, NUMBER_BYTES));
    gnutls_datum_t s = tls_datum(str_slice(signature, NUMBER_BYTES, signature.len));
    gnutls_datum_t der;
    if (gnutls_encode_rs_value(&der, &r, &s) != 0) {
        return false;
    }
    int status = gnutls_pubkey_verify_data2(key->public, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &der);
    gnutls_free(der.data);
    return status >= 0;
}

bool jwt_verify(JwtKey *key, Str token, Arena *a)
{
    size_t slot = (size_t)str_hash(token) & (GOOD_COUNT - 1);
    if (is_remembered(key, token, slot)) {
        return true;
    }
    Parts parts;
    Value head;
    Str signature;
    if (!split(token, &parts) || !read_object(parts.head, a, &head) ||
        !str_eq(value_get_str(&head, STR("alg")), STR("ES256")) ||
        !url64_read(parts.signature, a, &signature) || signature.len != 2 * NUMBER_BYTES ||
        !verify_signature(key, parts.signed_text, signature)) {
        return false;
    }
    remember(key, token, slot);
    return true;
}
