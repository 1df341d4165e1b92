/* SPDX-License-Identifier: Apache-2.0 */
/* Under which name a client writes. */
#include "kube/managed/managed.h"

enum { MANAGER_BYTES_MAX = 128 };

Str managed_manager_name(Str field_manager, Str user_agent, Arena *a)
{
    if (field_manager.len) {
        return field_manager;
    }
    Str rest;
    str_split_once(user_agent, '/', &user_agent, &rest);
    char *name = arena_alloc(a, MANAGER_BYTES_MAX + 1);
    size_t len = 0;
    for (size_t at = 0; at < user_agent.len;) {
        uint32_t code = 0xFFFD; /* what Go makes of bytes that are no UTF-8 */
        size_t bytes = str_rune_at(user_agent, at, &code);
        Str rune = bytes ? str_slice(user_agent, at, at + bytes) : STR("\xEF\xBF\xBD");
        at += bytes ? bytes : 1;
        if (!rune_is_printable(bytes ? code : 0xFFFD)) {
            continue;
        }
        if (len + rune.len > MANAGER_BYTES_MAX) {
            break;
        }
        memcpy(name + len, rune.ptr, rune.len);
        len += rune.len;
    }
    return str_from(name, len);
}
