/* SPDX-License-Identifier: Apache-2.0 */
/* The headers of requests and responses. */
#include "server/http/http.h"

Str http_header(const HttpRequest *r, Str name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        if (str_eq_ignore_case(r->headers[i].name, name)) {
            return r->headers[i].value;
        }
    }
    return STR_ABSENT;
}

void http_response_header(HttpResponse *r, Str name, Str value)
{
    if (r->header_count < HTTP_RESPONSE_HEADERS_MAX) {
        r->headers[r->header_count++] = (HttpHeader){ name, value };
    }
}
