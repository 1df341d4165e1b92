/* SPDX-License-Identifier: Apache-2.0 */
/* What of an object decides anything. */
#include "analyze/simulate/reduce.h"

#include "doc/json.h"

/* -- metadata ---------------------------------------------------------------------------------- */

static bool is_of_domain(Str key, Str domain)
{
    Str prefix;
    Str name;
    if (!str_split_once(key, '/', &prefix, &name)) {
        return false;
    }
    return str_eq(prefix, domain) || (str_ends_with(prefix, domain) && prefix.len > domain.len &&
                                      prefix.ptr[prefix.len - domain.len - 1] == '.');
}

/* What others than Kubernetes note decides nothing, and kubectl's and the kubelet's own notes
 * neither; nor does the policy that once admitted it. */
static bool decides(Str key)
{
    static const Str no_part[] = {
        STR_INIT("kubernetes.io/psp"),           STR_INIT("kubernetes.io/limit-ranger"),
        STR_INIT("kubernetes.io/config.hash"),   STR_INIT("kubernetes.io/config.seen"),
        STR_INIT("kubernetes.io/config.source"),
    };
    if (!is_of_domain(key, STR("kubernetes.io")) || str_starts_with(key, STR("kubectl."))) {
        return false;
    }
    return !str_list_has((StrList){ no_part, COUNT_OF(no_part) }, key);
}

static void keep(Value *to, const Value *from, Str key, Arena *a)
{
    const Value *v = value_get(from, key);
    if (!value_is_null(v)) {
        value_append(to, key, *v, a);
    }
}

static Value pod_metadata(const Value *from, Arena *a)
{
    Value meta = value_object();
    keep(&meta, from, STR("name"), a);
    keep(&meta, from, STR("generateName"), a);
    keep(&meta, from, STR("namespace"), a);
    keep(&meta, from, STR("labels"), a);
    Value annotations = value_object();
    VALUE_EACH_MEMBER(m, value_get_lit(from, "annotations")) {
        if (decides(member_key(m))) {
            value_append(&annotations, member_key(m), m->value, a);
        }
    }
    if (annotations.len) {
        value_append(&meta, STR("annotations"), annotations, a);
    }
    return meta;
}

/* -- the spec of a pod ------------------------------------------------------------------------- */

#define TOKEN_MOUNT "/var/run/secrets/kubernetes.io/serviceaccount"

/* Does every mount of the volume stand where the token's does, and is there one? */
static bool is_token_volume(const Value *spec, const Value *volume)
{
    Str name = value_get_str(volume, STR("name"));
    const Value *source = value_get_lit(volume, "projected");
    if (!str_starts_with(name, STR("kube-api-access-")) &&
        !(value_get_lit(volume, "secret") && str_contains(name, STR("-token-")))) {
        return false;
    }
    size_t mounts = 0;
    static const Str lists[] = { STR_INIT("containers"), STR_INIT("initContainers") };
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        VALUE_EACH_ITEM(container, value_get(spec, lists[i])) {
            VALUE_EACH_ITEM(mount, value_get_lit(container, "volumeMounts")) {
                if (str_eq(value_get_str(mount, STR("name")), name)) {
                    if (!str_eq(value_get_str(mount, STR("mountPath")), STR(TOKEN_MOUNT))) {
                        return false;
                    }
                    mounts++;
                }
            }
        }
    }
    return mounts > 0 || source;
}

static Value without_volume(const Value *list, Str field, Str name, Arena *a)
{
    Value out = value_array();
    VALUE_EACH_ITEM(item, list) {
        if (!str_eq(value_get_str(item, field), name)) {
            value_add(&out, *item, a);
        }
    }
    return out;
}

static Value without_mounts(const Value *containers, Str volume, Arena *a)
{
    Value out = value_array();
    VALUE_EACH_ITEM(container, containers) {
        Value copy = *container;
        const Value *mounts = value_get_lit(container, "volumeMounts");
        if (value_is(container, VALUE_OBJECT) && mounts) {
            Value left = without_volume(mounts, STR("name"), volume, a);
            copy = value_object();
            VALUE_EACH_MEMBER(m, container) {
                bool is_mounts = str_eq(member_key(m), STR("volumeMounts"));
                if (!is_mounts || left.len) {
                    value_append(&copy, member_key(m), is_mounts ? left : m->value, a);
                }
            }
        }
        value_add(&out, copy, a);
    }
    return out;
}

static Str token_volume(const Value *spec)
{
    VALUE_EACH_ITEM(volume, value_get_lit(spec, "volumes")) {
        if (is_token_volume(spec, volume)) {
            return value_get_str(volume, STR("name"));
        }
    }
    return STR_ABSENT;
}

/* What admission, the scheduler and nodes set, and refuse to be told. */
static bool is_set_later(Str key, const Value *spec, Str owner_kind)
{
    static const Str later[] = { STR_INIT("priority"), STR_INIT("preemptionPolicy"),
                                 STR_INIT("ephemeralContainers") };
    if (str_eq(key, STR("nodeName"))) {
        return !str_eq(owner_kind, STR("Node")); /* which sends it so */
    }
    if (str_eq(key, STR("overhead"))) {
        return value_get_lit(spec, "runtimeClassName") != NULL;
    }
    if (str_eq(key, STR("affinity"))) {
        return str_eq(owner_kind, STR("DaemonSet")); /* it names the node */
    }
    return str_list_has((StrList){ later, COUNT_OF(later) }, key);
}

static Value pod_spec(const Value *spec, Str owner_kind, Arena *a)
{
    Value out = value_object();
    Str token = token_volume(spec);
    VALUE_EACH_MEMBER(m, spec) {
        Str key = member_key(m);
        Value v = m->value;
        if (is_set_later(key, spec, owner_kind)) {
            continue;
        }
        if (token.ptr && str_eq(key, STR("volumes"))) {
            v = without_volume(&m->value, STR("name"), token, a);
            if (!v.len) {
                continue;
            }
        } else if (token.ptr &&
                   (str_eq(key, STR("containers")) || str_eq(key, STR("initContainers")))) {
            v = without_mounts(&m->value, token, a);
        }
        value_append(&out, key, v, a);
    }
    return out;
}

/* The spec that was applied, as kubectl notes it: what policies and limits set is not in there. */
static Value *applied_spec(const Value *pod, Arena *a)
{
    const Value *annotations = value_at(pod, "metadata", "annotations", NULL);
    Str text = value_get_str(annotations, STR("kubectl.kubernetes.io/last-applied-configuration"));
    Value *applied = new(a, Value, 1);
    if (!text.len || !json_read(STR("last-applied"), text, NULL, a, applied, NULL) ||
        !str_eq(value_get_str(applied, STR("kind")), STR("Pod"))) {
        return NULL;
    }
    Value *spec = value_get_lit(applied, "spec");
    return value_is(spec, VALUE_OBJECT) ? spec : NULL;
}

Value reduce_pod(const Value *pod, Str owner_kind, Arena *a)
{
    Value out = value_object();
    keep(&out, pod, STR("apiVersion"), a);
    keep(&out, pod, STR("kind"), a);
    value_append(&out, STR("metadata"), pod_metadata(value_get_lit(pod, "metadata"), a), a);
    const Value *applied = owner_kind.len ? NULL : applied_spec(pod, a);
    const Value *spec = applied ? applied : value_get_lit(pod, "spec");
    if (value_is(spec, VALUE_OBJECT)) {
        value_append(&out, STR("spec"), pod_spec(spec, owner_kind, a), a);
    } else {
        keep(&out, pod, STR("spec"), a);
    }
    return out;
}

/* -- what is looked at ------------------------------------------------------------------------- */

static Value without(const Value *object, StrList dropped, Arena *a)
{
    Value out = value_object();
    VALUE_EACH_MEMBER(m, object) {
        if (!str_list_has(dropped, member_key(m))) {
            value_append(&out, member_key(m), m->value, a);
        }
    }
    return out;
}

/* Only what comes from elsewhere: from secrets, say. */
static Value environment(const Value *env, Arena *a)
{
    Value out = value_array();
    VALUE_EACH_ITEM(variable, env) {
        const Value *from = value_get_lit(variable, "valueFrom");
        if (from) {
            value_add(&out, *from, a);
        }
    }
    return out;
}

static Value container_key(const Value *container, Arena *a)
{
    static const Str dropped[] = { STR_INIT("image"),
                                   STR_INIT("command"),
                                   STR_INIT("args"),
                                   STR_INIT("workingDir"),
                                   STR_INIT("terminationMessagePath"),
                                   STR_INIT("terminationMessagePolicy") };
    if (!value_is(container, VALUE_OBJECT)) {
        return *container;
    }
    Value out = without(container, (StrList){ dropped, COUNT_OF(dropped) }, a);
    Value *env = value_get_lit(&out, "env");
    if (env) {
        *env = environment(env, a);
    }
    return out;
}

/* A claim's or a config map's name is as good as another's. */
static Value volume_key(const Value *volume, Arena *a)
{
    static const Str sources[] = { STR_INIT("persistentVolumeClaim"), STR_INIT("configMap") };
    static const Str names[] = { STR_INIT("claimName"), STR_INIT("name") };
    if (!value_is(volume, VALUE_OBJECT)) {
        return *volume;
    }
    Value out = without(volume, (StrList){ NULL, 0 }, a);
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        Value *source = value_get(&out, sources[i]);
        if (value_is(source, VALUE_OBJECT)) {
            *source = without(source, (StrList){ names, COUNT_OF(names) }, a);
        }
    }
    return out;
}

static void map_items(Value *object, Str key, Value (*each)(const Value *item, Arena *a), Arena *a)
{
    Value *list = value_get(object, key);
    if (!value_is(list, VALUE_ARRAY)) {
        return;
    }
    Value out = value_array();
    VALUE_EACH_ITEM(item, list) {
        value_add(&out, each(item, a), a);
    }
    *list = out;
}

Value reduce_to_key(const Value *pod, Arena *a)
{
    static const Str dropped[] = { STR_INIT("hostname"),  STR_INIT("subdomain"),
                                   STR_INIT("affinity"),  STR_INIT("topologySpreadConstraints"),
                                   STR_INIT("dnsConfig"), STR_INIT("hostAliases") };
    Value spec = without(value_get_lit(pod, "spec"), (StrList){ dropped, COUNT_OF(dropped) }, a);
    map_items(&spec, STR("containers"), container_key, a);
    map_items(&spec, STR("initContainers"), container_key, a);
    map_items(&spec, STR("volumes"), volume_key, a);
    Value annotations = value_object();
    VALUE_EACH_MEMBER(m, value_at(pod, "metadata", "annotations", NULL)) {
        if (decides(member_key(m))) {
            value_append(&annotations, member_key(m), m->value, a);
        }
    }
    Value key = value_array();
    value_add(&key, spec, a);
    value_add(&key, annotations, a);
    return key;
}

/* Without what servers and kubectl note: who owns a field, what was applied. */
static Value object_metadata(const Value *from, Arena *a)
{
    Value out = value_object();
    VALUE_EACH_MEMBER(m, from) {
        Value v = m->value;
        if (str_eq(member_key(m), STR("managedFields"))) {
            continue;
        }
        if (str_eq(member_key(m), STR("annotations")) && v.kind == VALUE_OBJECT) {
            v = value_object();
            VALUE_EACH_MEMBER(annotation, &m->value) {
                if (!str_starts_with(member_key(annotation), STR("kubectl.kubernetes.io/"))) {
                    value_append(&v, member_key(annotation), annotation->value, a);
                }
            }
        }
        value_append(&out, member_key(m), v, a);
    }
    return out;
}

Value reduce_object(const Value *object, bool keep_status, Arena *a)
{
    Value out = value_object();
    VALUE_EACH_MEMBER(m, object) {
        Str key = member_key(m);
        Value v = m->value;
        if (str_eq(key, STR("status")) && !keep_status) {
            continue;
        }
        if (str_eq(key, STR("metadata")) && v.kind == VALUE_OBJECT) {
            v = object_metadata(&m->value, a);
        }
        value_append(&out, key, v, a);
    }
    return out;
}

/* -- being the same ---------------------------------------------------------------------------- */

static inline uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * 0x9E3779B97F4A7C15u;
    return h ^ (h >> 29);
}

/* Eight bytes at a time. */
static uint64_t hash_bytes(uint64_t h, const char *p, size_t len)
{
    h = mix(h, len);
    while (len >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = mix(h, word);
        p += 8;
        len -= 8;
    }
    uint64_t word = 0;
    if (len) {
        memcpy(&word, p, len);
    }
    return mix(h, word);
}

/* Recursion is bounded by the depth that readers allow. */
static uint64_t hash_value(uint64_t h, const Value *v)
{
    h = mix(h, v->kind);
    switch ((ValueKind)v->kind) {
    case VALUE_NULL:
        return h;
    case VALUE_BOOL:
        return mix(h, v->b);
    case VALUE_INT:
    case VALUE_UINT:
    case VALUE_FLOAT:
        return mix(h, v->u);
    case VALUE_STRING:
        return hash_bytes(h, v->s, v->len);
    case VALUE_ARRAY:
        h = mix(h, v->len);
        VALUE_EACH_ITEM(item, v) {
            h = hash_value(h, item);
        }
        return h;
    case VALUE_OBJECT:
        h = mix(h, v->len);
        VALUE_EACH_MEMBER(m, v) {
            h = hash_value(hash_bytes(h, m->key, m->key_len), &m->value);
        }
        return h;
    }
    return h;
}

uint64_t value_hash(const Value *v)
{
    return hash_value(0, v);
}
