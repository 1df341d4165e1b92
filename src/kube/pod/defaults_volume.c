/* SPDX-License-Identifier: Apache-2.0 */
/* Defaulting of volumes: a row for each member that a source gets. */
#include "kube/pod/defaults_parts.h"

typedef enum DefaultKind {
    DEFAULT_STR,       /* where missing or empty */
    DEFAULT_STR_UNSET, /* where missing: an empty string stays */
    DEFAULT_INT,
    DEFAULT_BOOL,
} DefaultKind;

enum { FILE_MODE = 0644, TOKEN_SECONDS = 3600 };

static const struct {
    Str source;
    Str member;
    DefaultKind kind;
    Str text;
    int64_t number;
} rows[] = {
    { STR_INIT("azureDisk"), STR_INIT("cachingMode"), DEFAULT_STR_UNSET, STR_INIT("ReadWrite"), 0 },
    { STR_INIT("azureDisk"), STR_INIT("kind"), DEFAULT_STR_UNSET, STR_INIT("Shared"), 0 },
    { STR_INIT("azureDisk"), STR_INIT("fsType"), DEFAULT_STR_UNSET, STR_INIT("ext4"), 0 },
    { STR_INIT("azureDisk"), STR_INIT("readOnly"), DEFAULT_BOOL, STR_INIT(""), false },
    { STR_INIT("configMap"), STR_INIT("defaultMode"), DEFAULT_INT, STR_INIT(""), FILE_MODE },
    { STR_INIT("downwardAPI"), STR_INIT("defaultMode"), DEFAULT_INT, STR_INIT(""), FILE_MODE },
    { STR_INIT("hostPath"), STR_INIT("type"), DEFAULT_STR_UNSET, STR_INIT(""), 0 },
    { STR_INIT("iscsi"), STR_INIT("iscsiInterface"), DEFAULT_STR, STR_INIT("default"), 0 },
    { STR_INIT("projected"), STR_INIT("defaultMode"), DEFAULT_INT, STR_INIT(""), FILE_MODE },
    { STR_INIT("rbd"), STR_INIT("pool"), DEFAULT_STR, STR_INIT("rbd"), 0 },
    { STR_INIT("rbd"), STR_INIT("user"), DEFAULT_STR, STR_INIT("admin"), 0 },
    { STR_INIT("rbd"), STR_INIT("keyring"), DEFAULT_STR, STR_INIT("/etc/ceph/keyring"), 0 },
    { STR_INIT("scaleIO"), STR_INIT("storageMode"), DEFAULT_STR, STR_INIT("ThinProvisioned"), 0 },
    { STR_INIT("scaleIO"), STR_INIT("fsType"), DEFAULT_STR, STR_INIT("xfs"), 0 },
    { STR_INIT("secret"), STR_INIT("defaultMode"), DEFAULT_INT, STR_INIT(""), FILE_MODE },
};

static void default_files(const Value *downward_api, Arena *a)
{
    VALUE_EACH_ITEM(file, value_get_lit(downward_api, "items")) {
        pod_default_field_ref(value_get_lit(file, "fieldRef"), a);
    }
}

static void default_projections(const Value *projected, Arena *a)
{
    VALUE_EACH_ITEM(source, value_get_lit(projected, "sources")) {
        default_files(value_get_lit(source, "downwardAPI"), a);
        Value *token = value_get_lit(source, "serviceAccountToken");
        if (value_is(token, VALUE_OBJECT)) {
            pod_default_int(token, STR("expirationSeconds"), TOKEN_SECONDS, a);
        }
    }
}

static void default_claim_template(const Value *ephemeral, Arena *a)
{
    Value *template = value_get_lit(ephemeral, "volumeClaimTemplate");
    Value *spec = value_get_lit(template, "spec");
    if (value_is(spec, VALUE_OBJECT)) {
        pod_default_str(spec, STR("volumeMode"), STR("Filesystem"), a);
        pod_default_resource_list(value_at(spec, "resources", "limits", NULL), a);
        pod_default_resource_list(value_at(spec, "resources", "requests", NULL), a);
    }
}

static bool has_source(const Value *volume)
{
    VALUE_EACH_MEMBER(m, volume) {
        if (!str_eq(member_key(m), STR("name")) && !value_is_null(&m->value)) {
            return true;
        }
    }
    return false;
}

void pod_default_volume(Value *volume, const KubeTarget *t, Arena *a)
{
    enum { IMAGE_VOLUME_MINOR = 31 };
    if (!value_is(volume, VALUE_OBJECT)) {
        return;
    }
    if (!has_source(volume)) {
        value_set_lit(volume, "emptyDir", value_object(), a);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value *source = value_get(volume, rows[i].source);
        if (!value_is(source, VALUE_OBJECT)) {
            continue;
        }
        switch (rows[i].kind) {
        case DEFAULT_STR:
            pod_default_str(source, rows[i].member, rows[i].text, a);
            break;
        case DEFAULT_STR_UNSET:
            if (value_is_null(value_get(source, rows[i].member))) {
                value_set(source, rows[i].member, value_str(rows[i].text), a);
            }
            break;
        case DEFAULT_INT:
            pod_default_int(source, rows[i].member, rows[i].number, a);
            break;
        case DEFAULT_BOOL:
            pod_default_bool(source, rows[i].member, rows[i].number != 0, a);
            break;
        }
    }
    default_files(value_get_lit(volume, "downwardAPI"), a);
    default_projections(value_get_lit(volume, "projected"), a);
    default_claim_template(value_get_lit(volume, "ephemeral"), a);
    Value *image = value_get_lit(volume, "image");
    if (t->minor >= IMAGE_VOLUME_MINOR && value_is(image, VALUE_OBJECT)) {
        pod_default_pull_policy(image, STR("pullPolicy"), STR("reference"), a);
    }
}
