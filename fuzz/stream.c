/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as they come: any bytes are read or refused with a message, wherever the pieces are cut
 * (the first byte says how large they are), and what is read is what reading at once finds. */
#include "fuzz.h"

#include "cluster/stream.h"

typedef struct Expected {
    FileObjects objects;
    size_t seen;
    bool is_known; /* reading at once found something */
} Expected;

static void take(void *context, const FileObject *object, bool stays)
{
    Expected *e = context;
    HOLDS(!stays && !object->doc);
    if (e->is_known) {
        HOLDS(e->seen < e->objects.count);
        const FileObject *other = &e->objects.items[e->seen];
        HOLDS(value_equal(object->object, other->object));
        HOLDS(str_eq(object->path, other->path));
        HOLDS(object->origin.item.set == other->origin.item.set);
    }
    e->seen++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    Arena a;
    arena_init(&a, 0);
    Err err = { 0 };
    Str text = str_from((const char *)data + 1, size - 1);
    StreamOptions options = { .window = (size_t)data[0] + 1 };
    Expected expected = { 0 };
    expected.is_known = files_read_text(STR("input"), text, NULL, &a, &expected.objects, &err);
    err = (Err){ 0 };
    if (stream_read_text(STR("input"), text, &options, take, &expected, &a, &err)) {
        HOLDS(!expected.is_known || expected.seen == expected.objects.count);
    } else {
        HOLDS(err.code != ERR_NONE && err.msg.len > 0);
    }
    arena_done(&a);
    return 0;
}
