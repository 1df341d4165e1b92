/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about pods, one rule after the other. */
#include "kube/pod/warnings.h"

#include "kube/quantity.h"

enum {
    WARNED_SINCE = 22,
    HIDDEN_ENV_EXPLAINED_SINCE = 27, /* and what the new value refers to is no longer hidden */
    NULL_SELECTORS_SINCE = 27,
    SECCOMP_ANNOTATIONS_SINCE = 27,
    APP_ARMOR_ANNOTATIONS_SINCE = 30,
    PORTS_SINCE = 28,
    WARNINGS_MAX = 100,
};

typedef struct Warner {
    const KubeTarget *target;
    Arena *arena;
    Str *texts;
    size_t count;
} Warner;

static void warn(Warner *w, Path at, Str what)
{
    if (w->count < WARNINGS_MAX) {
        Buf b = buf_new(w->arena);
        path_write(&at, &b);
        buf_add(&b, what);
        w->texts[w->count++] = buf_str(&b);
    }
}

static Str quoted(Warner *w, const char *before, Str text, const char *after)
{
    Buf b = buf_new(w->arena);
    buf_add(&b, str_from_c(before));
    buf_go_quoted(&b, text);
    buf_add(&b, str_from_c(after));
    return buf_str(&b);
}

static Str str_at(const Value *v, const char *member)
{
    Str s = value_get_str(v, str_from_c(member));
    return s.ptr ? s : STR("");
}

/* -- labels of nodes -------------------------------------------------------------------------- */

static Str node_label_message(Str key)
{
    static const struct {
        Str key;
        Str message;
    } rows[] = {
        { STR_INIT("beta.kubernetes.io/arch"),
          STR_INIT("deprecated since v1.14; use \"kubernetes.io/arch\" instead") },
        { STR_INIT("beta.kubernetes.io/os"),
          STR_INIT("deprecated since v1.14; use \"kubernetes.io/os\" instead") },
        { STR_INIT("failure-domain.beta.kubernetes.io/region"),
          STR_INIT("deprecated since v1.17; use \"topology.kubernetes.io/region\" instead") },
        { STR_INIT("failure-domain.beta.kubernetes.io/zone"),
          STR_INIT("deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead") },
        { STR_INIT("beta.kubernetes.io/instance-type"),
          STR_INIT("deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead") },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (str_eq(rows[i].key, key)) {
            return rows[i].message;
        }
    }
    return STR_ABSENT;
}

static void check_node_key(Warner *w, Path at, Str key)
{
    Str message = node_label_message(key);
    if (message.ptr) {
        warn(w, at, arena_printf(w->arena, ": %.*s is %.*s", STR_ARG(key), STR_ARG(message)));
    }
}

static void check_node_terms(Warner *w, const Value *list, const Path *path, const char *inner)
{
    size_t i = 0;
    VALUE_EACH_ITEM(item, list) {
        Path at = path_index(path, i++);
        Path within = inner ? path_child_str(&at, str_from_c(inner)) : at;
        Path expressions = path_child(&within, "matchExpressions");
        const Value *term = inner ? value_get(item, str_from_c(inner)) : item;
        size_t j = 0;
        VALUE_EACH_ITEM(e, value_get_lit(term, "matchExpressions")) {
            Path expression = path_index(&expressions, j++);
            check_node_key(w, path_child(&expression, "key"), str_at(e, "key"));
        }
    }
}

static void check_node_labels(Warner *w, const Value *spec, const Path *path)
{
    Path selector = path_child(path, "nodeSelector");
    VALUE_EACH_MEMBER(m, value_get_lit(spec, "nodeSelector")) {
        Str message = node_label_message(member_key(m));
        if (message.ptr) {
            warn(w, path_key(&selector, member_key(m)), arena_concat(w->arena, STR(": "), message));
        }
    }
    const Value *affinity = value_at(spec, "affinity", "nodeAffinity", NULL);
    Path affinities = path_child(path, "affinity");
    Path of_node = path_child(&affinities, "nodeAffinity");
    Path required = path_child(&of_node, "requiredDuringSchedulingIgnoredDuringExecution");
    Path terms = path_child(&required, "nodeSelectorTerms");
    check_node_terms(w,
                     value_at(affinity, "requiredDuringSchedulingIgnoredDuringExecution",
                              "nodeSelectorTerms", NULL),
                     &terms, NULL);
    Path preferred = path_child(&of_node, "preferredDuringSchedulingIgnoredDuringExecution");
    check_node_terms(w, value_get_lit(affinity, "preferredDuringSchedulingIgnoredDuringExecution"),
                     &preferred, "preference");
}

static void check_spread(Warner *w, const Value *spec, const Path *path)
{
    Path list = path_child(path, "topologySpreadConstraints");
    size_t i = 0;
    VALUE_EACH_ITEM(c, value_get_lit(spec, "topologySpreadConstraints")) {
        Path at = path_index(&list, i++);
        check_node_key(w, path_child(&at, "topologyKey"), str_at(c, "topologyKey"));
        if (w->target->minor >= NULL_SELECTORS_SINCE &&
            value_is_null(value_get_lit(c, "labelSelector"))) {
            warn(w, path_child(&at, "labelSelector"),
                 STR(": a null labelSelector results in matching no pod"));
        }
    }
}

/* -- annotations and volumes ------------------------------------------------------------------- */

static void check_annotations(Warner *w, const Value *pod, const Path *metadata)
{
    static const struct {
        const char *key;
        Str message;
    } rows[] = {
        { "scheduler.alpha.kubernetes.io/critical-pod",
          STR_INIT(": non-functional in v1.16+; use the \"priorityClassName\" field instead") },
        { "security.alpha.kubernetes.io/sysctls",
          STR_INIT(": non-functional in v1.11+; use the \"sysctls\" field instead") },
        { "security.alpha.kubernetes.io/unsafe-sysctls",
          STR_INIT(": non-functional in v1.11+; use the \"sysctls\" field instead") },
    };
    Path annotations = path_child(metadata, "annotations");
    const Value *given = value_at(pod, "metadata", "annotations", NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (value_get(given, str_from_c(rows[i].key))) {
            warn(w, path_key(&annotations, str_from_c(rows[i].key)), rows[i].message);
        }
    }
}

#define PLANNED ": deprecated in v1.22, support removal is planned in v1.26"

static void check_volumes(Warner *w, const Value *spec, const Path *path)
{
    static const struct {
        const char *member;
        int since;
        int until;
        Str message;
    } rows[] = {
        { "photonPersistentDisk", 0, 0,
          STR_INIT(": deprecated in v1.11, non-functional in v1.16+") },
        { "gitRepo", 0, 33, STR_INIT(": deprecated in v1.11") },
        { "gitRepo", 33, 0, STR_INIT(": deprecated in v1.11, and disabled by default in v1.33+") },
        { "scaleIO", 0, 0, STR_INIT(": deprecated in v1.16, non-functional in v1.22+") },
        { "flocker", 0, 27, STR_INIT(PLANNED) },
        { "flocker", 27, 0, STR_INIT(": deprecated in v1.22, non-functional in v1.25+") },
        { "storageos", 0, 27, STR_INIT(PLANNED) },
        { "storageos", 27, 0, STR_INIT(": deprecated in v1.22, non-functional in v1.25+") },
        { "quobyte", 0, 27, STR_INIT(PLANNED) },
        { "quobyte", 27, 0, STR_INIT(": deprecated in v1.22, non-functional in v1.25+") },
        { "glusterfs", 25, 27,
          STR_INIT(": deprecated in v1.25, this feature will be removed soon after in a subsequent "
                   "release") },
        { "glusterfs", 27, 0, STR_INIT(": deprecated in v1.25, non-functional in v1.26+") },
        { "cephfs", 28, 0, STR_INIT(": deprecated in v1.28, non-functional in v1.31+") },
        { "rbd", 28, 0, STR_INIT(": deprecated in v1.28, non-functional in v1.31+") },
    };
    Path list = path_child(path, "volumes");
    size_t at = 0;
    int minor = w->target->minor;
    VALUE_EACH_ITEM(v, value_get_lit(spec, "volumes")) {
        Path volume = path_index(&list, at++);
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            Str member = str_from_c(rows[i].member);
            if (value_get(v, member) && minor >= rows[i].since &&
                (!rows[i].until || minor < rows[i].until)) {
                member = str_eq(member, STR("storageos")) ? STR("storageOS") : member;
                warn(w, path_child_str(&volume, member), rows[i].message);
            }
        }
    }
}

/* -- lists in which something is there twice ----------------------------------------------------
 */

static bool was_before(const Value *list, const Value *item, const char *member)
{
    VALUE_EACH_ITEM(other, list) {
        if (other == item) {
            return false;
        }
        if (str_eq(str_at(other, member), str_at(item, member))) {
            return true;
        }
    }
    return false;
}

static void check_twice(Warner *w, const Value *spec, const Path *path, const char *field,
                        const char *member, const char *what)
{
    Path list = path_child_str(path, str_from_c(field));
    const Value *items = value_get(spec, str_from_c(field));
    size_t i = 0;
    VALUE_EACH_ITEM(item, items) {
        Path at = path_index(&list, i++);
        if (i < WARNINGS_MAX && was_before(items, item, member)) {
            warn(w, path_child_str(&at, str_from_c(member)),
                 quoted(w, what, str_at(item, member), ""));
        }
    }
}

static void check_pull_secrets(Warner *w, const Value *spec, const Path *path)
{
    Path list = path_child(path, "imagePullSecrets");
    size_t i = 0;
    check_twice(w, spec, path, "imagePullSecrets", "name", ": duplicate name ");
    VALUE_EACH_ITEM(item, value_get_lit(spec, "imagePullSecrets")) {
        Path at = path_index(&list, i++);
        if (str_at(item, "name").len == 0) {
            warn(w, path_child(&at, "name"), STR(": invalid empty name \"\""));
        }
    }
}

/* -- containers ---------------------------------------------------------------------------------
 */

static void check_bytes(Warner *w, const Value *amounts, const Path *path)
{
    static const Str resources[] = { STR_INIT("memory"), STR_INIT("ephemeral-storage") };
    for (size_t i = 0; i < COUNT_OF(resources); i++) {
        Str text = value_get_str(amounts, resources[i]);
        Quantity q;
        Err err;
        if (text.len && quantity_parse(text, w->arena, &q, &err) &&
            quantity_milli_value(&q) % 1000 != 0) {
            warn(w, path_key(path, resources[i]),
                 quoted(w, ": fractional byte value ", text, " is invalid, must be an integer"));
        }
    }
}

static void check_env(Warner *w, const Value *container, const Path *path)
{
    Path list = path_child(path, "env");
    const Value *env = value_get_lit(container, "env");
    bool explained = w->target->minor >= HIDDEN_ENV_EXPLAINED_SINCE;
    size_t i = 0;
    VALUE_EACH_ITEM(item, env) {
        Path at = path_index(&list, i++);
        Str name = str_at(item, "name"), value = str_at(item, "value");
        if (i >= WARNINGS_MAX || !was_before(env, item, "name")) {
            continue;
        }
        Str reference = arena_printf(w->arena, "$(%.*s)", STR_ARG(name));
        if (!explained || value_get_lit(item, "valueFrom") || str_eq(value, reference) ||
            !str_contains(value, reference)) {
            warn(w, at,
                 quoted(w, ": hides previous definition of ", name,
                        explained ? ", which may be dropped when using apply" : ""));
        }
    }
}

static void check_profiles(Warner *w, const Value *pod, const Value *container,
                           const Path *metadata)
{
    Path annotations = path_child(metadata, "annotations");
    const Value *given = value_at(pod, "metadata", "annotations", NULL);
    Str name = str_at(container, "name");
    Str seccomp = arena_concat(w->arena, STR("container.seccomp.security.alpha.kubernetes.io/"),
                               name);
    Str app_armor = arena_concat(w->arena, STR("container.apparmor.security.beta.kubernetes.io/"),
                                 name);
    if (w->target->minor >= SECCOMP_ANNOTATIONS_SINCE && value_get(given, seccomp) &&
        !value_at(container, "securityContext", "seccompProfile", NULL)) {
        warn(w, path_key(&annotations, seccomp),
             STR(": non-functional in v1.27+; use the \"seccompProfile\" field instead"));
    }
    if (w->target->minor >= APP_ARMOR_ANNOTATIONS_SINCE && value_get(given, app_armor) &&
        !value_at(pod, "spec", "securityContext", "appArmorProfile", NULL) &&
        !value_at(container, "securityContext", "appArmorProfile", NULL)) {
        warn(w, path_key(&annotations, app_armor),
             STR(": deprecated since v1.30; use the \"appArmorProfile\" field instead"));
    }
}

static void check_container(Warner *w, const Value *pod, const Value *container, const Path *path,
                            const Path *metadata)
{
    Path resources = path_child(path, "resources");
    Path limits = path_child(&resources, "limits"), requests = path_child(&resources, "requests");
    check_profiles(w, pod, container, metadata);
    check_bytes(w, value_at(container, "resources", "limits", NULL), &limits);
    check_bytes(w, value_at(container, "resources", "requests", NULL), &requests);
    check_env(w, container, path);
}

static void check_containers(Warner *w, const Value *pod, const Path *path, const Path *metadata)
{
    static const char *const lists[] = { "initContainers", "containers", "ephemeralContainers" };
    for (size_t l = 0; l < COUNT_OF(lists); l++) {
        Path list = path_child_str(path, str_from_c(lists[l]));
        size_t i = 0;
        VALUE_EACH_ITEM(container, value_at(pod, "spec", lists[l], NULL)) {
            Path at = path_index(&list, i++);
            check_container(w, pod, container, &at, metadata);
        }
    }
}

/* Ports that are there twice in one container. */
static void check_ports(Warner *w, const Value *spec, const Path *path)
{
    Path list = path_child(path, "containers");
    size_t c = 0;
    VALUE_EACH_ITEM(container, value_get_lit(spec, "containers")) {
        Path of = path_index(&list, c++), ports = path_child(&of, "ports");
        const Value *items = value_get_lit(container, "ports");
        for (size_t i = 0; i < value_len(items) && i < WARNINGS_MAX; i++) {
            const Value *port = value_item(items, i);
            for (size_t j = 0; j < i; j++) {
                const Value *other = value_item(items, j);
                if (value_get_int(port, STR("containerPort")).value !=
                        value_get_int(other, STR("containerPort")).value ||
                    !str_eq(str_at(port, "protocol"), str_at(other, "protocol")) ||
                    !str_eq(str_at(port, "hostIP"), str_at(other, "hostIP")) ||
                    value_get_int(port, STR("hostPort")).value !=
                        value_get_int(other, STR("hostPort")).value) {
                    continue;
                }
                Path at = path_index(&ports, j);
                Str text = path_render(&at, w->arena);
                warn(w, path_index(&ports, i),
                     arena_concat(w->arena, STR(": duplicate port definition with "), text));
            }
        }
    }
}

static void check_grace(Warner *w, const Value *spec, const Path *path)
{
    if (value_get_int(spec, STR("terminationGracePeriodSeconds")).value < 0) {
        warn(w, path_child(path, "terminationGracePeriodSeconds"),
             STR(": must be >= 0; negative values are invalid and will be treated as 1"));
    }
}

StrList pod_warnings(const Value *pod, const Path *at, const KubeTarget *target, Arena *a)
{
    Warner w = { .target = target, .arena = a };
    const Value *spec = value_get_lit(pod, "spec");
    if (target->minor < WARNED_SINCE || !spec) {
        return (StrList){ NULL, 0 };
    }
    w.texts = new(a, Str, WARNINGS_MAX);
    Path path = path_child(at, "spec"), metadata = path_child(at, "metadata");
    Path overhead = path_child(&path, "overhead");
    check_node_labels(&w, spec, &path);
    check_spread(&w, spec, &path);
    check_annotations(&w, pod, &metadata);
    check_volumes(&w, spec, &path);
    check_twice(&w, spec, &path, "hostAliases", "ip", ": duplicate ip ");
    check_pull_secrets(&w, spec, &path);
    check_bytes(&w, value_get_lit(spec, "overhead"), &overhead);
    check_containers(&w, pod, &path, &metadata);
    if (target->minor >= PORTS_SINCE) {
        check_ports(&w, spec, &path);
    }
    check_grace(&w, spec, &path);
    return (StrList){ w.texts, w.count };
}
