/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a pod into its view: the pod, its volumes and claims, and what all parts share. */
#include "kube/pod_view_read.h"

bool pod_read_bad_type(const Reader *r, const Path *at, const Value *v, const char *want)
{
    return err_set(r->err, r->arena, ERR_TYPE, "%.*s: must be %s, not %.*s",
                   STR_ARG(path_render(at, r->arena)), want, STR_ARG(value_kind_name(v)));
}

bool pod_read_bad_member(const Reader *r, const Path *at, const Member *m, const char *want)
{
    Path member = path_child_str(at, member_key(m));
    return pod_read_bad_type(r, &member, &m->value, want);
}

/* Item i of a list of objects; a null item is the empty object, as in Go. */
bool pod_read_item(const Reader *r, const Path *item, const Value *v, const Value **out)
{
    static const Value empty = { .kind = VALUE_OBJECT };
    if (v->kind == VALUE_OBJECT || v->kind == VALUE_NULL) {
        *out = v->kind == VALUE_OBJECT ? v : &empty;
        return true;
    }
    return pod_read_bad_type(r, item, v, "an object");
}

bool pod_read_str_list(const Reader *r, const Path *at, const Member *m, StrList *out)
{
    const Value *list = NULL;
    if (!get_array(r, at, m, &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    Path path = path_child_str(at, member_key(m));
    Str *items = arena_alloc(r->arena, list->len * sizeof(Str));
    for (uint32_t i = 0; i < list->len; i++) {
        const Value *v = &list->items[i];
        if (v->kind != VALUE_STRING && v->kind != VALUE_NULL) {
            Path item = path_index(&path, i);
            return pod_read_bad_type(r, &item, v, "a string");
        }
        items[i] = v->kind == VALUE_STRING ? value_as_str(v) : STR("");
    }
    *out = (StrList){ items, list->len };
    return true;
}

bool pod_read_int_list(const Reader *r, const Path *at, const Member *m, Int64List *out)
{
    const Value *list = NULL;
    if (!get_array(r, at, m, &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    Path path = path_child_str(at, member_key(m));
    int64_t *items = arena_alloc(r->arena, list->len * sizeof(int64_t));
    for (uint32_t i = 0; i < list->len; i++) {
        OptInt64 n = value_as_int(&list->items[i]);
        if (!n.set && list->items[i].kind != VALUE_NULL) {
            Path item = path_index(&path, i);
            return pod_read_bad_type(r, &item, &list->items[i], "an integer");
        }
        items[i] = n.value;
    }
    *out = (Int64List){ items, list->len };
    return true;
}

/* -- volumes ----------------------------------------------------------------------------------- */

static const Str volume_fields[VOLUME_TYPE_COUNT] = {
    [VOLUME_HOST_PATH] = STR_INIT("hostPath"),
    [VOLUME_EMPTY_DIR] = STR_INIT("emptyDir"),
    [VOLUME_GCE_PERSISTENT_DISK] = STR_INIT("gcePersistentDisk"),
    [VOLUME_AWS_ELASTIC_BLOCK_STORE] = STR_INIT("awsElasticBlockStore"),
    [VOLUME_GIT_REPO] = STR_INIT("gitRepo"),
    [VOLUME_SECRET] = STR_INIT("secret"),
    [VOLUME_NFS] = STR_INIT("nfs"),
    [VOLUME_ISCSI] = STR_INIT("iscsi"),
    [VOLUME_GLUSTERFS] = STR_INIT("glusterfs"),
    [VOLUME_PERSISTENT_VOLUME_CLAIM] = STR_INIT("persistentVolumeClaim"),
    [VOLUME_RBD] = STR_INIT("rbd"),
    [VOLUME_FLEX_VOLUME] = STR_INIT("flexVolume"),
    [VOLUME_CINDER] = STR_INIT("cinder"),
    [VOLUME_CEPHFS] = STR_INIT("cephfs"),
    [VOLUME_FLOCKER] = STR_INIT("flocker"),
    [VOLUME_DOWNWARD_API] = STR_INIT("downwardAPI"),
    [VOLUME_FC] = STR_INIT("fc"),
    [VOLUME_AZURE_FILE] = STR_INIT("azureFile"),
    [VOLUME_CONFIG_MAP] = STR_INIT("configMap"),
    [VOLUME_VSPHERE_VOLUME] = STR_INIT("vsphereVolume"),
    [VOLUME_QUOBYTE] = STR_INIT("quobyte"),
    [VOLUME_AZURE_DISK] = STR_INIT("azureDisk"),
    [VOLUME_PHOTON_PERSISTENT_DISK] = STR_INIT("photonPersistentDisk"),
    [VOLUME_STORAGEOS] = STR_INIT("storageos"),
    [VOLUME_PROJECTED] = STR_INIT("projected"),
    [VOLUME_PORTWORX_VOLUME] = STR_INIT("portworxVolume"),
    [VOLUME_SCALE_IO] = STR_INIT("scaleIO"),
    [VOLUME_CSI] = STR_INIT("csi"),
    [VOLUME_EPHEMERAL] = STR_INIT("ephemeral"),
    [VOLUME_IMAGE] = STR_INIT("image"),
    [VOLUME_OTHER] = STR_INIT(""),
};

Str volume_type_field(VolumeType type)
{
    return volume_fields[type];
}

/* Most lengths are those of one to three names. */
static VolumeType volume_type_of(Str field)
{
    for (VolumeType t = 0; t < VOLUME_OTHER; t++) {
        if (volume_fields[t].len == field.len && volume_fields[t].ptr[0] == field.ptr[0] &&
            str_eq(volume_fields[t], field)) {
            return t;
        }
    }
    return VOLUME_OTHER;
}

/* A string member of a source, absent when unset. */
static bool source_str(const Reader *r, const Path *at, const Value *source, Str field, Str *out)
{
    const Value *v = value_get(source, field);
    if (!value_is_null(v) && v->kind != VALUE_STRING) {
        Path path = path_child_str(at, field);
        return pod_read_bad_type(r, &path, v, "a string");
    }
    *out = value_as_str(v);
    return true;
}

static bool read_volume(const Reader *r, const Path *path, const Value *v, VolumeView *out)
{
    out->type = VOLUME_OTHER;
    VALUE_EACH_MEMBER(m, v) {
        if (m->key_len == 4 && KEY("name")) {
            if (!get_str(r, path, m, &out->name)) {
                return false;
            }
            continue;
        }
        VolumeType type = volume_type_of(member_key(m));
        const Value *source = NULL;
        if (type == VOLUME_OTHER ? value_is_null(&m->value) : false) {
            continue;
        }
        if (type == VOLUME_OTHER) {
            source = &m->value;
            out->other = member_key(m);
        } else if (!get_object(r, path, m, &source)) {
            return false;
        }
        if (!source) {
            continue;
        }
        if (!out->sources || type < out->type) {
            out->type = type;
            out->source = source;
        }
        out->sources |= (uint64_t)1 << type;
    }
    if (!out->sources) {
        out->type = VOLUME_EMPTY_DIR;
        return true;
    }
    Path source_path = path_child_str(path, volume_type_field(out->type));
    switch (out->type) {
    case VOLUME_HOST_PATH:
        return source_str(r, &source_path, out->source, STR("path"), &out->path);
    case VOLUME_CSI:
    case VOLUME_FLEX_VOLUME:
        return source_str(r, &source_path, out->source, STR("driver"), &out->driver);
    default:
        return true;
    }
}

static bool read_volumes(const Reader *r, const Path *at, const Member *m0, PodView *out)
{
    const Value *list = NULL;
    if (!get_array(r, at, m0, &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    VolumeView *volumes = new(r->arena, VolumeView, list->len);
    for (uint32_t i = 0; i < list->len; i++) {
        Path item_path = path_index(&path, i);
        const Value *item = NULL;
        if (!pod_read_item(r, &item_path, &list->items[i], &item) ||
            !read_volume(r, &item_path, item, &volumes[i])) {
            return false;
        }
    }
    out->volumes = volumes;
    out->volume_count = list->len;
    return true;
}

/* -- the pod ----------------------------------------------------------------------------------- */

static bool read_claims(const Reader *r, const Path *at, const Member *m0, PodView *out)
{
    const Value *list = NULL;
    if (!get_array(r, at, m0, &list)) {
        return false;
    }
    if (!list) {
        return true;
    }
    Path path = path_child_str(at, member_key(m0));
    ResourceClaimView *claims = new(r->arena, ResourceClaimView, list->len);
    for (uint32_t i = 0; i < list->len; i++) {
        Path item_path = path_index(&path, i);
        const Value *item = NULL;
        if (!pod_read_item(r, &item_path, &list->items[i], &item) ||
            !source_str(r, &item_path, item, STR("name"), &claims[i].name) ||
            !source_str(r, &item_path, item, STR("resourceClaimName"), &claims[i].claim_name) ||
            !source_str(r, &item_path, item, STR("resourceClaimTemplateName"),
                        &claims[i].template_name)) {
            return false;
        }
    }
    out->claims = claims;
    out->claim_count = list->len;
    return true;
}

typedef struct ContainerLists {
    const Value *lists[3]; /* by ContainerClass */
} ContainerLists;

Str container_class_field(ContainerClass class)
{
    static const Str fields[] = { [CONTAINER_INIT] = STR_INIT("initContainers"),
                                  [CONTAINER_REGULAR] = STR_INIT("containers"),
                                  [CONTAINER_EPHEMERAL] = STR_INIT("ephemeralContainers") };
    return fields[class];
}

static bool read_containers(const Reader *r, const Path *spec, const ContainerLists *all,
                            PodView *out)
{
    out->init_count = value_len(all->lists[CONTAINER_INIT]);
    out->regular_count = value_len(all->lists[CONTAINER_REGULAR]);
    out->container_count = out->init_count + out->regular_count +
                           value_len(all->lists[CONTAINER_EPHEMERAL]);
    ContainerView *containers = new(r->arena, ContainerView, out->container_count);
    ContainerView *at = containers;
    for (ContainerClass which = CONTAINER_INIT; which <= CONTAINER_EPHEMERAL; which++) {
        const Value *list = all->lists[which];
        Path path = path_child_str(spec, container_class_field(which));
        for (uint32_t i = 0; list && i < list->len; i++, at++) {
            Path item_path = path_index(&path, i);
            const Value *item = NULL;
            at->class = which;
            at->index = i;
            if (!pod_read_item(r, &item_path, &list->items[i], &item) ||
                !pod_read_container(r, &item_path, item, at)) {
                return false;
            }
        }
    }
    out->containers = containers;
    return true;
}

static bool read_os(const Reader *r, const Path *at, const Member *m, PodView *out)
{
    const Value *os = NULL;
    Path path = path_child_str(at, member_key(m));
    return get_object(r, at, m, &os) && source_str(r, &path, os, STR("name"), &out->os);
}

static bool read_spec(const Reader *r, const Path *path, PodView *out)
{
    ContainerLists containers = { { NULL, NULL, NULL } };
    Str older_service_account = STR_ABSENT;
    VALUE_EACH_MEMBER(m, out->spec) {
        bool ok = true;
        switch (m->key_len) {
        case 2:
            if (KEY("os")) {
                ok = read_os(r, path, m, out);
            }
            break;
        case 7:
            if (KEY("volumes")) {
                ok = read_volumes(r, path, m, out);
            } else if (KEY("hostPID")) {
                ok = get_bool(r, path, m, &out->host_pid);
            } else if (KEY("hostIPC")) {
                ok = get_bool(r, path, m, &out->host_ipc);
            }
            break;
        case 8:
            if (KEY("nodeName")) {
                ok = get_str(r, path, m, &out->node_name);
            }
            break;
        case 9:
            if (KEY("hostUsers")) {
                ok = get_opt_bool(r, path, m, &out->host_users);
            } else if (KEY("resources")) {
                ok = get_object(r, path, m, &out->resources);
            }
            break;
        case 10:
            if (KEY("containers")) {
                ok = get_array(r, path, m, &containers.lists[CONTAINER_REGULAR]);
            }
            break;
        case 11:
            if (KEY("hostNetwork")) {
                ok = get_bool(r, path, m, &out->host_network);
            }
            break;
        case 14:
            if (KEY("initContainers")) {
                ok = get_array(r, path, m, &containers.lists[CONTAINER_INIT]);
            } else if (KEY("resourceClaims")) {
                ok = read_claims(r, path, m, out);
            } else if (KEY("serviceAccount")) {
                ok = get_str(r, path, m, &older_service_account);
            }
            break;
        case 15:
            if (KEY("securityContext")) {
                ok = pod_read_security(r, path, m, &out->security);
            }
            break;
        case 16:
            if (KEY("runtimeClassName")) {
                ok = get_str(r, path, m, &out->runtime_class_name);
            }
            break;
        case 18:
            if (KEY("serviceAccountName")) {
                ok = get_str(r, path, m, &out->service_account_name);
            }
            break;
        case 19:
            if (KEY("ephemeralContainers")) {
                ok = get_array(r, path, m, &containers.lists[CONTAINER_EPHEMERAL]);
            }
            break;
        case 21:
            if (KEY("shareProcessNamespace")) {
                ok = get_opt_bool(r, path, m, &out->share_process_namespace);
            }
            break;
        }
        if (!ok) {
            return false;
        }
    }
    if (out->service_account_name.len == 0) {
        out->service_account_name = older_service_account;
    }
    return read_containers(r, path, &containers, out);
}

static bool read_string_map(const Reader *r, const Path *at, const Member *m0, const Value **out)
{
    if (!get_object(r, at, m0, out)) {
        return false;
    }
    VALUE_EACH_MEMBER(m, *out) {
        if (m->value.kind != VALUE_STRING && m->value.kind != VALUE_NULL) {
            Path map = path_child_str(at, member_key(m0));
            Path entry = path_key(&map, member_key(m));
            return pod_read_bad_type(r, &entry, &m->value, "a string");
        }
    }
    return true;
}

static bool read_metadata(const Reader *r, const Path *path, const Value *metadata, PodView *out)
{
    VALUE_EACH_MEMBER(m, metadata) {
        bool ok = true;
        switch (m->key_len) {
        case 4:
            if (KEY("name")) {
                ok = get_str(r, path, m, &out->name);
            }
            break;
        case 6:
            if (KEY("labels")) {
                ok = read_string_map(r, path, m, &out->labels);
            }
            break;
        case 9:
            if (KEY("namespace")) {
                ok = get_str(r, path, m, &out->namespace);
            }
            break;
        case 11:
            if (KEY("annotations")) {
                ok = read_string_map(r, path, m, &out->annotations);
            }
            break;
        case 12:
            if (KEY("generateName")) {
                ok = get_str(r, path, m, &out->generate_name);
            }
            break;
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool pod_view_read(const Value *pod, Arena *a, PodView *out, Err *err)
{
    const Reader r = { a, err };
    PodView view = { .pod = pod };
    Path metadata = path_root("metadata");
    Path spec = path_root("spec");
    if (!value_is(pod, VALUE_OBJECT)) {
        return err_set(err, a, ERR_TYPE, "a pod must be an object, not %.*s",
                       STR_ARG(value_kind_name(pod)));
    }
    VALUE_EACH_MEMBER(m, pod) {
        const Value *v = NULL;
        bool ok = true;
        if (m->key_len == 4 && KEY("spec")) {
            ok = m->value.kind == VALUE_OBJECT || m->value.kind == VALUE_NULL ||
                 pod_read_bad_type(&r, &spec, &m->value, "an object");
            view.spec = m->value.kind == VALUE_OBJECT ? &m->value : NULL;
            ok = ok && read_spec(&r, &spec, &view);
        } else if (m->key_len == 8 && KEY("metadata")) {
            ok = m->value.kind == VALUE_OBJECT || m->value.kind == VALUE_NULL ||
                 pod_read_bad_type(&r, &metadata, &m->value, "an object");
            v = m->value.kind == VALUE_OBJECT ? &m->value : NULL;
            ok = ok && read_metadata(&r, &metadata, v, &view);
        }
        if (!ok) {
            return false;
        }
    }
    *out = view;
    return true;
}

Str pod_annotation(const PodView *pod, Str key)
{
    /* A null value is the empty string in a Go map, and there. */
    const Value *v = value_get(pod->annotations, key);
    return v && v->kind == VALUE_NULL ? STR("") : value_as_str(v);
}

Str pod_annotation_with_suffix(const PodView *pod, Str prefix, Str name)
{
    VALUE_EACH_MEMBER(m, pod->annotations) {
        if (m->key_len == prefix.len + name.len && memcmp(m->key, prefix.ptr, prefix.len) == 0 &&
            memcmp(m->key + prefix.len, name.ptr ? name.ptr : "", name.len) == 0) {
            return m->value.kind == VALUE_NULL ? STR("") : value_as_str(&m->value);
        }
    }
    return STR_ABSENT;
}
