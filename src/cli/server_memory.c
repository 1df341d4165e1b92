/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that runs for months need not hold on to.
 *
 * Most of what an idle server has in memory are pages of libraries that were looked at once: while
 * they were linked and started. The kernel has them in its cache anyway, and brings back those that
 * are used.
 */
#include "cli/server_memory.h"

#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    ARENAS_MAX = 2,          /* of malloc(): decisions have memory of their own */
    MMAP_BYTES = 256 * 1024, /* from that size on memory goes back as soon as it is freed */
    TRIM_BYTES = 256 * 1024,
};

void server_memory_init(void)
{
    (void)mallopt(M_ARENA_MAX, ARENAS_MAX);
    /* Said, as otherwise both rise to the size of the largest block that was ever freed. */
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
}

/* Code that was changed where it lies would be lost. */
static bool has_changed_code(const struct dl_phdr_info *object)
{
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        if (header->p_type != PT_DYNAMIC) {
            continue;
        }
        for (const ElfW(Dyn) *d = (const void *)(object->dlpi_addr + header->p_vaddr);
             d->d_tag != DT_NULL; d++) {
            if (d->d_tag == DT_TEXTREL || (d->d_tag == DT_FLAGS && (d->d_un.d_val & DF_TEXTREL))) {
                return true;
            }
        }
    }
    return false;
}

/* Segments that nobody may write to are as they are in the file. */
static int let_go_of_code(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    uintptr_t page = *(const uintptr_t *)context;
    for (size_t i = 0; i < object->dlpi_phnum && !has_changed_code(object); i++) {
        const ElfW(Phdr) *header = &object->dlpi_phdr[i];
        uintptr_t from = object->dlpi_addr + header->p_vaddr;
        uintptr_t to = (from + header->p_filesz) & ~(page - 1);
        from &= ~(page - 1);
        if (header->p_type == PT_LOAD && !(header->p_flags & PF_W) && from < to) {
            (void)madvise((void *)from, to - from, MADV_DONTNEED);
        }
    }
    return 0;
}

void server_memory_settle(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)malloc_trim(0);
    (void)dl_iterate_phdr(let_go_of_code, &page);
}
