/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that the kinds of this folder share. */
#include "kube/meta.h"
#include "kube/selector.h"
#include "kube/workloads/parts.h"

#define NOT_NEGATIVE STR("must be greater than or equal to 0")

void part_check_metadata(const Value *object, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(object, "metadata");
    Path path = path_root("metadata");
    meta_validate(metadata, true, name_check_dns1123_subdomain, &path, errs);
    meta_validate_finalizers(metadata, &path, errs);
}

void part_check_metadata_update(const Value *object, const Value *old, FieldErrors *errs)
{
    const Value *metadata = value_get_lit(object, "metadata");
    Path path = path_root("metadata");
    meta_validate_update(metadata, value_get_lit(old, "metadata"), &path, errs);
    meta_validate_finalizers(metadata, &path, errs);
}

void part_check_not_negative(FieldErrors *errs, const Value *object, Str member, const Path *path)
{
    int64_t n = value_get_int(object, member).value;
    if (n < 0) {
        field_invalid_int(errs, path_child_str(path, member), n, NOT_NEGATIVE);
    }
}

void part_check_counts(FieldErrors *errs, const Value *object, const Path *path, const Str *members,
                       size_t count, const PartLimit *limits, size_t limit_count)
{
    for (size_t i = 0; i < count; i++) {
        part_check_not_negative(errs, object, members[i], path);
    }
    for (size_t i = 0; i < limit_count; i++) {
        int64_t n = value_get_int(object, limits[i].member).value;
        if (n > value_get_int(object, limits[i].limit).value) {
            field_invalid_int(errs, path_child_str(path, limits[i].member), n, limits[i].detail);
        }
    }
}

void part_check_collisions(FieldErrors *errs, const Value *object, const Value *old)
{
    Path status = path_root("status");
    const Value *before = value_at(old, "status", "collisionCount", NULL);
    const Value *now = value_at(object, "status", "collisionCount", NULL);
    bool is_gone = value_as_int(before).set && !value_as_int(now).set;
    if (is_gone || value_as_int(now).value < value_as_int(before).value) {
        field_invalid_int(errs, path_child(&status, "collisionCount"), value_as_int(now).value,
                          STR("cannot be decremented"));
    }
}

/* -- selectors --------------------------------------------------------------------------------- */

void part_selector_invalid(FieldErrors *errs, Path path, const Value *selector, Str detail)
{
    if (value_is(selector, VALUE_OBJECT)) {
        field_invalid_raw(errs, path, dump_selector(selector, errs->arena), detail);
    } else {
        field_invalid_null(errs, path, detail);
    }
}

void part_check_immutable_selector(FieldErrors *errs, const Value *selector, const Value *old,
                                   Path path)
{
    if (!part_is_same(selector, old, errs->arena)) {
        part_selector_invalid(errs, path, selector, STR("field is immutable"));
    }
}

bool part_selector_is_empty(const Value *selector)
{
    return value_len(value_get_lit(selector, "matchLabels")) +
               value_len(value_get_lit(selector, "matchExpressions")) ==
           0;
}

bool part_check_selects(FieldErrors *errs, const Value *selector, const Value *template,
                        bool or_empty, const Path *template_path)
{
    LabelSelector read;
    Err err;
    if (!label_selector_read(selector, errs->arena, &read, &err)) {
        return false;
    }
    const Value *labels = value_at(template, "metadata", "labels", NULL);
    bool is_empty = read.count == 0 && !read.matches_nothing;
    if (!(or_empty && is_empty) && !label_selector_matches(&read, labels)) {
        Path metadata = path_child(template_path, "metadata");
        field_invalid_raw(errs, path_child(&metadata, "labels"), dump_labels(labels, errs->arena),
                          STR("`selector` does not match template `labels`"));
    }
    return true;
}

/* -- pod templates ----------------------------------------------------------------------------- */

void part_check_runs_always(FieldErrors *errs, const Value *template, const char *kind,
                            const Path *template_path)
{
    static const Str always[] = { STR_INIT("Always") };
    const Value *spec = value_get_lit(template, "spec");
    Path path = path_child(template_path, "spec");
    Str policy = str_of(spec, "restartPolicy");
    if (!str_eq(policy, always[0])) {
        field_not_supported(errs, path_child(&path, "restartPolicy"), policy,
                            (StrList){ always, COUNT_OF(always) });
    }
    if (!value_is_null(value_get_lit(spec, "activeDeadlineSeconds"))) {
        field_forbidden(
            errs, path_child(&path, "activeDeadlineSeconds"),
            arena_printf(errs->arena, "activeDeadlineSeconds in %s is not Supported", kind));
    }
}

void part_check_shared_disks(FieldErrors *errs, const Value *template, const Path *template_path)
{
    Path spec = path_child(template_path, "spec");
    Path volumes = path_child(&spec, "volumes");
    size_t i = 0;
    VALUE_EACH_ITEM(volume, value_at(template, "spec", "volumes", NULL)) {
        Path item = path_index(&volumes, i++);
        Path source = path_child(&item, "gcePersistentDisk");
        const Value *disk = object_of(volume, "gcePersistentDisk");
        if (disk && !value_get_bool(disk, STR("readOnly")).value) {
            field_invalid_bool(errs, path_child(&source, "readOnly"), false,
                               STR("must be true for replicated pods > 1; GCE PD can only be "
                                   "mounted on multiple machines if it is read-only"));
        }
    }
}

/* -- numbers or percentages -------------------------------------------------------------------- */

/* The number of a valid percentage, capped: false when it is none. */
static bool percent_of(const Value *v, int64_t *out)
{
    Str text = value_as_str(v);
    if (!value_is(v, VALUE_STRING) || name_check_percent(text).count) {
        return false;
    }
    if (!str_to_int64(str_slice(text, 0, text.len - 1), out)) {
        *out = INT64_MAX;
    }
    return true;
}

int64_t part_int_or_percent(const Value *v)
{
    int64_t n;
    if (percent_of(v, &n)) {
        return n;
    }
    if (value_is(v, VALUE_STRING)) {
        return str_to_int64(value_as_str(v), &n) ? n : 0;
    }
    return value_as_int(v).value;
}

void part_check_int_or_percent(FieldErrors *errs, const Value *v, Path path)
{
    if (value_is(v, VALUE_STRING)) {
        NameMessages messages = name_check_percent(value_as_str(v));
        for (size_t i = 0; i < messages.count; i++) {
            field_invalid_raw(errs, path, dump_int_or_string(v, errs->arena), messages.items[i]);
        }
    } else if (value_as_int(v).value < 0) {
        field_invalid_int(errs, path, value_as_int(v).value, NOT_NEGATIVE);
    }
}

void part_check_at_most_100_percent(FieldErrors *errs, const Value *v, Path path)
{
    int64_t n;
    if (percent_of(v, &n) && n > 100) {
        field_invalid_raw(errs, path, dump_int_or_string(v, errs->arena),
                          STR("must not be greater than 100%"));
    }
}
