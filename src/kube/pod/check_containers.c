/* SPDX-License-Identifier: Apache-2.0 */
/* Validation of containers of all three kinds. */
#include "kube/pod/check.h"

enum {
    READINESS_GRACE_MINOR = 21,
    SIDECAR_MINOR = 28,           /* init containers may restart always */
    CONTAINER_RESTART_MINOR = 34, /* others may have a restart policy too */
    PLAIN_EPHEMERAL_PATH_MINOR = 25,
};

/* -- ports ------------------------------------------------------------------------------------- */

static void check_port_number(PodCheck *c, int64_t port, Path path)
{
    NameMessages wrong = name_check_port_number(port);
    for (size_t i = 0; i < wrong.count; i++) {
        field_invalid_int(c->errs, path, port, wrong.items[i]);
    }
}

static void check_ports(PodCheck *c, const Value *ports, const Path *path)
{
    static const Str protocols[] = { STR_INIT("SCTP"), STR_INIT("TCP"), STR_INIT("UDP") };
    Map names = map_new(check_arena(c));
    size_t i = 0;
    VALUE_EACH_ITEM(port, ports) {
        Path item = path_index(path, i++);
        Str name = str_of(port, "name");
        Path name_path = path_child(&item, "name");
        if (name.len && name_report(c->errs, name_path, name, name_check_port_name(name))) {
            if (map_has(&names, name)) {
                field_duplicate(c->errs, name_path, name);
            }
            map_set(&names, name, port);
        }
        int64_t container_port = int_of(port, "containerPort");
        int64_t host_port = int_of(port, "hostPort");
        if (container_port == 0) {
            field_required(c->errs, path_child(&item, "containerPort"), STR(""));
        } else {
            check_port_number(c, container_port, path_child(&item, "containerPort"));
        }
        if (host_port != 0) {
            check_port_number(c, host_port, path_child(&item, "hostPort"));
        }
        check_enum(c, port, STR("protocol"), CHECK_LIST(protocols), &item);
    }
}

/* Claims the host ports of one container: a protocol, address and number once. */
static void claim_host_ports(PodCheck *c, const Value *container, Map *claimed, const Path *path)
{
    Path ports = path_child(path, "ports");
    size_t i = 0;
    VALUE_EACH_ITEM(port, value_get_lit(container, "ports")) {
        Path item = path_index(&ports, i++);
        int64_t host_port = int_of(port, "hostPort");
        if (host_port == 0) {
            continue;
        }
        Str protocol = str_of(port, "protocol");
        Str address = str_of(port, "hostIP");
        Str claim = arena_printf(check_arena(c), "%.*s/%.*s/%lld", STR_ARG(protocol),
                                 STR_ARG(address), (long long)host_port);
        if (map_has(claimed, claim)) {
            field_duplicate(c->errs, path_child(&item, "hostPort"), claim);
        } else {
            map_set(claimed, claim, port);
        }
    }
}

/* -- one container ----------------------------------------------------------------------------- */

static void check_only_one_success(PodCheck *c, const Value *probe, const Path *path)
{
    int64_t threshold = int_of(probe, "successThreshold");
    if (probe && threshold != 1) {
        field_invalid_int(c->errs, path_child(path, "successThreshold"), threshold,
                          STR("must be 1"));
    }
}

static void check_probes(PodCheck *c, const Value *container, const Path *path)
{
    const Value *liveness = object_of(container, "livenessProbe");
    Path liveness_path = path_child(path, "livenessProbe");
    check_probe(c, liveness, &liveness_path);
    check_only_one_success(c, liveness, &liveness_path);
    const Value *startup = object_of(container, "startupProbe");
    Path startup_path = path_child(path, "startupProbe");
    check_probe(c, startup, &startup_path);
    check_only_one_success(c, startup, &startup_path);
}

static void check_readiness(PodCheck *c, const Value *container, const Path *path)
{
    const Value *readiness = object_of(container, "readinessProbe");
    Path readiness_path = path_child(path, "readinessProbe");
    check_probe(c, readiness, &readiness_path);
    OptInt64 grace = value_get_int(readiness, STR("terminationGracePeriodSeconds"));
    if (c->target->minor >= READINESS_GRACE_MINOR && grace.set) {
        field_invalid_int(c->errs, path_child(&readiness_path, "terminationGracePeriodSeconds"),
                          grace.value, STR("must not be set for readinessProbes"));
    }
}

static void check_message_policy(PodCheck *c, const Value *container, const Path *path)
{
    static const Str wanted = STR_INIT("must be 'File' or 'FallbackToLogsOnError'");
    Str policy = str_of(container, "terminationMessagePolicy");
    Path policy_path = path_child(path, "terminationMessagePolicy");
    if (!policy.len) {
        field_required(c->errs, policy_path, wanted);
    } else if (!str_eq(policy, STR("File")) && !str_eq(policy, STR("FallbackToLogsOnError"))) {
        field_invalid_str(c->errs, policy_path, policy, wanted);
    }
}

static void check_restart_policy(PodCheck *c, const Value *container, bool is_init,
                                 const Path *path)
{
    static const Str always[] = { STR_INIT("Always") };
    Str policy = value_get_str(container, STR("restartPolicy"));
    if (!policy.ptr || c->target->minor >= CONTAINER_RESTART_MINOR) {
        return;
    }
    if (!is_init) {
        field_forbidden(c->errs, path_child(path, "restartPolicy"),
                        STR("may not be set for non-init containers"));
    } else if (!str_eq(policy, always[0])) {
        field_not_supported(c->errs, path_child(path, "restartPolicy"), policy, CHECK_LIST(always));
    }
}

static void check_container(PodCheck *c, const Value *container, const Path *path)
{
    static const Str policies[] = { STR_INIT("Always"), STR_INIT("IfNotPresent"),
                                    STR_INIT("Never") };
    check_required(c, container, STR("image"), path);
    Path lifecycle = path_child(path, "lifecycle");
    check_lifecycle(c, object_of(container, "lifecycle"), &lifecycle);
    check_probes(c, container, path);
    check_message_policy(c, container, path);
    check_readiness(c, container, path);
    Path ports = path_child(path, "ports");
    check_ports(c, value_get_lit(container, "ports"), &ports);
    Path env = path_child(path, "env");
    check_env(c, value_get_lit(container, "env"), &env);
    Path env_from = path_child(path, "envFrom");
    check_env_from(c, value_get_lit(container, "envFrom"), &env_from);
    Path mounts = path_child(path, "volumeMounts");
    check_volume_mounts(c, container, &mounts);
    Path devices = path_child(path, "volumeDevices");
    check_volume_devices(c, container, &devices);
    check_enum(c, container, STR("imagePullPolicy"), CHECK_LIST(policies), path);
    Path resources = path_child(path, "resources");
    check_resources(c, value_get_lit(container, "resources"), &resources);
    Path context = path_child(path, "securityContext");
    check_container_security(c, object_of(container, "securityContext"), &context);
}

/* names   those of the same list so far */
static void check_named_container(PodCheck *c, const Value *container, Map *names, const Path *path)
{
    Str name = str_of(container, "name");
    Path name_path = path_child(path, "name");
    if (check_required(c, container, STR("name"), path)) {
        check_name(c, name, name_check_dns1123_label, name_path);
    }
    if (map_has(names, name)) {
        field_duplicate(c->errs, name_path, name);
    } else {
        map_set(names, name, names);
    }
    check_container(c, container, path);
}

/* -- the lists --------------------------------------------------------------------------------- */

void check_containers(PodCheck *c, const Value *spec, const Path *spec_path)
{
    const Value *containers = value_get_lit(spec, "containers");
    Path path = path_child(spec_path, "containers");
    if (!value_len(containers)) {
        field_required(c->errs, path, STR(""));
        return;
    }
    Map names = map_new(check_arena(c));
    size_t i = 0;
    VALUE_EACH_ITEM(container, containers) {
        Path item = path_index(&path, i++);
        check_named_container(c, container, &names, &item);
        check_restart_policy(c, container, false, &item);
    }
    Map claimed = map_new(check_arena(c));
    i = 0;
    VALUE_EACH_ITEM(container, containers) {
        Path item = path_index(&path, i++);
        claim_host_ports(c, container, &claimed, &item);
    }
}

/* Init containers have ended when probes and hooks would matter, unless they restart always. */
static void check_runs_to_completion(PodCheck *c, const Value *container, const Path *path)
{
    static const Str lasting[] = { STR_INIT("lifecycle"), STR_INIT("livenessProbe"),
                                   STR_INIT("readinessProbe"), STR_INIT("startupProbe") };
    bool may_last = c->target->minor >= SIDECAR_MINOR;
    if (may_last && str_eq(str_of(container, "restartPolicy"), STR("Always"))) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(lasting); i++) {
        const Value *value = check_object(container, lasting[i]);
        Path value_path = path_child_str(path, lasting[i]);
        if (value && may_last) {
            field_forbidden(c->errs, value_path,
                            STR("may not be set for init containers without restartPolicy=Always"));
        } else if (value) {
            Str dump = i == 0 ? dump_lifecycle(value, c->target, check_arena(c))
                              : dump_probe(value, c->target, check_arena(c));
            field_invalid_raw(c->errs, value_path, dump,
                              STR("must not be set for init containers"));
        }
    }
}

static Map names_of(PodCheck *c, const Value *containers)
{
    Map names = map_new(check_arena(c));
    VALUE_EACH_ITEM(container, containers) {
        map_set(&names, str_of(container, "name"), container);
    }
    return names;
}

void check_init_containers(PodCheck *c, const Value *spec, const Path *spec_path)
{
    const Value *containers = value_get_lit(spec, "initContainers");
    Path path = path_child(spec_path, "initContainers");
    Map own_names = map_new(check_arena(c));
    size_t i = 0;
    VALUE_EACH_ITEM(container, containers) {
        Path item = path_index(&path, i++);
        check_named_container(c, container, &own_names, &item);
        check_restart_policy(c, container, true, &item);
    }
    /* They run one after the other, so each has the ports for itself; and the errors count from
     * zero for each. */
    Path first = path_index(&path, 0);
    VALUE_EACH_ITEM(container, containers) {
        Map claimed = map_new(check_arena(c));
        claim_host_ports(c, container, &claimed, &first);
    }
    Map names = names_of(c, value_get_lit(spec, "containers"));
    i = 0;
    VALUE_EACH_ITEM(container, containers) {
        Path item = path_index(&path, i++);
        Str name = str_of(container, "name");
        if (map_has(&names, name)) {
            field_duplicate(c->errs, path_child(&item, "name"), name);
        }
        if (name.len) {
            map_set(&names, name, container);
        }
        check_runs_to_completion(c, container, &item);
    }
}

void check_image_has_no_space(PodCheck *c, const Value *container, const Path *path)
{
    Str image = str_of(container, "image");
    if (str_trim(image).len != image.len) {
        field_invalid_str(c->errs, path_child(path, "image"), image,
                          STR("must not have leading or trailing whitespace"));
    }
}

/* -- ephemeral containers ---------------------------------------------------------------------- */

/* Set, as Go sees it: a list that is there counts, even an empty one. */
static bool is_set(const Value *v)
{
    return !value_is_null(v) && (v->kind != VALUE_OBJECT || v->len > 0);
}

static void check_allowed_members(PodCheck *c, const Value *container, const Path *path)
{
    static const struct {
        Str member;
        bool is_pointer; /* set even when an empty object */
    } rows[] = {
        { STR_INIT("ports"), false },        { STR_INIT("resources"), false },
        { STR_INIT("resizePolicy"), false }, { STR_INIT("restartPolicy"), false },
        { STR_INIT("livenessProbe"), true }, { STR_INIT("readinessProbe"), true },
        { STR_INIT("startupProbe"), true },  { STR_INIT("lifecycle"), true },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Value *v = value_get(container, rows[i].member);
        if (is_set(v) || (rows[i].is_pointer && !value_is_null(v))) {
            field_forbidden(c->errs, path_child_str(path, rows[i].member),
                            STR("cannot be set for an Ephemeral Container"));
        }
    }
}

/* Until 1.24 each was checked as a list of its own, whose index shows in the paths. */
static void check_ephemeral_container(PodCheck *c, const Value *container, const Path *path)
{
    Path list_path = path_index(path, 0);
    bool is_listed = c->target->minor < PLAIN_EPHEMERAL_PATH_MINOR;
    const Path *own = is_listed ? &list_path : path;
    Map names = map_new(check_arena(c));
    check_named_container(c, container, &names, own);
    Map claimed = map_new(check_arena(c));
    claim_host_ports(c, container, &claimed, own);
    check_image_has_no_space(c, container, own);
}

void check_ephemeral_containers(PodCheck *c, const Value *spec, const Path *path)
{
    Map names = names_of(c, value_get_lit(spec, "containers"));
    VALUE_EACH_ITEM(container, value_get_lit(spec, "initContainers")) {
        map_set(&names, str_of(container, "name"), container);
    }
    size_t i = 0;
    VALUE_EACH_ITEM(container, value_get_lit(spec, "ephemeralContainers")) {
        Path item = path_index(path, i++);
        Str name = str_of(container, "name");
        Str joined = str_of(container, "targetContainerName");
        if (joined.len && !map_has(&names, joined)) {
            field_not_found(c->errs, path_child(&item, "targetContainerName"), joined);
        }
        if (!name.len) {
            field_required(c->errs, item, STR("ephemeralContainer requires a name"));
            continue;
        }
        check_ephemeral_container(c, container, &item);
        if (map_has(&names, name)) {
            field_duplicate(c->errs, path_child(&item, "name"), name);
        } else {
            map_set(&names, name, container);
        }
        check_allowed_members(c, container, &item);
    }
}
