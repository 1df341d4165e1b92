/* SPDX-License-Identifier: Apache-2.0 */
/* What decoding and checking complain about, and guesses at what was meant. */
#include "kube/schema_walk.h"

enum {
    NAME_GUESSED_MAX = 48, /* longer names get no guess */
    DISTANCE_MAX = 2,
};

static void add_note(SchemaReport *r, SchemaNote note)
{
    if (r->count++ >= SCHEMA_NOTES_MAX) {
        return;
    }
    SchemaNote *n = new(r->arena, SchemaNote, 1);
    *n = note;
    if (r->last) {
        r->last->next = n;
    } else {
        r->first = n;
    }
    r->last = n;
}

bool schema_refuse(SchemaWalk *w, const Path *path, Str decoder, Str plain)
{
    if (w->is_check) {
        if (w->report->count < SCHEMA_NOTES_MAX) {
            add_note(w->report, (SchemaNote){ .kind = SCHEMA_NOTE_TYPE,
                                              .path = path_render(path, w->report->arena),
                                              .message = arena_str(w->report->arena, plain) });
        } else {
            w->report->count++;
        }
        return true;
    }
    Str at = path_render(path, w->arena);
    return err_set(w->err, w->arena, ERR_TYPE, "%.*s%s%.*s", STR_ARG(at), at.len ? ": " : "",
                   STR_ARG(decoder));
}

/* The first byte of the value in JSON. */
static char first_byte(const Value *in, Arena *a)
{
    switch ((ValueKind)in->kind) {
    case VALUE_NULL:
        return 'n';
    case VALUE_BOOL:
        return in->b ? 't' : 'f';
    case VALUE_STRING:
        return '"';
    case VALUE_ARRAY:
        return '[';
    case VALUE_OBJECT:
        return '{';
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_FLOAT:
        break;
    }
    Str text = schema_number_text(in, a);
    return text.len ? text.ptr[0] : '?';
}

bool schema_refuse_kind(SchemaWalk *w, const Path *path, const Value *in, const char *decoder,
                        const char *expected)
{
    if (w->is_check) {
        return schema_refuse(w, path, STR_ABSENT,
                             arena_printf(w->arena, "expected %s, found %.*s", expected,
                                          STR_ARG(value_kind_name(in))));
    }
    return schema_refuse(
        w, path, arena_printf(w->arena, "%s, but found %c", decoder, first_byte(in, w->arena)),
        STR_ABSENT);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Letters to put in, take out or replace to get from a to b, in any case; two neighbours swapped
 * count as one. Both up to NAME_GUESSED_MAX long. */
static int distance(Str a, Str b)
{
    int rows[3][NAME_GUESSED_MAX + 1];
    int *before = rows[0];
    int *last = rows[1];
    int *now = rows[2];
    for (size_t j = 0; j <= b.len; j++) {
        last[j] = (int)j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        now[0] = (int)i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = lower(a.ptr[i - 1]);
            char y = lower(b.ptr[j - 1]);
            int best = last[j - 1] + (x != y);
            best = last[j] + 1 < best ? last[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && x == lower(b.ptr[j - 2]) && y == lower(a.ptr[i - 2]) &&
                before[j - 2] + 1 < best) {
                best = before[j - 2] + 1;
            }
            now[j] = best;
        }
        int *unused = before;
        before = last;
        last = now;
        now = unused;
    }
    return last[b.len];
}

/* The field of t nearest to name; absent when none is near. Short names must be nearer. */
static Str guess(const SchemaType *t, Str name, const KubeTarget *target)
{
    Str best = STR_ABSENT;
    int best_distance = (name.len < 4 ? 1 : DISTANCE_MAX) + 1;
    const SchemaField *fields = schema_fields_of(t);
    for (unsigned i = 0; i < t->field_count && name.len <= NAME_GUESSED_MAX; i++) {
        Str other = schema_field_name(&fields[i]);
        if (!schema_field_is_in(&fields[i], target) || other.len > NAME_GUESSED_MAX ||
            other.len > name.len + DISTANCE_MAX || name.len > other.len + DISTANCE_MAX) {
            continue;
        }
        int d = distance(name, other);
        if (d < best_distance) {
            best = other;
            best_distance = d;
        }
    }
    return best;
}

void schema_note_unknown(SchemaWalk *w, const SchemaType *t, Str name, const Path *path)
{
    SchemaReport *r = w->report;
    if (r->count >= SCHEMA_NOTES_MAX) {
        r->count++;
        return;
    }
    SchemaNote note = { .kind = SCHEMA_NOTE_UNKNOWN, .path = path_render(path, r->arena) };
    const SchemaField *f = schema_field_any(t, name);
    if (f) {
        bool is_newer = w->target->minor < f->since;
        note.kind = is_newer ? SCHEMA_NOTE_NEWER : SCHEMA_NOTE_REMOVED;
        note.minor = is_newer ? f->since : f->until;
        note.message = arena_printf(r->arena, "unknown field: Kubernetes 1.%d %s", note.minor,
                                    is_newer ? "introduced it" : "removed it");
    } else {
        note.suggestion = guess(t, name, w->target);
        note.message = note.suggestion.ptr
                           ? arena_printf(r->arena, "unknown field, did you mean \"%.*s\"?",
                                          STR_ARG(note.suggestion))
                           : STR("unknown field");
    }
    add_note(r, note);
}
