/* SPDX-License-Identifier: Apache-2.0 */
/* Large answers are compressed for clients that take gzip, as the API server does. */
#include "server/apiserver/private.h"

#include <zlib.h>

bool apiserver_takes_gzip(Str accept_encoding)
{
    Str rest = accept_encoding, coding;
    while (rest.ptr && str_next_piece(&rest, ',', &coding)) {
        Str name, parameters;
        (void)str_split_once(coding, ';', &name, &parameters);
        if (str_eq(str_trim(name), STR("gzip"))) {
            return true;
        }
    }
    return false;
}

static bool gzip(Str in, Arena *a, Str *out)
{
    z_stream z = { 0 };
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    /* the memory comes from the arena before zlib holds anything that a full arena would lose */
    size_t room = deflateBound(&z, in.len);
    deflateEnd(&z);
    char *to = arena_alloc(a, room);
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    z.next_in = (Bytef *)(uintptr_t)in.ptr;
    z.avail_in = (uInt)in.len;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    *out = str_from(to, z.total_out);
    deflateEnd(&z);
    return done;
}

void apiserver_compress(Arena *a, HttpResponse *out)
{
    Str compressed;
    if (out->body.len > COMPRESSED_BYTES_MIN && gzip(out->body, a, &compressed)) {
        out->body = compressed;
        http_response_header(out, STR("Content-Encoding"), STR("gzip"));
        http_response_header(out, STR("Vary"), STR("Accept-Encoding"));
    }
}
