/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the log of an SQLite database: a header, then frames of a header and a page. Each frame
 * has the salt of the log that it belongs to and a checksum of all frames up to it. A frame that
 * ends a transaction says how many pages the database then has.
 *
 * Source: sqlite.org/fileformat2.html, "The Write-Ahead Log".
 */
#include "server/data/wal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAGIC = 0x377F0682, /* with 1 added: checksums of big-endian words */
    HEADER_BYTES = 32,
    FRAME_HEADER_BYTES = 24,
    PAGE_BYTES_MAX = 65536,
};

typedef struct WalSum {
    uint32_t first;
    uint32_t second;
} WalSum;

static uint32_t big(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint32_t little(const unsigned char *at)
{
    return (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
}

/* len is a multiple of 8. */
static void add(WalSum *sum, const unsigned char *at, size_t len, bool is_big)
{
    for (size_t i = 0; i < len; i += 8) {
        sum->first += (is_big ? big(at + i) : little(at + i)) + sum->second;
        sum->second += (is_big ? big(at + i + 4) : little(at + i + 4)) + sum->first;
    }
}

/* What ends transactions after the first frame that is not right, in the same log. */
static size_t ends_after_damage(FILE *f, const unsigned char *header, size_t page_bytes,
                                unsigned char *frame)
{
    bool is_big = big(header) & 1;
    bool is_right = true;
    size_t ends = 0;
    WalSum sum = { 0 };
    add(&sum, header, HEADER_BYTES - 8, is_big);
    while (fread(frame, FRAME_HEADER_BYTES + page_bytes, 1, f) == 1) {
        bool is_ours = memcmp(frame + 8, header + 16, 8) == 0; /* the salt */
        if (is_right) {
            add(&sum, frame, 8, is_big);
            add(&sum, frame + FRAME_HEADER_BYTES, page_bytes, is_big);
            is_right = is_ours && sum.first == big(frame + 16) && sum.second == big(frame + 20);
        }
        ends += !is_right && is_ours && big(frame + 4) != 0;
    }
    return ends;
}

/* 0 for a header that is not right: SQLite then takes nothing of the log. */
static size_t read_header(FILE *f, unsigned char *header)
{
    WalSum sum = { 0 };
    if (fread(header, HEADER_BYTES, 1, f) != 1 || (big(header) & ~1u) != MAGIC) {
        return 0;
    }
    add(&sum, header, HEADER_BYTES - 8, big(header) & 1);
    size_t page_bytes = big(header + 8);
    bool is_right = page_bytes >= 512 && page_bytes <= PAGE_BYTES_MAX &&
                    (page_bytes & (page_bytes - 1)) == 0 && sum.first == big(header + 24) &&
                    sum.second == big(header + 28);
    return is_right ? page_bytes : 0;
}

bool wal_is_whole(const char *path, Arena *a, Err *err)
{
    unsigned char header[HEADER_BYTES];
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return errno == ENOENT || err_set(err, a, ERR_IO, "%s: %s", path, strerror(errno));
    }
    size_t page_bytes = read_header(f, header);
    size_t ends = 0;
    if (page_bytes) {
        ArenaMark mark = arena_mark(a);
        ends = ends_after_damage(f, header, page_bytes,
                                 arena_alloc(a, FRAME_HEADER_BYTES + page_bytes));
        arena_rewind(a, mark);
    }
    /* the header is on the disk before any frame is written */
    bool has_frames = !page_bytes && fseek(f, 0, SEEK_END) == 0 &&
                      ftell(f) > HEADER_BYTES + FRAME_HEADER_BYTES;
    fclose(f);
    if (has_frames) {
        return err_set(err, a, ERR_IO,
                       "%s is damaged: it does not begin as a log does. It was left "
                       "as it is",
                       path);
    }
    return ends < 2 || err_set(err, a, ERR_IO,
                               "%s is damaged: %zu transactions after the damage would be lost. It "
                               "was left as it is",
                               path, ends);
}
