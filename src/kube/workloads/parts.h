/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of this folder share. Private to it. */
#ifndef PODGATE_KUBE_WORKLOADS_PARTS_H
#define PODGATE_KUBE_WORKLOADS_PARTS_H

#include "kube/names.h"
#include "kube/workloads/workloads.h"

/* -- members: what is absent is Go's zero value ------------------------------------------------ */

static inline Str part_str(const Value *object, Str member)
{
    Str s = value_get_str(object, member);
    return s.ptr ? s : STR("");
}
/* The member when it is an object, else NULL: a pointer to a struct. */
static inline const Value *part_object(const Value *object, Str member)
{
    const Value *v = value_get(object, member);
    return value_is(v, VALUE_OBJECT) ? v : NULL;
}
#define str_of(object, literal) part_str((object), STR(literal))
#define int_of(object, literal) value_get_int((object), STR(literal)).value
#define object_of(object, literal) part_object((object), STR(literal))

/* -- defaults ---------------------------------------------------------------------------------- */

/* Each sets the member where it is missing or null; a string also where it is empty. */
void part_default_str(Value *object, Str member, Str text, Arena *a);
void part_default_int(Value *object, Str member, int64_t n, Arena *a);
void part_default_bool(Value *object, Str member, bool b, Arena *a);
/* The object's spec, made when missing. NULL when it is no object. */
Value *part_spec(Value *object, Arena *a);
/* The pod template that holder has as member template. */
void part_default_template(Value *holder, const KubeTarget *t, Arena *a);

/* -- what the registry sets -------------------------------------------------------------------- */

void part_set_generation(Value *object, int64_t generation, Arena *a);
void part_next_generation(Value *object, const Value *old, Arena *a);
/* Makes the member that of old, or removes it. */
void part_keep(Value *object, const Value *old, Str member, Arena *a);
/* Makes the status empty, or that of old. type: of the status, "apps/v1.DeploymentStatus". */
void part_reset_status(Value *object, Str type, const KubeTarget *t, Arena *a);
void part_keep_status(Value *object, const Value *old, Arena *a);
/* Removes what the target has turned off from the pod template of a spec;
 * old_spec may be NULL. */
void part_drop_disabled(Value *spec, const Value *old_spec, const KubeTarget *t, Arena *a);
/* Same meaning: empty lists and maps are none, quantities compare by amount. */
bool part_is_same(const Value *x, const Value *y, Arena *a);

/* -- validation -------------------------------------------------------------------------------- */

void part_check_metadata(const Value *object, FieldErrors *errs);
void part_check_metadata_update(const Value *object, const Value *old, FieldErrors *errs);

void part_check_not_negative(FieldErrors *errs, const Value *object, Str member, const Path *path);
/* Each of count members, then each that is larger than another. */
typedef struct PartLimit {
    Str member;
    Str limit; /* the member that it may not exceed */
    Str detail;
} PartLimit;
void part_check_counts(FieldErrors *errs, const Value *object, const Path *path, const Str *members,
                       size_t count, const PartLimit *limits, size_t limit_count);
/* status.collisionCount never falls. */
void part_check_collisions(FieldErrors *errs, const Value *object, const Value *old);

/* "field is immutable" unless new and old mean the same. */
void part_check_immutable_selector(FieldErrors *errs, const Value *selector, const Value *old,
                                   Path path);
bool part_selector_is_empty(const Value *selector);
/* Invalid with a dump of the selector; NULL prints "null". */
void part_selector_invalid(FieldErrors *errs, Path path, const Value *selector, Str detail);
/* Reads the selector and holds it against the labels of the template. False when it cannot be
 * read; then nothing is reported. */
bool part_check_selects(FieldErrors *errs, const Value *selector, const Value *template,
                        bool or_empty, const Path *template_path);
/* A pod template that runs for ever: the checks that ReplicaSets, StatefulSets and DaemonSets have
 * in common, in the words of the kind. */
void part_check_runs_always(FieldErrors *errs, const Value *template, const char *kind,
                            const Path *template_path);
/* Disks that several pods share are read-only. */
void part_check_shared_disks(FieldErrors *errs, const Value *template, const Path *template_path);

/* An int-or-string: not negative, or a percentage. NULL counts as 0. */
void part_check_int_or_percent(FieldErrors *errs, const Value *v, Path path);
void part_check_at_most_100_percent(FieldErrors *errs, const Value *v, Path path);
int64_t part_int_or_percent(const Value *v);

/* -- values as Go prints them with %#v --------------------------------------------------------- */

Str dump_labels(const Value *map, Arena *a);        /* map[string]string{"a":"b"} */
Str dump_selector(const Value *selector, Arena *a); /* v1.LabelSelector{...} */
Str dump_int_or_string(const Value *v, Arena *a);
/* "(*apps.T)(nil)" or with an address */
Str dump_pointer(const Value *v, const char *type, Arena *a);

#endif
