/* SPDX-License-Identifier: Apache-2.0 */
/* The modes and exemptions in force, with what they have done. */
#include "server/webhook/regime.h"

#include "doc/doc.h"
#include "server/metrics/metrics.h"

#include <stdlib.h>

static Regime *of(const void *regime)
{
    return (Regime *)(uintptr_t)regime;
}

Regime *regime_read(Str name, Str text, Arena *a, Err *err)
{
    Regime *r = calloc(1, sizeof(*r));
    if (!r) {
        abort(); /* as an arena does when the system has no memory */
    }
    r->references = 1;
    arena_init(&r->arena, 0);
    DocList docs;
    Str kept = arena_str(&r->arena, text);
    bool ok = docs_read(arena_str(&r->arena, name), kept, NULL, &r->arena, &docs, err) &&
              (docs.count == 1 || err_set(err, a, ERR_TYPE, "%.*s: one document is needed, not %zu",
                                          STR_ARG(name), docs.count)) &&
              enforcement_read(&docs.items[0], &r->arena, &r->enforcement, err);
    if (!ok) {
        err->msg = arena_str(a, err->msg);
        regime_release(r);
        return NULL;
    }
    r->used = new(&r->arena, uint64_t, r->enforcement.exemption_count + 1);
    return r;
}

void regime_acquire(const void *regime)
{
    __atomic_add_fetch(&of(regime)->references, 1, __ATOMIC_RELAXED);
}

void regime_release(const void *regime)
{
    Regime *r = of(regime);
    if (__atomic_sub_fetch(&r->references, 1, __ATOMIC_ACQ_REL) == 0) {
        arena_done(&r->arena);
        free(r);
    }
}

void regime_count(const Regime *r, const EnforcementExemption *x)
{
    __atomic_add_fetch(&r->used[x - r->enforcement.exemptions], 1, __ATOMIC_RELAXED);
}

static uint64_t used(const Regime *r, size_t i)
{
    return __atomic_load_n(&r->used[i], __ATOMIC_RELAXED);
}

/* A label's value: quotes, backslashes and line breaks escaped. */
static void write_label(Str text, Buf *b)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\n') {
            buf_lit(b, "\\n");
            continue;
        }
        if (c == '"' || c == '\\') {
            buf_byte(b, '\\');
        }
        buf_byte(b, c);
    }
}

void regime_write_metrics(const Regime *r, Str today, Buf *b)
{
    const Enforcement *e = &r->enforcement;
    Str name = STR("podgate_exemption_used_total");
    metrics_write_head(name, "counter", "How often an exemption applied; 0: nobody needed it.", b);
    for (size_t i = 0; i < e->exemption_count; i++) {
        buf_printf(b, "%.*s{name=\"", STR_ARG(name));
        write_label(e->exemptions[i].name, b);
        buf_printf(b, "\"} %llu\n", (unsigned long long)used(r, i));
    }
    name = STR("podgate_exemption_expired");
    metrics_write_head(name, "gauge", "1: the exemption has ended.", b);
    for (size_t i = 0; i < e->exemption_count; i++) {
        buf_printf(b, "%.*s{name=\"", STR_ARG(name));
        write_label(e->exemptions[i].name, b);
        buf_printf(b, "\"} %d\n", enforcement_is_expired(&e->exemptions[i], today));
    }
}

void regime_write_idle(const Regime *r, Str today, bool since_start, Buf *b)
{
    const Enforcement *e = &r->enforcement;
    for (size_t i = 0; i < e->exemption_count; i++) {
        const EnforcementExemption *x = &e->exemptions[i];
        if (enforcement_is_expired(x, today)) {
            buf_printf(b, "exemption %.*s ended on %.*s: it applies no more\n", STR_ARG(x->name),
                       STR_ARG(x->expires));
        } else if (since_start && !used(r, i)) {
            buf_printf(b, "exemption %.*s was not needed since the start\n", STR_ARG(x->name));
        }
    }
}
