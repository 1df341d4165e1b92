/* SPDX-License-Identifier: Apache-2.0 */
/* A large dump, parsed and nothing else. */
#include "dump.h"

#include "doc/json.h"
#include "doc/json_scan.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Reads one item from a copy of its own; the time of reading alone. */
static double parse_item(Str item, Arena *a)
{
    Value v;
    Err err;
    char *copy = arena_alloc(a, item.len + JSON_PADDING);
    memcpy(copy, item.ptr, item.len);
    double from = now_ns();
    if (!json_read_insitu(STR("item"), copy, item.len, NULL, a, &v, &err)) {
        fprintf(stderr, "bench: %.*s\n", STR_ARG(err.msg));
        return 0;
    }
    double took = now_ns() - from;
    arena_reset(a);
    return took;
}

int dump_parse(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &st) != 0) {
        perror(path);
        return 2;
    }
    char *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        perror(path);
        return 2;
    }
    Arena a;
    arena_init(&a, 0);
    Str text = str_from(map, (size_t)st.st_size);
    double ns = 0;
    size_t at = (size_t)str_index(text, STR("[")) + 1;
    for (;;) {
        at = json_scan_space(text, at);
        if (at >= text.len || text.ptr[at] == ']') {
            break;
        }
        size_t end = json_scan_value(text, at);
        ns += parse_item(str_slice(text, at, end), &a);
        at = json_scan_space(text, end) + 1; /* the comma */
        if (text.ptr[at - 1] == ']') {
            break;
        }
    }
    arena_done(&a);
    printf("%.0f %zu\n", ns, text.len);
    munmap(map, (size_t)st.st_size);
    close(fd);
    return 0;
}
