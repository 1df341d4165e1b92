/* SPDX-License-Identifier: Apache-2.0 */
/* --data: opening the directory, and what is kept there beside the objects. */
#include "cli/up.h"

#include "cli/snapshots.h"
#include "server/apiserver/clock.h"
#include "server/data/data.h"

/* What a cluster needs to be the same one after a restart, by the keys under which it is kept. */
static const char key_ca_cert[] = "ca.crt";
static const char key_ca_key[] = "ca.key";
static const char key_tokens[] = "tokens.key";
static const char key_listen[] = "listen";
static const char key_minor[] = "kubernetes-minor";
static const char key_clock[] = APISERVER_DATA_CLOCK;
static const char key_ready[] = "ready"; /* all that a new cluster has is in it */

static bool read_directory(const UpArgs *args, Arena *a, UpData *out, Err *err)
{
    int64_t minor = 0;
    if (!data_open(args->data, a, &out->data, err)) {
        return false;
    }
    out->is_old = data_get(out->data, key_ready, a).ptr != NULL;
    out->keys = (UpKeys){ data_get(out->data, key_ca_cert, a), data_get(out->data, key_ca_key, a),
                          data_get(out->data, key_tokens, a) };
    out->listen = data_get(out->data, key_listen, a);
    if (str_to_int64(data_get(out->data, key_minor, a), &minor)) {
        out->minor = (int)minor;
    }
    if (!str_to_int64(data_get(out->data, key_clock, a), &out->clock_offset)) {
        out->clock_offset = 0;
    }
    const UpKeys *k = &out->keys;
    return !out->is_old || (k->ca_cert.ptr && k->ca_key.ptr && k->token_key.ptr) ||
           err_set(err, a, ERR_IO, "%.*s/podgate.db is damaged: its keys are not in it",
                   STR_ARG(args->data));
}

static bool read_snapshot(const UpArgs *args, Arena *a, UpData *out, Err *err)
{
    SavedInfo info;
    if (out->is_old) {
        return err_set(err, a, ERR_CONFLICT,
                       "%.*s holds a cluster already: --from is for a new one",
                       STR_ARG(args->data));
    }
    if (!snapshots_path(args->from, a, &out->from, err) || !saved_info(out->from, a, &info, err)) {
        return false;
    }
    const SavedHead *head = &info.head;
    bool has_ca = head->ca_cert.ptr && head->ca_key.ptr;
    out->keys = (UpKeys){ has_ca ? head->ca_cert : STR_ABSENT, has_ca ? head->ca_key : STR_ABSENT,
                          head->token_key };
    out->minor = head->minor;
    out->clock_offset = head->clock_offset;
    return true;
}

bool up_data_open(const UpArgs *args, Arena *a, UpData *out, Err *err)
{
    *out = (UpData){ 0 };
    return (!args->data.ptr || read_directory(args, a, out, err)) &&
           (!args->from.ptr || read_snapshot(args, a, out, err));
}

bool up_data_keep_keys(UpData *d, Arena *a, Err *err)
{
    return !d->data || (data_set(d->data, key_ca_cert, d->keys.ca_cert, a, err) &&
                        data_set(d->data, key_ca_key, d->keys.ca_key, a, err) &&
                        data_set(d->data, key_tokens, d->keys.token_key, a, err));
}

bool up_data_ready(UpData *d, Str listen, int minor, int64_t clock_offset, Arena *a, Err *err)
{
    Str offset = arena_printf(a, "%lld", (long long)clock_offset);
    return !d->data || (data_set(d->data, key_listen, listen, a, err) &&
                        data_set(d->data, key_minor, arena_printf(a, "%d", minor), a, err) &&
                        data_set(d->data, key_clock, offset, a, err) &&
                        data_set(d->data, key_ready, STR("true"), a, err));
}
