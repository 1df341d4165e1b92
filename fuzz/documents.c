/* SPDX-License-Identifier: Apache-2.0 */
/* JSON and YAML: any bytes are read or refused with a message, and what was read is read back equal
 * from the JSON and from the YAML written of it. */
#include "fuzz.h"

#include "doc/doc.h"
#include "doc/json.h"
#include "doc/yaml.h"

static void check(const Value *root, Arena *a)
{
    Err err;
    Value again;
    Buf json = buf_new(a);
    json_write(root, &json);
    HOLDS(json_read(STR("written.json"), buf_str(&json), NULL, a, &again, &err));
    HOLDS(value_equal(root, &again));
    Buf yaml = buf_new(a);
    yaml_write(root, &yaml);
    HOLDS(yaml_read(STR("written.yaml"), buf_str(&yaml), NULL, a, &again, &err));
    HOLDS(value_equal(root, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    DocList docs;
    Err err = { 0 };
    if (docs_read(STR("input"), str_from((const char *)data, size), NULL, &a, &docs, &err)) {
        for (size_t i = 0; i < docs.count; i++) {
            check(&docs.items[i].root, &a);
        }
    } else {
        HOLDS(err.code != ERR_NONE && err.msg.len > 0);
    }
    arena_done(&a);
    return 0;
}
