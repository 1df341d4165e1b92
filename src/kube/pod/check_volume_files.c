/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of volumes whose files come out of API objects: secrets, config maps, the downward
 * API, and projections of them. */
#include "kube/pod/check_volumes.h"

static void check_key_to_path(PodCheck *c, const Value *item, const Path *path)
{
    check_required(c, item, STR("key"), path);
    check_required(c, item, STR("path"), path);
    check_non_reserved_path(c, str_of(item, "path"), path_child(path, "path"));
    check_file_mode(c, item, STR("mode"), path);
}

void volume_check_files(VolumeCheck *v, const Value *source, const Path *path)
{
    check_file_mode(v->check, source, STR("defaultMode"), path);
    Path list = path_child(path, "items");
    size_t i = 0;
    VALUE_EACH_ITEM(item, value_get_lit(source, "items")) {
        Path item_path = path_index(&list, i++);
        check_key_to_path(v->check, item, &item_path);
    }
}

static void check_downward_file(PodCheck *c, const Value *file, const Path *path)
{
    static const Str fields[] = { STR_INIT("metadata.annotations"), STR_INIT("metadata.labels"),
                                  STR_INIT("metadata.name"), STR_INIT("metadata.namespace"),
                                  STR_INIT("metadata.uid") };
    check_required(c, file, STR("path"), path);
    check_non_reserved_path(c, str_of(file, "path"), path_child(path, "path"));
    const Value *field = object_of(file, "fieldRef");
    const Value *resource = object_of(file, "resourceFieldRef");
    if (field) {
        Path field_path = path_child(path, "fieldRef");
        check_field_ref(c, field, CHECK_LIST(fields), &field_path);
        if (resource) {
            field_invalid_str(
                c->errs, *path, STR("resource"),
                STR("fieldRef and resourceFieldRef can not be specified simultaneously"));
        }
    } else if (resource) {
        Path resource_path = path_child(path, "resourceFieldRef");
        check_resource_field_ref(c, resource, true, &resource_path);
    } else {
        field_required(c->errs, *path, STR("one of fieldRef and resourceFieldRef is required"));
    }
    check_file_mode(c, file, STR("mode"), path);
}

void volume_check_downward_api(VolumeCheck *v, const Value *source, const Path *path)
{
    check_file_mode(v->check, source, STR("defaultMode"), path);
    VALUE_EACH_ITEM(file, value_get_lit(source, "items")) {
        check_downward_file(v->check, file, path); /* files have no path of their own */
    }
}

/* -- projections ------------------------------------------------------------------------------- */

typedef struct Projection {
    PodCheck *check;
    const Path *path; /* of the volume's projected */
    Map files;        /* by path, over all sources */
} Projection;

static void claim_file(Projection *p, Str file, Str bad_value)
{
    if (!file.len) {
        return;
    }
    if (map_has(&p->files, file)) {
        field_invalid_str(p->check->errs, *p->path, bad_value, STR("conflicting duplicate paths"));
    }
    map_set(&p->files, file, p);
}

/* A secret or a config map. */
static void check_object_projection(Projection *p, const Value *source, const Path *path)
{
    check_required(p->check, source, STR("name"), path);
    Path list = path_child(path, "items");
    size_t i = 0;
    VALUE_EACH_ITEM(item, value_get_lit(source, "items")) {
        Path item_path = path_index(&list, i++);
        check_key_to_path(p->check, item, &item_path);
        claim_file(p, str_of(item, "path"), str_of(source, "name"));
    }
}

static void check_downward_projection(Projection *p, const Value *source, const Path *path)
{
    VALUE_EACH_ITEM(file, value_get_lit(source, "items")) {
        check_downward_file(p->check, file, path);
        claim_file(p, str_of(file, "path"), str_of(file, "path"));
    }
}

static void check_token_projection(Projection *p, const Value *source, const Path *path)
{
    enum { SECONDS_MIN = 10 * 60 };
    static const int64_t seconds_max = INT64_C(1) << 32;
    FieldErrors *errs = p->check->errs;
    int64_t seconds = int_of(source, "expirationSeconds");
    Path seconds_path = path_child(path, "expirationSeconds");
    if (seconds < SECONDS_MIN) {
        field_invalid_int(errs, seconds_path, seconds,
                          STR("may not specify a duration less than 10 minutes"));
    }
    if (seconds > seconds_max) {
        field_invalid_int(errs, seconds_path, seconds,
                          STR("may not specify a duration larger than 2^32 seconds"));
    }
    check_required(p->check, source, STR("path"), p->path);
}

void volume_check_projected(VolumeCheck *v, const Value *source, const Path *path)
{
    static const struct {
        Str member;
        void (*check)(Projection *p, const Value *source, const Path *path);
    } kinds[] = {
        { STR_INIT("secret"), check_object_projection },
        { STR_INIT("configMap"), check_object_projection },
        { STR_INIT("downwardAPI"), check_downward_projection },
        { STR_INIT("serviceAccountToken"), check_token_projection },
    };
    PodCheck *c = v->check;
    check_file_mode(c, source, STR("defaultMode"), path);
    Projection p = { .check = c, .path = path, .files = map_new(check_arena(c)) };
    Path list = path_child(path, "sources");
    size_t i = 0;
    VALUE_EACH_ITEM(projection, value_get_lit(source, "sources")) {
        Path item = path_index(&list, i++);
        size_t found = 0;
        for (size_t k = 0; k < COUNT_OF(kinds); k++) {
            const Value *kind = check_object(projection, kinds[k].member);
            if (kind) {
                Path kind_path = path_child_str(&item, kinds[k].member);
                kinds[k].check(&p, kind, &kind_path);
                found++;
            }
        }
        if (found > 1) {
            field_forbidden(c->errs, item, STR("may not specify more than 1 volume type"));
        }
    }
}
