/* SPDX-License-Identifier: Apache-2.0 */
/* Filling in an Err. */
#include "base/err.h"

bool err_set(Err *err, Arena *a, ErrCode code, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->msg = arena_vprintf(a, format, args);
        va_end(args);
        err->code = code;
    }
    return false;
}

bool err_context(Err *err, Arena *a, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        Str context = arena_vprintf(a, format, args);
        va_end(args);
        err->msg = arena_printf(a, "%.*s: %.*s", STR_ARG(context), STR_ARG(err->msg));
    }
    return false;
}
