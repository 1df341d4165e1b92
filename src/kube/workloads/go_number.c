/* SPDX-License-Identifier: Apache-2.0 */
/* Go's complaints about numbers. */
#include "kube/workloads/go_number.h"

#include "base/buf.h"

Str go_int_error(const char *function, Str text, Arena *a)
{
    bool is_signed = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+');
    Str digits = str_drop(text, is_signed);
    bool is_number = digits.len > 0;
    for (size_t i = 0; i < digits.len; i++) {
        is_number &= digits.ptr[i] >= '0' && digits.ptr[i] <= '9';
    }
    Buf b = buf_new(a);
    buf_printf(&b, "%s: parsing ", function);
    buf_go_quoted(&b, text);
    buf_printf(&b, ": %s", is_number ? "value out of range" : "invalid syntax");
    return buf_str(&b);
}
