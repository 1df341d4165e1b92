/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of updates: little of a pod may change once it exists. */
#include "kube/gotext/go_diff.h"
#include "kube/meta.h"
#include "kube/pod/prepare.h"
#include "kube/pod/spec_diff.h"
#include "kube/pod/validate.h"
#include "kube/pod/validate_parts.h"

enum {
    GRACE_PERIOD_MINOR = 23,     /* a negative one may become 1 */
    SCHEDULING_GATES_MINOR = 27, /* may be taken away */
    /* From then on the fields of the API server's own pod are not known here: the paths of what
     * changed are listed instead of a difference of the two. */
    SPEC_DIFF_MINOR = 22,
};

/* -- annotations ------------------------------------------------------------------------------- */

static const Str mirror_annotation = STR_INIT("kubernetes.io/config.mirror");

static void forbid_annotation_change(PodCheck *c, Str key, Str apparmor, Str mirror,
                                     const Path *path)
{
    if (str_starts_with(key, STR(POD_APPARMOR_CONTAINER_PREFIX))) {
        field_forbidden(c->errs, path_key(path, key), apparmor);
    }
    if (str_eq(key, mirror_annotation)) {
        field_forbidden(c->errs, path_key(path, key), mirror);
    }
}

static void check_annotation_changes(PodCheck *c, const Value *pod, const Value *old,
                                     const Path *path)
{
    const Value *annotations = value_at(pod, "metadata", "annotations", NULL);
    const Value *old_annotations = value_at(old, "metadata", "annotations", NULL);
    VALUE_EACH_MEMBER(m, old_annotations) {
        const Value *now = value_get(annotations, member_key(m));
        if (!now || !value_equal(now, &m->value)) {
            forbid_annotation_change(c, member_key(m),
                                     STR("may not remove or update AppArmor annotations"),
                                     STR("may not remove or update mirror pod annotation"), path);
        }
    }
    VALUE_EACH_MEMBER(m, annotations) {
        if (!value_get(old_annotations, member_key(m))) {
            forbid_annotation_change(c, member_key(m), STR("may not add AppArmor annotations"),
                                     STR("may not add mirror pod annotation"), path);
        }
    }
    check_pod_annotations(c, annotations, value_get_lit(pod, "spec"), path);
}

/* -- members that may change ------------------------------------------------------------------- */

/* False when nothing more can be said. */
static bool check_container_count(PodCheck *c, const Value *spec, const Value *old_spec, Str member)
{
    Path spec_path = path_root("spec");
    Path path = path_child_str(&spec_path, member);
    const Value *containers = value_get(spec, member);
    if (value_len(containers) != value_len(value_get(old_spec, member))) {
        field_forbidden(c->errs, path, STR("pod updates may not add or remove containers"));
        return false;
    }
    size_t i = 0;
    VALUE_EACH_ITEM(container, containers) {
        Path item = path_index(&path, i++);
        check_required(c, container, STR("image"), &item);
        check_image_has_no_space(c, container, &item);
    }
    return true;
}

/* False when nothing more can be said. */
static bool check_deadline_change(PodCheck *c, const Value *spec, const Value *old_spec)
{
    Path spec_path = path_root("spec");
    Path path = path_child(&spec_path, "activeDeadlineSeconds");
    OptInt64 now = value_get_int(spec, STR("activeDeadlineSeconds"));
    OptInt64 before = value_get_int(old_spec, STR("activeDeadlineSeconds"));
    if (now.set && (now.value < 0 || now.value > INT32_MAX)) {
        field_invalid_int(c->errs, path, now.value, STR(CHECK_RANGE_TEXT(0, 2147483647)));
        return false;
    }
    if (now.set && before.set && before.value < now.value) {
        field_invalid_int(c->errs, path, now.value,
                          STR("must be less than or equal to previous value"));
        return false;
    }
    if (!now.set && before.set) {
        field_invalid_null(c->errs, path,
                           STR("must not update from a positive integer to nil value"));
    }
    return true;
}

/* All of a toleration but for how long, as one text. */
static Str toleration_key(const Value *toleration, Arena *a)
{
    static const Str members[] = { STR_INIT("key"), STR_INIT("operator"), STR_INIT("value"),
                                   STR_INIT("effect") };
    Buf b = buf_new(a);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        buf_go_quoted(&b, check_str(toleration, members[i]));
    }
    return buf_str(&b);
}

static void check_toleration_changes(PodCheck *c, const Value *spec, const Value *old_spec)
{
    Path spec_path = path_root("spec");
    Path path = path_child(&spec_path, "tolerations");
    Value *tolerations = value_get_lit(spec, "tolerations");
    Map kept = map_new(check_arena(c));
    VALUE_EACH_ITEM(toleration, tolerations) {
        map_set(&kept, toleration_key(toleration, check_arena(c)), toleration);
    }
    VALUE_EACH_ITEM(old, value_get_lit(old_spec, "tolerations")) {
        if (!map_has(&kept, toleration_key(old, check_arena(c)))) {
            field_forbidden(
                c->errs, path,
                STR("existing toleration can not be modified except its tolerationSeconds"));
            return;
        }
    }
    check_tolerations(c, tolerations, &path);
}

static void check_gate_changes(PodCheck *c, const Value *spec, const Value *old_spec)
{
    Path spec_path = path_root("spec");
    Path list = path_child(&spec_path, "schedulingGates");
    Map before = map_new(check_arena(c));
    VALUE_EACH_ITEM(old, value_get_lit(old_spec, "schedulingGates")) {
        map_set(&before, str_of(old, "name"), old);
    }
    size_t i = 0;
    VALUE_EACH_ITEM(gate, value_get_lit(spec, "schedulingGates")) {
        Path item = path_index(&list, i++);
        Str name = str_of(gate, "name");
        if (!map_has(&before, name)) {
            field_forbidden(
                c->errs, item,
                arena_printf(check_arena(c),
                             "only deletion is allowed, but found new scheduling gate '%.*s'",
                             STR_ARG(name)));
        }
    }
}

/* -- everything else --------------------------------------------------------------------------- */

static void take_over(Value *spec, const Value *old_spec, Str member, Arena *a)
{
    const Value *old = value_get(old_spec, member);
    if (old) {
        value_set(spec, member, *old, a);
    } else {
        value_remove(spec, member);
    }
}

static void take_over_images(Value *spec, const Value *old_spec, Str member, Arena *a)
{
    size_t i = 0;
    VALUE_EACH_ITEM(container, value_get(spec, member)) {
        const Value *old = value_item(value_get(old_spec, member), i++);
        if (value_is(container, VALUE_OBJECT)) {
            take_over(container, old, STR("image"), a);
        }
    }
}

/* A copy of spec with everything that may change as it is in old_spec. */
static Value without_changes(const PodCheck *c, const Value *spec, const Value *old_spec)
{
    Arena *a = check_arena(c);
    Value munged = value_copy(spec, a);
    take_over_images(&munged, old_spec, STR("containers"), a);
    take_over_images(&munged, old_spec, STR("initContainers"), a);
    take_over(&munged, old_spec, STR("activeDeadlineSeconds"), a);
    take_over(&munged, old_spec, STR("tolerations"), a);
    if (c->target->minor >= GRACE_PERIOD_MINOR &&
        int_of(old_spec, "terminationGracePeriodSeconds") < 0 &&
        int_of(spec, "terminationGracePeriodSeconds") == 1) {
        take_over(&munged, old_spec, STR("terminationGracePeriodSeconds"), a);
    }
    if (c->target->minor >= SCHEDULING_GATES_MINOR) {
        bool was_gated = value_len(value_get_lit(old_spec, "schedulingGates")) > 0;
        take_over(&munged, old_spec, STR("schedulingGates"), a);
        if (was_gated) { /* where it may run can still be narrowed down */
            take_over(&munged, old_spec, STR("nodeSelector"), a);
            take_over(&munged, old_spec, STR("affinity"), a);
        }
    }
    return munged;
}

#define IMAGES_AND_DEADLINE(separator)                                                \
    "`spec.containers[*].image`" separator "`spec.initContainers[*].image`" separator \
    "`spec.activeDeadlineSeconds`"
#define GRACE_PERIOD                        \
    "`spec.terminationGracePeriodSeconds` " \
    "(allow it to be set to 1 if it was previously negative)"
#define TOLERATIONS "`spec.tolerations` (only additions to existing tolerations)"

static void check_nothing_else_changed(PodCheck *c, const Value *spec, const Value *old_spec)
{
    static const struct {
        int minor;
        Str text;
    } wordings[] = {
        { SCHEDULING_GATES_MINOR,
          STR_INIT(IMAGES_AND_DEADLINE(",") "," TOLERATIONS "," GRACE_PERIOD) },
        { GRACE_PERIOD_MINOR,
          STR_INIT(IMAGES_AND_DEADLINE(", ") ", " TOLERATIONS " or " GRACE_PERIOD) },
        { 0, STR_INIT(IMAGES_AND_DEADLINE(", ") " or " TOLERATIONS) },
    };
    if (!value_is(spec, VALUE_OBJECT)) {
        return;
    }
    Value munged = without_changes(c, spec, old_spec);
    Path path = path_root("spec");
    Buf changed = buf_new(check_arena(c));
    if (spec_diff_is_same(&munged, old_spec, &path, &changed)) {
        return;
    }
    size_t w = 0;
    while (c->target->minor < wordings[w].minor) {
        w++;
    }
    Buf detail = buf_new(check_arena(c));
    buf_lit(&detail, "pod updates may not change fields other than ");
    buf_add(&detail, wordings[w].text);
    Str diff = STR("");
    if (c->target->minor < SPEC_DIFF_MINOR) {
        diff = go_diff(go_pod_spec(&munged, c->target, check_arena(c)),
                       go_pod_spec(old_spec, c->target, check_arena(c)), check_arena(c));
    }
    if (diff.len) {
        buf_byte(&detail, '\n');
    }
    buf_add(&detail, diff.len ? diff : buf_str(&changed));
    field_forbidden(c->errs, path, buf_str(&detail));
}

/* Updates of pods may leave out the version they start from; the registry then fills in the stored
 * one before anything is checked. */
static Value with_resource_version(const Value *metadata, const Value *old_metadata, Arena *a)
{
    Value copy = metadata ? *metadata : value_object();
    if (value_is(&copy, VALUE_OBJECT) && !str_of(&copy, "resourceVersion").len) {
        Str stored = str_of(old_metadata, "resourceVersion");
        copy = value_copy(&copy, a);
        value_set_lit(&copy, "resourceVersion", value_str(stored.len ? stored : STR("1")), a);
    }
    return copy;
}

/* -- entry points ------------------------------------------------------------------------------ */

void pod_validate_update(const Value *pod, const Value *old, const KubeTarget *t, FieldErrors *errs)
{
    const Value *old_metadata = value_get_lit(old, "metadata");
    Value versioned = with_resource_version(value_get_lit(pod, "metadata"), old_metadata,
                                            errs->arena);
    const Value *metadata = &versioned;
    const Value *spec = value_get_lit(pod, "spec");
    const Value *old_spec = value_get_lit(old, "spec");
    Path meta_path = path_root("metadata");
    Path annotations = path_child(&meta_path, "annotations");
    Path spec_path = path_root("spec");

    /* what the registry asks of every kind */
    meta_validate(metadata, true, name_check_path_segment, &meta_path, errs);
    meta_validate_update(metadata, old_metadata, &meta_path, errs);

    PodCheck c = pod_check_new(errs, t, metadata);
    FieldErrors of_old = field_errors_new(errs->arena);
    PodCheck old_check = pod_check_new(&of_old, t, old_metadata);
    pod_check_one_huge_page(&old_check, old_spec, &spec_path);
    c.may_mix_huge_pages |= of_old.count > 0;

    meta_validate_update(metadata, old_metadata, &meta_path, errs);
    meta_validate_finalizers(metadata, &meta_path, errs);
    pod_check_metadata_and_spec(&c, pod);
    check_annotation_changes(&c, pod, old, &annotations);
    pod_check_one_huge_page(&c, spec, &spec_path);
    if (!check_container_count(&c, spec, old_spec, STR("containers")) ||
        !check_container_count(&c, spec, old_spec, STR("initContainers")) ||
        !check_deadline_change(&c, spec, old_spec)) {
        return;
    }
    check_toleration_changes(&c, spec, old_spec);
    if (t->minor >= SCHEDULING_GATES_MINOR) {
        check_gate_changes(&c, spec, old_spec);
    }
    check_nothing_else_changed(&c, spec, old_spec);
}

void pod_validate_ephemeral_containers_update(const Value *pod, const Value *old,
                                              const KubeTarget *t, FieldErrors *errs)
{
    PodCheck c = pod_check_new(errs, t, value_get_lit(pod, "metadata"));
    const Value *spec = value_get_lit(pod, "spec");
    Path spec_path = path_root("spec");
    Path path = path_child(&spec_path, "ephemeralContainers");
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        map_set(&c.volumes, str_of(volume, "name"), volume);
    }
    check_ephemeral_containers(&c, spec, &path);

    Map by_name = map_new(errs->arena);
    VALUE_EACH_ITEM(container, value_get_lit(spec, "ephemeralContainers")) {
        map_set(&by_name, str_of(container, "name"), container);
    }
    VALUE_EACH_ITEM(before, value_at(old, "spec", "ephemeralContainers", NULL)) {
        Str name = str_of(before, "name");
        const Value *now = map_get(&by_name, name);
        Buf detail = buf_new(errs->arena);
        Buf changed = buf_new(errs->arena);
        buf_lit(&detail, "existing ephemeral containers ");
        buf_go_quoted(&detail, name);
        if (!now) {
            buf_lit(&detail, " may not be removed\n");
            field_forbidden(errs, path, buf_str(&detail));
        } else if (!spec_diff_is_same(before, now, &path, &changed)) {
            buf_lit(&detail, " may not be changed");
            buf_add(&detail, buf_str(&changed));
            field_forbidden(errs, path, buf_str(&detail));
        }
    }
}
