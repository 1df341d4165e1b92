/* SPDX-License-Identifier: Apache-2.0 */
/* What the psa commands share. */
#include "cli/psa.h"

static bool is_subject(const Value *object, KubeKind *kind)
{
    return kube_kind_find(value_get_str(object, STR("apiVersion")),
                          value_get_str(object, STR("kind")), kind) &&
           workload_is(kind->group, kind->kind);
}

static bool read_subject(const Cli *cli, const FileObject *source, bool as_given, PsaSubject *s)
{
    Arena *a = cli->arena;
    const Value *meta = value_get_lit(source->object, "metadata");
    Err err;
    s->source = source;
    s->namespace = value_get_str(meta, STR("namespace"));
    s->name = value_get_str(meta, STR("name"));
    if (!s->name.len) {
        s->name = value_get_str(meta, STR("generateName"));
    }
    if (!workload_read(source->object, a, &s->workload, &err) ||
        !pod_view_read(&s->workload.pod, a, &s->pod, &err)) {
        cli_error(cli, "%.*s: %.*s", STR_ARG(object_origin_text(&source->origin, a)),
                  STR_ARG(err.msg));
        return false;
    }
    if (!as_given) {
        psa_apply_defaults(&s->pod, a);
    }
    return true;
}

bool psa_subjects_read(const Cli *cli, const FileObjects *objects, bool as_given, PsaSubjects *out)
{
    *out = (PsaSubjects){ new(cli->arena, PsaSubject, objects->count), 0 };
    bool ok = true;
    for (size_t i = 0; i < objects->count; i++) {
        PsaSubject *s = &out->items[out->count];
        if (is_subject(objects->items[i].object, &s->kind)) {
            ok = read_subject(cli, &objects->items[i], as_given, s) && ok;
            out->count++;
        }
    }
    return ok;
}

Str psa_subject_text(const PsaSubject *s, Arena *a)
{
    return kube_object_text(&s->kind, s->name.len ? s->name : STR("<no name>"), a);
}

Str psa_subject_path(const PsaSubject *s, Str field, Arena *a)
{
    Str template = s->workload.template_path;
    return template.len ? arena_printf(a, "%.*s.%.*s", STR_ARG(template), STR_ARG(field)) : field;
}

Str psa_count_text(size_t count, const char *what, Arena *a)
{
    return arena_printf(a, "%zu %s%s", count, what, count == 1 ? "" : "s");
}
