/* SPDX-License-Identifier: Apache-2.0 */
/* What an update may not change. */
#include "kube/core/changed.h"

#include "kube/pod/spec_diff.h"

void core_check_unchanged(const Value *now, const Value *before, const char *type, Path path,
                          Str why, FieldErrors *errs)
{
    (void)type;
    Buf changed = buf_new(errs->arena);
    if (spec_diff_is_same(now, before, &path, &changed)) {
        return;
    }
    Str paths = buf_str(&changed);
    field_forbidden(errs, path,
                    arena_printf(errs->arena, "%.*s%.*s", STR_ARG(why), STR_ARG(paths)));
}

void core_check_same_pointer(const Value *now, const Value *before, Str member, FieldErrors *errs)
{
    Str text = value_get_str(now, member);
    Str old = value_get_str(before, member);
    Path path = path_child_str(NULL, member);
    if (text.ptr && (!old.ptr || !str_eq(text, old))) {
        field_invalid_str(errs, path, text, CORE_IMMUTABLE);
    } else if (!text.ptr && old.ptr) {
        field_invalid_null(errs, path, CORE_IMMUTABLE);
    }
}
