/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as they come: any bytes are read or refused with a message, wherever the pieces are cut
 * (the first byte says how large they are), and what is read is what reading at once finds. */
#include "fuzz.h"

#include "cluster/stream.h"

typedef struct Expected {
    FileObjects objects;
    bool *is_seen;
    size_t seen;
    bool is_known; /* reading at once found something */
    bool is_other; /* something else has come */
} Expected;

/* Items that do not say what they are may come later than they stand. */
static bool find(Expected *e, const FileObject *object)
{
    for (size_t i = 0; i < e->objects.count; i++) {
        const FileObject *other = &e->objects.items[i];
        if (!e->is_seen[i] && str_eq(object->path, other->path) &&
            object->origin.item.set == other->origin.item.set &&
            value_equal(object->object, other->object)) {
            return e->is_seen[i] = true;
        }
    }
    return false;
}

static void take(void *context, const FileObject *object, bool stays)
{
    Expected *e = context;
    HOLDS(!stays && !object->doc);
    e->is_other |= e->is_known && !find(e, object);
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
    expected.is_seen = new(&a, bool, expected.objects.count + 1);
    err = (Err){ 0 };
    if (stream_read_text(STR("input"), text, &options, take, &expected, &a, &err)) {
        HOLDS(!expected.is_known || expected.seen == expected.objects.count);
        HOLDS(!expected.is_other);
    } else {
        HOLDS(err.code != ERR_NONE && err.msg.len > 0);
    }
    arena_done(&a);
    return 0;
}
