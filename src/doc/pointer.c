/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Pointer. */
#include "doc/pointer.h"

/* False when a ~ stands for nothing. */
static bool unescape(Str escaped, Arena *a, Str *out)
{
    if (str_index_byte(escaped, '~') < 0) {
        *out = escaped;
        return true;
    }
    Buf b = buf_new(a);
    for (size_t i = 0; i < escaped.len; i++) {
        if (escaped.ptr[i] != '~') {
            buf_byte(&b, escaped.ptr[i]);
            continue;
        }
        i++;
        if (i == escaped.len || (escaped.ptr[i] != '0' && escaped.ptr[i] != '1')) {
            return false;
        }
        buf_byte(&b, escaped.ptr[i] == '0' ? '~' : '/');
    }
    *out = buf_str(&b);
    return true;
}

bool pointer_next(Str *rest, Arena *a, Str *name)
{
    if (rest->len == 0 || rest->ptr[0] != '/') {
        return false;
    }
    Str after = str_drop(*rest, 1);
    ptrdiff_t slash = str_index_byte(after, '/');
    size_t len = slash < 0 ? after.len : (size_t)slash;
    if (!unescape(str_slice(after, 0, len), a, name)) {
        return false;
    }
    *rest = str_drop(after, len);
    return true;
}

bool pointer_is_valid(Str pointer)
{
    if (pointer.len && pointer.ptr[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < pointer.len; i++) {
        if (pointer.ptr[i] == '~' &&
            (i + 1 == pointer.len || (pointer.ptr[i + 1] != '0' && pointer.ptr[i + 1] != '1'))) {
            return false;
        }
    }
    return true;
}

bool pointer_index(Str name, size_t *index)
{
    enum { DIGITS_MAX = 10 };
    if (name.len == 0 || name.len > DIGITS_MAX || (name.len > 1 && name.ptr[0] == '0')) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] < '0' || name.ptr[i] > '9') {
            return false;
        }
        n = n * 10 + (size_t)(name.ptr[i] - '0');
    }
    *index = n;
    return true;
}

Value *pointer_get(const Value *root, Str pointer, Arena *a)
{
    Value *at = (Value *)(uintptr_t)root; /* the caller's const is its own */
    Str name;
    while (at && pointer_next(&pointer, a, &name)) {
        size_t index;
        if (at->kind == VALUE_OBJECT) {
            at = value_get(at, name);
        } else {
            at = pointer_index(name, &index) ? value_item(at, index) : NULL;
        }
    }
    return pointer.len == 0 ? at : NULL;
}

void pointer_append(Buf *b, Str name)
{
    buf_byte(b, '/');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '~') {
            buf_lit(b, "~0");
        } else if (name.ptr[i] == '/') {
            buf_lit(b, "~1");
        } else {
            buf_byte(b, name.ptr[i]);
        }
    }
}

void pointer_append_index(Buf *b, size_t index)
{
    buf_byte(b, '/');
    buf_int(b, (int64_t)index);
}
