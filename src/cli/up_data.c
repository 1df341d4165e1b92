/* SPDX-License-Identifier: Apache-2.0 */
/* --data: opening the directory, and what is kept there beside the objects. */
#include "cli/up.h"

#include "server/data/data.h"

/* What a cluster needs to be the same one after a restart, by the keys under which it is kept. */
static const char key_ca_cert[] = "ca.crt";
static const char key_ca_key[] = "ca.key";
static const char key_tokens[] = "tokens.key";
static const char key_listen[] = "listen";
static const char key_minor[] = "kubernetes-minor";
static const char key_ready[] = "ready"; /* all that a new cluster has is in it */

bool up_data_open(const UpArgs *args, Arena *a, UpData *out, Err *err)
{
    *out = (UpData){ 0 };
    if (!args->data.ptr) {
        return true;
    }
    if (!data_open(args->data, a, &out->data, err)) {
        return false;
    }
    int64_t minor = 0;
    out->is_old = data_get(out->data, key_ready, a).ptr != NULL;
    out->keys = (UpKeys){ data_get(out->data, key_ca_cert, a), data_get(out->data, key_ca_key, a),
                          data_get(out->data, key_tokens, a) };
    out->listen = data_get(out->data, key_listen, a);
    if (str_to_int64(data_get(out->data, key_minor, a), &minor)) {
        out->minor = (int)minor;
    }
    if (out->is_old && !(out->keys.ca_cert.ptr && out->keys.ca_key.ptr && out->keys.token_key.ptr)) {
        return err_set(err, a, ERR_IO, "%.*s/podgate.db is damaged: its keys are not in it",
                       STR_ARG(args->data));
    }
    return true;
}

bool up_data_keep_keys(UpData *d, Arena *a, Err *err)
{
    return !d->data || (data_set(d->data, key_ca_cert, d->keys.ca_cert, a, err) &&
                        data_set(d->data, key_ca_key, d->keys.ca_key, a, err) &&
                        data_set(d->data, key_tokens, d->keys.token_key, a, err));
}

bool up_data_ready(UpData *d, Str listen, int minor, Arena *a, Err *err)
{
    return !d->data || (data_set(d->data, key_listen, listen, a, err) &&
                        data_set(d->data, key_minor, arena_printf(a, "%d", minor), a, err) &&
                        data_set(d->data, key_ready, STR("true"), a, err));
}
