/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of volume sources that a row of check_volumes.c cannot say. */
#include "kube/pod/check_volumes.h"
#include "kube/quantity.h"

enum { LUN_MAX = 255, PARTITION_MAX = 255 };

static bool in_range(int64_t n, int64_t low, int64_t high)
{
    return n >= low && n <= high;
}

static bool is_negative(Str quantity)
{
    Quantity q;
    return quantity_parse(quantity, NULL, &q, NULL) && quantity_sign(&q) < 0;
}

void volume_check_empty_dir(VolumeCheck *v, const Value *source, const Path *path)
{
    if (is_negative(str_of(source, "sizeLimit"))) {
        field_forbidden(v->check->errs, path_child(path, "sizeLimit"),
                        STR("SizeLimit field must be a valid resource quantity"));
    }
}

void volume_check_host_path(VolumeCheck *v, const Value *source, const Path *path)
{
    static const Str types[] = {
        STR_INIT(""),
        STR_INIT("BlockDevice"),
        STR_INIT("CharDevice"),
        STR_INIT("Directory"),
        STR_INIT("DirectoryOrCreate"),
        STR_INIT("File"),
        STR_INIT("FileOrCreate"),
        STR_INIT("Socket"),
    };
    if (check_required(v->check, source, STR("path"), path)) {
        check_no_backsteps(v->check, str_of(source, "path"), path_child(path, "path"));
        check_supported_if_set(v->check, source, STR("type"), CHECK_LIST(types), path);
    }
}

void volume_check_git_repo(VolumeCheck *v, const Value *source, const Path *path)
{
    check_descending_path(v->check, str_of(source, "directory"), path_child(path, "directory"));
}

void volume_check_partition(VolumeCheck *v, const Value *source, const Path *path)
{
    int64_t partition = int_of(source, "partition");
    if (!in_range(partition, 0, PARTITION_MAX)) {
        field_invalid_int(v->check->errs, path_child(path, "partition"), partition,
                          STR(CHECK_RANGE_TEXT(1, 255)));
    }
}

void volume_check_nfs(VolumeCheck *v, const Value *source, const Path *path)
{
    Str exported = str_of(source, "path");
    if (!str_starts_with(exported, STR("/"))) {
        field_invalid_str(v->check->errs, path_child(path, "path"), exported,
                          STR("must be an absolute path"));
    }
}

/* -- iSCSI ------------------------------------------------------------------------------------- */

static bool is_digits(Str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return s.len > 0;
}

static bool is_alnum(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

/* "iqn.2001-04.com.example:storage", from the start of s to its end. */
static bool is_iqn_at(Str s)
{
    bool has_date = s.len > 12 && str_starts_with(s, STR("iqn.")) &&
                    is_digits(str_slice(s, 4, 8)) && s.ptr[8] == '-' &&
                    is_digits(str_slice(s, 9, 11)) && s.ptr[11] == '.';
    if (!has_date) {
        return false;
    }
    size_t at = 12;
    while (at < s.len && (is_alnum(s.ptr[at]) || s.ptr[at] == '-' || s.ptr[at] == '.')) {
        at++;
    }
    if (at == 12 || at + 1 >= s.len || s.ptr[at] != ':') {
        return false;
    }
    for (at++; at < s.len; at++) {
        if (s.ptr[at] && strchr(",;*&$| \t\n\f\r", s.ptr[at])) {
            return false;
        }
    }
    return true;
}

/* The API server's expression is not bound to the start. */
static bool is_iqn(Str s)
{
    for (size_t from = 0; from < s.len; from++) {
        if (is_iqn_at(str_drop(s, from))) {
            return true;
        }
    }
    return false;
}

/* A prefix of three letters, any one character, then so many letters and digits. */
static bool is_numbered_name(Str s, size_t digits)
{
    if (s.len < 3 + 1 + digits) {
        return false;
    }
    Str tail = str_drop(s, s.len - digits);
    for (size_t i = 0; i < tail.len; i++) {
        if (!is_alnum(tail.ptr[i])) {
            return false;
        }
    }
    Str middle = str_slice(s, 3, s.len - digits);
    bool is_one = middle.len <= 4 && middle.ptr[0] != '\n';
    for (size_t i = 1; i < middle.len; i++) {
        is_one &= ((unsigned char)middle.ptr[i] & 0xC0) == 0x80; /* one character in UTF-8 */
    }
    return is_one;
}

typedef enum IscsiName { ISCSI_NAME_GOOD, ISCSI_NAME_FOREIGN, ISCSI_NAME_BAD } IscsiName;

static IscsiName iscsi_name_kind(Str name)
{
    enum { EUI_DIGITS = 16, NAA_DIGITS = 32 };
    bool is_good;
    if (str_starts_with(name, STR("iqn"))) {
        is_good = is_iqn(name);
    } else if (str_starts_with(name, STR("eui"))) {
        is_good = is_numbered_name(name, EUI_DIGITS);
    } else if (str_starts_with(name, STR("naa"))) {
        is_good = is_numbered_name(name, NAA_DIGITS);
    } else {
        return ISCSI_NAME_FOREIGN;
    }
    return is_good ? ISCSI_NAME_GOOD : ISCSI_NAME_BAD;
}

static void check_iscsi_name(PodCheck *c, Str name, Path path)
{
    IscsiName kind = iscsi_name_kind(name);
    if (kind == ISCSI_NAME_FOREIGN) {
        field_invalid_str(c->errs, path, name,
                          STR("must be valid format starting with iqn, eui, or naa"));
    } else if (kind == ISCSI_NAME_BAD) {
        field_invalid_str(c->errs, path, name, STR("must be valid format"));
    }
}

void volume_check_iscsi(VolumeCheck *v, const Value *source, const Path *path)
{
    PodCheck *c = v->check;
    if (check_required(c, source, STR("iqn"), path)) {
        check_iscsi_name(c, str_of(source, "iqn"), path_child(path, "iqn"));
    }
    int64_t lun = int_of(source, "lun");
    if (!in_range(lun, 0, LUN_MAX)) {
        field_invalid_int(c->errs, path_child(path, "lun"), lun, STR(CHECK_RANGE_TEXT(0, 255)));
    }
    bool has_chap = bool_of(source, "chapAuthDiscovery") || bool_of(source, "chapAuthSession");
    if (has_chap && !object_of(source, "secretRef")) {
        field_required(c->errs, path_child(path, "secretRef"), STR(""));
    }
    Str initiator = value_get_str(source, STR("initiatorName"));
    if (initiator.ptr) {
        check_iscsi_name(c, initiator, path_child(path, "initiatorname"));
    }
}

/* The name of a volume of its own; one message says all that can be wrong. */
static void check_persistent_iscsi_name(PodCheck *c, Str name, Path path)
{
    if (iscsi_name_kind(name) != ISCSI_NAME_GOOD) {
        field_invalid_str(c->errs, path, name, STR("must be valid format"));
    }
}

enum { TOGETHER_MAX = 64 };

void volume_check_persistent_iscsi(VolumeCheck *v, const Value *source, const Path *path)
{
    PodCheck *c = v->check;
    Str portal = str_of(source, "targetPortal");
    Str initiator = value_get_str(source, STR("initiatorName"));
    if (initiator.ptr && str_of(c->metadata, "name").len + 1 + portal.len > TOGETHER_MAX) {
        field_invalid_str(c->errs, path_child(path, "targetportal"), portal,
                          STR("Total length of <volume name>:<iscsi.targetPortal> must be under 64 "
                              "characters if iscsi.initiatorName is specified."));
    }
    if (check_required(c, source, STR("iqn"), path)) {
        check_persistent_iscsi_name(c, str_of(source, "iqn"), path_child(path, "iqn"));
    }
    int64_t lun = int_of(source, "lun");
    if (!in_range(lun, 0, LUN_MAX)) {
        field_invalid_int(c->errs, path_child(path, "lun"), lun, STR(CHECK_RANGE_TEXT(0, 255)));
    }
    const Value *ref = object_of(source, "secretRef");
    bool has_chap = bool_of(source, "chapAuthDiscovery") || bool_of(source, "chapAuthSession");
    if (has_chap && !ref) {
        field_required(c->errs, path_child(path, "secretRef"), STR(""));
    }
    volume_check_secret_ref(v, source, path);
    if (initiator.ptr) {
        check_persistent_iscsi_name(c, initiator, path_child(path, "initiatorname"));
    }
}

void volume_check_iscsi_name(VolumeCheck *v, const Value *source)
{
    Str name = str_of(v->volume, "name");
    bool is_long = name.len + 1 + str_of(source, "targetPortal").len > TOGETHER_MAX;
    if (is_long && value_get_str(source, STR("initiatorName")).ptr) {
        field_invalid_str(v->check->errs, path_child(v->path, "name"), name,
                          STR("Total length of <volume name>:<iscsi.targetPortal> must be under 64 "
                              "characters if iscsi.initiatorName is specified."));
    }
}

void volume_check_fc(VolumeCheck *v, const Value *source, const Path *path)
{
    FieldErrors *errs = v->check->errs;
    const Value *targets = value_get_lit(source, "targetWWNs");
    size_t wwids = value_len(value_get_lit(source, "wwids"));
    if (!value_len(targets) && !wwids) {
        field_required(errs, path_child(path, "targetWWNs"),
                       STR("must specify either targetWWNs or wwids, but not both"));
    }
    if (value_len(targets) && wwids) {
        field_invalid_raw(errs, path_child(path, "targetWWNs"),
                          dump_strings(targets, check_arena(v->check)),
                          STR("targetWWNs and wwids can not be specified simultaneously"));
    }
    if (value_len(targets)) {
        OptInt64 lun = value_get_int(source, STR("lun"));
        if (!lun.set) {
            field_required(errs, path_child(path, "lun"),
                           STR("lun is required if targetWWNs is specified"));
        } else if (!in_range(lun.value, 0, LUN_MAX)) {
            field_invalid_int(errs, path_child(path, "lun"), lun.value,
                              STR(CHECK_RANGE_TEXT(0, 255)));
        }
    }
}

/* -- network file systems and disks ------------------------------------------------------------ */

static void require_list(PodCheck *c, const Value *source, Str member, const Path *path)
{
    if (!value_len(value_get(source, member))) {
        field_required(c->errs, path_child_str(path, member), STR(""));
    }
}

void volume_check_monitors(VolumeCheck *v, const Value *source, const Path *path)
{
    require_list(v->check, source, STR("monitors"), path);
}

void volume_check_rbd(VolumeCheck *v, const Value *source, const Path *path)
{
    require_list(v->check, source, STR("monitors"), path);
    check_required(v->check, source, STR("image"), path);
}

void volume_check_secret_ref(VolumeCheck *v, const Value *source, const Path *path)
{
    const Value *ref = object_of(source, "secretRef");
    if (ref) {
        Path ref_path = path_child(path, "secretRef");
        check_required(v->check, ref, STR("name"), &ref_path);
    }
}

/* "host:port" or "[v6]:port", as Go's net.SplitHostPort takes it. */
static bool is_host_port(Str s)
{
    ptrdiff_t colon = str_rindex_byte(s, ':');
    if (colon < 0) {
        return false;
    }
    Str host = str_slice(s, 0, (size_t)colon);
    Str rest = str_drop(s, (size_t)colon);
    if (str_starts_with(s, STR("["))) {
        ptrdiff_t end = str_index_byte(s, ']');
        if (end < 0 || end + 1 != colon) {
            return false;
        }
        host = str_slice(s, 1, (size_t)end);
        return str_index_byte(host, '[') < 0 && str_index_byte(rest, '[') < 0 &&
               str_index_byte(rest, ']') < 0;
    }
    return str_index_byte(host, ':') < 0 && str_index_byte(s, '[') < 0 &&
           str_index_byte(s, ']') < 0;
}

void volume_check_quobyte(VolumeCheck *v, const Value *source, const Path *path)
{
    enum { TENANT_MAX = 64 };
    static const Str pairs_wanted = STR_INIT(
        "must be a host:port pair or multiple pairs separated by commas");
    FieldErrors *errs = v->check->errs;
    Str registry = str_of(source, "registry");
    if (!registry.len) {
        field_required(errs, path_child(path, "registry"), pairs_wanted);
    } else if (str_of(source, "tenant").len > TENANT_MAX) {
        field_required(errs, path_child(path, "tenant"),
                       STR("must be a UUID and may not exceed a length of 64 characters"));
    } else {
        Str rest = registry;
        Str pair;
        while (str_next_piece(&rest, ',', &pair)) {
            if (!is_host_port(pair)) {
                field_invalid_str(errs, path_child(path, "registry"), registry, pairs_wanted);
            }
        }
    }
    check_required(v->check, source, STR("volume"), path);
}

void volume_check_flocker(VolumeCheck *v, const Value *source, const Path *path)
{
    FieldErrors *errs = v->check->errs;
    Str name = str_of(source, "datasetName");
    Str uuid = str_of(source, "datasetUUID");
    if (!name.len && !uuid.len) {
        field_required(errs, *path, STR("one of datasetName and datasetUUID is required"));
    }
    if (name.len && uuid.len) {
        field_invalid_str(errs, *path, STR("resource"),
                          STR("datasetName and datasetUUID can not be specified simultaneously"));
    }
    if (str_index_byte(name, '/') >= 0) {
        field_invalid_str(errs, path_child(path, "datasetName"), name, STR("must not contain '/'"));
    }
}

static bool ends_with_ignoring_case(Str s, Str suffix)
{
    return s.len >= suffix.len && str_eq_ignore_case(str_drop(s, s.len - suffix.len), suffix);
}

/* In kubernetes.io or k8s.io, or one of their subdomains. */
static bool is_reserved_domain(Str s)
{
    return str_eq_ignore_case(s, STR("kubernetes.io")) || str_eq_ignore_case(s, STR("k8s.io")) ||
           ends_with_ignoring_case(s, STR(".kubernetes.io")) ||
           ends_with_ignoring_case(s, STR(".k8s.io"));
}

void volume_check_flex(VolumeCheck *v, const Value *source, const Path *path)
{
    Path options = path_child(path, "options");
    VALUE_EACH_MEMBER(m, value_get_lit(source, "options")) {
        Str domain;
        Str rest;
        str_split_once(member_key(m), '/', &domain, &rest);
        if (is_reserved_domain(domain)) {
            field_invalid_str(v->check->errs, path_key(&options, member_key(m)), member_key(m),
                              STR("kubernetes.io and k8s.io namespaces are reserved"));
        }
    }
}

void volume_check_azure_disk(VolumeCheck *v, const Value *source, const Path *path)
{
    static const Str cachings[] = { STR_INIT("None"), STR_INIT("ReadOnly"), STR_INIT("ReadWrite") };
    static const Str kinds[] = { STR_INIT("Dedicated"), STR_INIT("Managed"), STR_INIT("Shared") };
    static const Str managed_uris[] = { STR_INIT(
        "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/"
        "{disk-id}") };
    static const Str blob_uris[] = { STR_INIT(
        "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd") };
    check_supported_if_set(v->check, source, STR("cachingMode"), CHECK_LIST(cachings), path);
    check_supported_if_set(v->check, source, STR("kind"), CHECK_LIST(kinds), path);
    Str kind = value_get_str(source, STR("kind"));
    Str uri = str_of(source, "diskURI");
    if (!kind.ptr) {
        return;
    }
    bool is_managed = str_eq(kind, STR("Managed"));
    Str start = is_managed ? STR("/subscriptions/") : STR("https://");
    if (!str_starts_with(uri, start)) {
        field_not_supported(v->check->errs, path_child(path, "diskURI"), uri,
                            is_managed ? CHECK_LIST(managed_uris) : CHECK_LIST(blob_uris));
    }
}

void volume_check_storageos(VolumeCheck *v, const Value *source, const Path *path)
{
    PodCheck *c = v->check;
    if (check_required(c, source, STR("volumeName"), path)) {
        check_name(c, str_of(source, "volumeName"), name_check_dns1123_label,
                   path_child(path, "volumeName"));
    }
    Str namespace = str_of(source, "volumeNamespace");
    if (namespace.len) {
        check_name(c, namespace, name_check_dns1123_label, path_child(path, "volumeNamespace"));
    }
    volume_check_secret_ref(v, source, path);
}

void volume_check_csi_driver(VolumeCheck *v, const Value *source, const Path *path)
{
    enum { DRIVER_MAX = 63 };
    PodCheck *c = v->check;
    Path driver_path = path_child(path, "driver");
    Str driver = str_of(source, "driver");
    check_required(c, source, STR("driver"), path);
    if (driver.len > DRIVER_MAX) {
        field_too_long(c->errs, driver_path, DRIVER_MAX);
    }
    Str lower = arena_lower(check_arena(c), driver);
    name_report(c->errs, driver_path, driver, name_check_dns1123_subdomain(lower));
}

void volume_check_csi(VolumeCheck *v, const Value *source, const Path *path)
{
    PodCheck *c = v->check;
    volume_check_csi_driver(v, source, path);
    const Value *ref = object_of(source, "nodePublishSecretRef");
    if (ref) {
        Path ref_path = path_child(path, "nodePublishSecretRef "); /* the blank is real */
        if (check_required(c, ref, STR("name"), &ref_path)) {
            check_name(c, str_of(ref, "name"), name_check_dns1123_subdomain,
                       path_child(path, "name"));
        }
    }
}

void volume_check_image(VolumeCheck *v, const Value *source, const Path *path)
{
    static const Str policies[] = { STR_INIT("Always"), STR_INIT("IfNotPresent"),
                                    STR_INIT("Never") };
    if (v->check->metadata) {
        check_required(v->check, source, STR("reference"), path);
    }
    check_enum(v->check, source, STR("pullPolicy"), CHECK_LIST(policies), path);
}
