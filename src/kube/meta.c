/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of metadata. */
#include "kube/meta.h"

#include <stdlib.h>

enum {
    ANNOTATIONS_BYTES_MAX = 256 * 1024,
    FIELD_MANAGER_BYTES_MAX = 128,
};

#define IMMUTABLE STR("field is immutable")

static int by_key(const void *a, const void *b)
{
    return str_cmp(member_key(a), member_key(b));
}

Member *meta_sorted_members(const Value *in, Arena *a, size_t *count)
{
    size_t n = 0;
    Member *list = new(a, Member, value_len(in));
    VALUE_EACH_MEMBER(m, in) {
        list[n++] = *m;
    }
    if (n > 1) {
        qsort(list, n, sizeof(Member), by_key);
    }
    *count = n;
    return list;
}

static Str str_of(const Value *object, Str key)
{
    Str s = value_get_str(object, key);
    return s.ptr ? s : STR("");
}

/* -- labels and annotations ---------------------------------------------------------------------
 */

void meta_validate_labels(const Value *labels, const Path *path, FieldErrors *errs)
{
    size_t count;
    const Member *list = meta_sorted_members(labels, errs->arena, &count);
    for (size_t i = 0; i < count; i++) {
        Str key = member_key(&list[i]);
        Str value = value_as_str(&list[i].value);
        name_report(errs, *path, key, name_check_qualified(key));
        name_report(errs, *path, value.ptr ? value : STR(""), name_check_label_value(value));
    }
}

void meta_validate_annotations(const Value *annotations, const Path *path, FieldErrors *errs)
{
    size_t count;
    size_t bytes = 0;
    const Member *list = meta_sorted_members(annotations, errs->arena, &count);
    for (size_t i = 0; i < count; i++) {
        Str key = member_key(&list[i]);
        name_report(errs, *path, key, name_check_qualified(arena_lower(errs->arena, key)));
        bytes += key.len + value_as_str(&list[i].value).len;
    }
    if (bytes > ANNOTATIONS_BYTES_MAX) {
        field_too_long(errs, *path, ANNOTATIONS_BYTES_MAX);
    }
}

/* -- owners -------------------------------------------------------------------------------------
 */

static void dump_bool(Buf *b, const char *name, const Value *v)
{
    buf_printf(b, ", %s:(*bool)(%s)", name, value_is(v, VALUE_BOOL) ? META_POINTER_TEXT : "nil");
}

/* As Go's %#v prints it. */
static void dump_owner(Buf *b, const Value *owner)
{
    static const struct {
        const char *before;
        Str field;
    } texts[] = {
        { "v1.OwnerReference{APIVersion:", STR_INIT("apiVersion") },
        { ", Kind:", STR_INIT("kind") },
        { ", Name:", STR_INIT("name") },
        { ", UID:", STR_INIT("uid") },
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        buf_add(b, str_from_c(texts[i].before));
        buf_go_quoted(b, str_of(owner, texts[i].field));
    }
    dump_bool(b, "Controller", value_get_lit(owner, "controller"));
    dump_bool(b, "BlockOwnerDeletion", value_get_lit(owner, "blockOwnerDeletion"));
    buf_byte(b, '}');
}

static Str dump_owners(const Value *owners, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "[]v1.OwnerReference{");
    for (size_t i = 0; i < value_len(owners); i++) {
        if (i) {
            buf_lit(&b, ", ");
        }
        dump_owner(&b, value_item(owners, i));
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

/* The version of an apiVersion that may be malformed: one with two slashes has none. */
static Str version_of(Str api_version)
{
    Str group;
    Str version;
    if (!str_split_once(api_version, '/', &group, &version)) {
        return group;
    }
    return str_index_byte(version, '/') >= 0 ? STR("") : version;
}

/* Where wordings change: "kind must not be empty" loses its first word, controllers are named with
 * their kinds. */
enum {
    OWNERS_NOT_NAMED_SINCE = 34,
    OWNERS_REQUIRED_SINCE = 37, /* and each by its place in the list */
    CONTROLLERS_BY_KIND_SINCE = 26
};

static void validate_owner(const Value *owner, const Path *path, FieldErrors *errs)
{
    static const struct {
        Str field;
        Str problem;
    } needed[] = {
        { STR_INIT("kind"), STR_INIT("kind must not be empty") },
        { STR_INIT("name"), STR_INIT("name must not be empty") },
        { STR_INIT("uid"), STR_INIT("uid must not be empty") },
    };
    Str api_version = str_of(owner, STR("apiVersion"));
    bool is_required = errs->minor >= OWNERS_REQUIRED_SINCE;
    if (is_required && api_version.len == 0) {
        field_required(errs, path_child(path, "apiVersion"), STR("must not be empty"));
    } else if (is_required && version_of(api_version).len == 0) {
        field_invalid_str(errs, path_child(path, "apiVersion"), api_version,
                          STR("must be <group>/<version> or <version>"));
    } else if (version_of(api_version).len == 0) {
        field_invalid_str(errs, path_child(path, "apiVersion"), api_version,
                          STR("version must not be empty"));
    }
    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        if (is_required && str_of(owner, needed[i].field).len == 0) {
            field_required(errs, path_child_str(path, needed[i].field), STR("must not be empty"));
        } else if (str_of(owner, needed[i].field).len == 0) {
            bool is_new = errs->minor >= OWNERS_NOT_NAMED_SINCE;
            field_invalid_str(errs, path_child_str(path, needed[i].field), STR(""),
                              is_new ? STR("must not be empty") : needed[i].problem);
        }
    }
    if (str_eq(api_version, STR("v1")) && str_eq(str_of(owner, STR("kind")), STR("Event"))) {
        Buf b = buf_new(errs->arena);
        dump_owner(&b, owner);
        field_invalid_raw(errs, *path, buf_str(&b),
                          STR("/v1, Kind=Event is disallowed from being an owner"));
    }
}

/* Up to 1.36 errors name the list and not the owner in it. */
static void validate_owners(const Value *owners, const Path *path, FieldErrors *errs)
{
    Str controller = STR("");
    VALUE_EACH_ITEM(owner, owners) {
        Path at = path_index(path, (size_t)(owner - owners->items));
        validate_owner(owner, errs->minor >= OWNERS_REQUIRED_SINCE ? &at : path, errs);
        if (!value_get_bool(owner, STR("controller")).value) {
            continue;
        }
        Str name = str_of(owner, STR("name"));
        if (errs->minor >= CONTROLLERS_BY_KIND_SINCE) {
            name = arena_printf(errs->arena, "%.*s/%.*s", STR_ARG(str_of(owner, STR("kind"))),
                                STR_ARG(name));
        }
        if (controller.len == 0) {
            controller = name;
        } else {
            field_invalid_raw(errs, *path, dump_owners(owners, errs->arena),
                              arena_printf(errs->arena,
                                           "Only one reference can have Controller set to true. "
                                           "Found \"true\" in references for %.*s and %.*s",
                                           STR_ARG(controller), STR_ARG(name)));
        }
    }
}

/* -- finalizers ---------------------------------------------------------------------------------
 */

/* []string{"a", "b"} */
static Str dump_strings(StrList list, Arena *a)
{
    Buf b = buf_new(a);
    buf_lit(&b, "[]string{");
    for (size_t i = 0; i < list.count; i++) {
        if (i) {
            buf_lit(&b, ", ");
        }
        buf_go_quoted(&b, list.items[i]);
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static void validate_finalizers(const Value *finalizers, const Path *path, FieldErrors *errs)
{
    bool orphans = false;
    bool deletes = false;
    StrList list = value_str_list(finalizers, errs->arena);
    for (size_t i = 0; i < list.count; i++) {
        name_report(errs, *path, list.items[i], name_check_qualified(list.items[i]));
        orphans = orphans || str_eq(list.items[i], STR("orphan"));
        deletes = deletes || str_eq(list.items[i], STR("foregroundDeletion"));
    }
    if (orphans && deletes) {
        field_invalid_raw(errs, *path, dump_strings(list, errs->arena),
                          STR("finalizer orphan and foregroundDeletion cannot be both set"));
    }
}

void meta_validate_finalizers(const Value *metadata, const Path *path, FieldErrors *errs)
{
    static const Str standard[] = { STR_INIT("kubernetes"), STR_INIT("orphan"),
                                    STR_INIT("foregroundDeletion") };
    Path finalizers = path_child(path, "finalizers");
    StrList list = value_str_list(value_get_lit(metadata, "finalizers"), errs->arena);
    for (size_t i = 0; i < list.count; i++) {
        if (str_index_byte(list.items[i], '/') < 0 &&
            !str_list_has((StrList){ standard, COUNT_OF(standard) }, list.items[i])) {
            field_invalid_str(
                errs, path_index(&finalizers, i), list.items[i],
                STR("name is neither a standard finalizer name nor is it fully qualified"));
        }
    }
}

static int cmp_str(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* An object that is being deleted gets no new finalizers. */
static void validate_no_new_finalizers(const Value *now, const Value *old, const Path *path,
                                       FieldErrors *errs)
{
    StrList list = value_str_list(now, errs->arena);
    StrList before = value_str_list(old, errs->arena);
    Str *extra = new(errs->arena, Str, list.count);
    size_t count = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (!str_list_has(before, list.items[i]) &&
            !str_list_has((StrList){ extra, count }, list.items[i])) {
            extra[count++] = list.items[i];
        }
    }
    if (count) {
        qsort(extra, count, sizeof(Str), cmp_str);
        Str dump = dump_strings((StrList){ extra, count }, errs->arena);
        field_forbidden(errs, *path,
                        arena_printf(errs->arena,
                                     "no new finalizers can be added if the object is being "
                                     "deleted, found new finalizers %.*s",
                                     STR_ARG(dump)));
    }
}

/* -- managed fields -----------------------------------------------------------------------------
 */

void meta_validate_field_manager(Str manager, const Path *path, FieldErrors *errs)
{
    if (manager.len > FIELD_MANAGER_BYTES_MAX) {
        field_too_long(errs, *path, FIELD_MANAGER_BYTES_MAX);
    }
    for (size_t i = 0; i < manager.len;) {
        uint32_t code = 0;
        size_t len = str_rune_at(manager, i, &code);
        if (len && !rune_is_printable(code)) {
            field_invalid_str(
                errs, *path, manager,
                arena_printf(errs->arena, "invalid character U+%04X (at position %zu)", code, i));
        }
        i += len ? len : 1; /* what is no UTF-8 reads as U+FFFD, which can be printed */
    }
}

static void validate_field_managers(const Value *entries, const Path *path, FieldErrors *errs)
{
    Path manager = path_child(path, "fieldManager");
    VALUE_EACH_ITEM(entry, entries) {
        meta_validate_field_manager(str_of(entry, STR("manager")), &manager, errs);
    }
}

static void validate_managed_fields(const Value *entries, const Path *path, FieldErrors *errs)
{
    Path list = path_child(path, "managedFields");
    VALUE_EACH_ITEM(entry, entries) {
        Str operation = str_of(entry, STR("operation"));
        if (!str_eq(operation, STR("Apply")) && !str_eq(operation, STR("Update"))) {
            field_invalid_str(errs, path_child(&list, "operation"), operation,
                              STR("must be `Apply` or `Update`"));
        }
        Str type = str_of(entry, STR("fieldsType"));
        if (type.len && !str_eq(type, STR("FieldsV1"))) {
            field_invalid_str(errs, path_child(&list, "fieldsType"), type,
                              STR("must be `FieldsV1`"));
        }
    }
}

/* -- the whole ----------------------------------------------------------------------------------
 */

static void validate_names(const Value *metadata, bool namespaced, NameCheck *check,
                           const Path *path, FieldErrors *errs)
{
    Str generate_name = str_of(metadata, STR("generateName"));
    if (generate_name.len) {
        name_report(errs, path_child(path, "generateName"), generate_name,
                    name_check_prefix(check, generate_name, errs->arena));
    }
    Str name = str_of(metadata, STR("name"));
    if (name.len == 0) {
        field_required(errs, path_child(path, "name"), STR("name or generateName is required"));
    } else {
        name_report(errs, path_child(path, "name"), name, check(name));
    }
    Str namespace = str_of(metadata, STR("namespace"));
    if (namespaced && namespace.len == 0) {
        field_required(errs, path_child(path, "namespace"), STR(""));
    } else if (namespaced) {
        name_report(errs, path_child(path, "namespace"), namespace,
                    name_check_dns1123_label(namespace));
    } else if (namespace.len) {
        field_forbidden(errs, path_child(path, "namespace"), STR("not allowed on this type"));
    }
    Str cluster = str_of(metadata, STR("clusterName"));
    if (cluster.len) {
        name_report(errs, path_child(path, "clusterName"), cluster,
                    name_check_dns1035_label(cluster));
    }
}

void meta_validate(const Value *metadata, bool namespaced, NameCheck *check, const Path *path,
                   FieldErrors *errs)
{
    validate_names(metadata, namespaced, check, path, errs);
    const Value *managed = value_get_lit(metadata, "managedFields");
    validate_field_managers(managed, path, errs);
    int64_t generation = value_get_int(metadata, STR("generation")).value;
    if (generation < 0) {
        field_invalid_int(errs, path_child(path, "generation"), generation,
                          STR("must be greater than or equal to 0"));
    }
    Path labels = path_child(path, "labels");
    meta_validate_labels(value_get_lit(metadata, "labels"), &labels, errs);
    Path annotations = path_child(path, "annotations");
    meta_validate_annotations(value_get_lit(metadata, "annotations"), &annotations, errs);
    Path owners = path_child(path, "ownerReferences");
    validate_owners(value_get_lit(metadata, "ownerReferences"), &owners, errs);
    Path finalizers = path_child(path, "finalizers");
    validate_finalizers(value_get_lit(metadata, "finalizers"), &finalizers, errs);
    validate_managed_fields(managed, path, errs);
}

/* -- updates ------------------------------------------------------------------------------------
 */

static void keep_text(const Value *metadata, const Value *old, Str field, const Path *path,
                      FieldErrors *errs)
{
    Str now = str_of(metadata, field);
    if (!str_eq(now, str_of(old, field))) {
        field_invalid_str(errs, path_child_str(path, field), now, IMMUTABLE);
    }
}

/* As Go prints a time: 2021-01-01 00:00:00 +0000 UTC. Ours are in UTC with whole seconds. */
static Str go_time(Str text, Arena *a)
{
    enum { DATE_LEN = 10, TIME_AT = 11, TIME_LEN = 8 };
    if (text.len < TIME_AT + TIME_LEN) {
        text = STR("0001-01-01T00:00:00Z");
    }
    return arena_printf(a, "%.*s %.*s +0000 UTC", STR_ARG(str_slice(text, 0, DATE_LEN)),
                        STR_ARG(str_slice(text, TIME_AT, TIME_AT + TIME_LEN)));
}

static void keep_time(const Value *metadata, const Value *old, Str field, bool is_pointer,
                      const Path *path, FieldErrors *errs)
{
    Str now = str_of(metadata, field);
    if (str_eq(now, str_of(old, field))) {
        return;
    }
    if (is_pointer && now.len == 0) {
        field_invalid_null(errs, path_child_str(path, field), IMMUTABLE);
    } else {
        field_invalid_raw(errs, path_child_str(path, field), go_time(now, errs->arena), IMMUTABLE);
    }
}

static void keep_grace_period(const Value *metadata, const Value *old, const Path *path,
                              FieldErrors *errs)
{
    OptInt64 now = value_get_int(metadata, STR("deletionGracePeriodSeconds"));
    OptInt64 before = value_get_int(old, STR("deletionGracePeriodSeconds"));
    Path at = path_child(path, "deletionGracePeriodSeconds");
    if (now.set && (!before.set || before.value != now.value)) {
        field_invalid_int(errs, at, now.value, IMMUTABLE);
    } else if (!now.set && before.set) {
        field_invalid_null(errs, at, IMMUTABLE);
    }
}

void meta_validate_update(const Value *metadata, const Value *old, const Path *path,
                          FieldErrors *errs)
{
    Path finalizers = path_child(path, "finalizers");
    if (!value_is_null(value_get_lit(old, "deletionTimestamp"))) {
        validate_no_new_finalizers(value_get_lit(metadata, "finalizers"),
                                   value_get_lit(old, "finalizers"), &finalizers, errs);
    }
    if (str_of(metadata, STR("resourceVersion")).len == 0) {
        field_invalid_str(errs, path_child(path, "resourceVersion"), STR(""),
                          STR("must be specified for an update"));
    }
    int64_t generation = value_get_int(metadata, STR("generation")).value;
    if (generation < value_get_int(old, STR("generation")).value) {
        field_invalid_int(errs, path_child(path, "generation"), generation,
                          STR("must not be decremented"));
    }
    const Value *managed = value_get_lit(metadata, "managedFields");
    validate_field_managers(managed, path, errs);
    keep_text(metadata, old, STR("name"), path, errs);
    keep_text(metadata, old, STR("namespace"), path, errs);
    keep_text(metadata, old, STR("uid"), path, errs);
    keep_time(metadata, old, STR("creationTimestamp"), false, path, errs);
    keep_time(metadata, old, STR("deletionTimestamp"), true, path, errs);
    keep_grace_period(metadata, old, path, errs);
    keep_text(metadata, old, STR("clusterName"), path, errs);
    Path labels = path_child(path, "labels");
    meta_validate_labels(value_get_lit(metadata, "labels"), &labels, errs);
    Path annotations = path_child(path, "annotations");
    meta_validate_annotations(value_get_lit(metadata, "annotations"), &annotations, errs);
    Path owners = path_child(path, "ownerReferences");
    validate_owners(value_get_lit(metadata, "ownerReferences"), &owners, errs);
    validate_managed_fields(managed, path, errs);
}
