/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the audit log: nothing of this costs anything when there is none. */
#include "server/apiserver/private.h"

#include "doc/json.h"

void apiserver_audit_begin(ApiServer *s, ApiRequest *request, AuditRecord *r)
{
    *r = (AuditRecord){ 0 };
    if (s->options.audit) {
        apiserver_now(s, &r->received, &r->received_micros);
        r->request = request;
        request->keep_sent = audit_keeps_body(request);
    }
}

static void write_event(ApiServer *s, const Value *event, Arena *a)
{
    Buf b = buf_new(a);
    json_write_html_safe(event, &b);
    buf_byte(&b, '\n');
    s->options.audit(s->options.audit_context, buf_str(&b));
}

static Str new_id(ApiServer *s, Arena *a)
{
    uint64_t high = apiserver_seed(s), low = apiserver_seed(s);
    high = (high & ~0xF000ull) | 0x4000; /* version 4 */
    low = (low & ~(3ull << 62)) | 2ull << 62;
    return arena_printf(a, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
                        (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFFF),
                        (unsigned)(low >> 48), (unsigned long long)(low & 0xFFFFFFFFFFFFull));
}

void apiserver_audit_end(ApiServer *s, AuditRecord *r, HttpResponse *out)
{
    if (s->options.audit == NULL) {
        return;
    }
    Arena a; /* the request's has a ceiling, and what was written must be told */
    arena_init(&a, 0);
    apiserver_now(s, &r->answered, &r->answered_micros);
    r->id = new_id(s, &a);
    Value event = audit_event(r, &a);
    write_event(s, &event, &a);
    if (out && r->response && r->response->watch) {
        apiserver_watch_audit(out, &event);
    }
    arena_done(&a);
}

void apiserver_audit_watch_end(ApiServer *s, const Value *kept)
{
    Arena a;
    int64_t now;
    int32_t micros;
    arena_init(&a, 0);
    apiserver_now(s, &now, &micros);
    Value event = value_copy(kept, &a);
    audit_event_end(&event, now, micros, &a);
    write_event(s, &event, &a);
    arena_done(&a);
}
