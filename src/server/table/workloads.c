/* SPDX-License-Identifier: Apache-2.0 */
/* How workloads are shown: what makes pods, and what scales it. */
#include "kube/kinds.h"
#include "kube/selector.h"
#include "server/table/age.h"
#include "server/table/columns.h"

/* "1/3": ready of desired replicas */
static Value cell_ready_of_desired(const TableCell *c)
{
    return table_cell(arena_printf(c->arena, "%lld/%lld",
                                   (long long)table_int(c->object, "status.readyReplicas"),
                                   (long long)table_int(c->object, "spec.replicas")));
}

/* A deployment's selector without terms is shown as nothing at all. */
static Value cell_deployment_selector(const TableCell *c)
{
    LabelSelector selector;
    if (!label_selector_read(table_field(c->object, c->column->path), c->arena, &selector, NULL)) {
        return table_cell(STR("<invalid>"));
    }
    return table_cell(label_selector_text(&selector, c->arena));
}

/* -- jobs -------------------------------------------------------------------------------------- */

static Value cell_completions(const TableCell *c)
{
    long long succeeded = (long long)table_int(c->object, "status.succeeded");
    OptInt64 completions = value_as_int(table_field(c->object, "spec.completions"));
    long long parallelism = (long long)table_int(c->object, "spec.parallelism");
    if (completions.set) {
        return table_cell(
            arena_printf(c->arena, "%lld/%lld", succeeded, (long long)completions.value));
    }
    if (parallelism > 1) {
        return table_cell(arena_printf(c->arena, "%lld/1 of %lld", succeeded, parallelism));
    }
    return table_cell(arena_printf(c->arena, "%lld/1", succeeded));
}

static Value cell_duration(const TableCell *c)
{
    int64_t start, end;
    if (!age_parse_time(table_text(c->object, "status.startTime"), &start)) {
        return table_cell(STR(""));
    }
    if (!age_parse_time(table_text(c->object, "status.completionTime"), &end)) {
        end = c->now;
    }
    return table_cell(age_of_seconds(end - start, c->arena));
}

static Value cell_job_status(const TableCell *c)
{
    static const struct {
        const char *condition; /* NULL: being deleted */
        const char *text;
        int since;
    } states[] = {
        { "Complete", "Complete", 0 },
        { "Failed", "Failed", 0 },
        { NULL, "Terminating", 0 },
        { "Suspended", "Suspended", 0 },
        { "FailureTarget", "FailureTarget", 0 },
        { "SuccessCriteriaMet", "SuccessCriteriaMet", 34 },
    };
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        bool holds = states[i].condition
                         ? table_has_condition(c->object, states[i].condition, "True")
                         : !value_is_null(table_field(c->object, "metadata.deletionTimestamp"));
        if (holds && table_is_since(c, states[i].since)) {
            return table_cell(str_from_c(states[i].text));
        }
    }
    return table_cell(STR("Running"));
}

static Value cell_suspend(const TableCell *c)
{
    OptBool suspend = value_as_bool(table_field(c->object, c->column->path));
    return table_cell(!suspend.set ? STR("<unset>") : suspend.value ? STR("True") : STR("False"));
}

static Value cell_timezone(const TableCell *c)
{
    Str zone = table_text(c->object, c->column->path);
    return table_cell(zone.ptr ? zone : STR("<none>"));
}

static Value cell_last_schedule(const TableCell *c)
{
    Str time = table_text(c->object, c->column->path);
    return table_cell(time.ptr ? age_since(time, c->now, c->arena) : STR("<none>"));
}

/* -- controller revisions ---------------------------------------------------------------------- */

static Value cell_controller(const TableCell *c)
{
    VALUE_EACH_ITEM(owner, table_field(c->object, "metadata.ownerReferences")) {
        Str group, version, api_version = value_get_str(owner, STR("apiVersion"));
        if (!value_get_bool(owner, STR("controller")).value) {
            continue;
        }
        kube_split_api_version(api_version, &group, &version);
        Str kind = value_get_str(owner, STR("kind"));
        Str text = arena_printf(c->arena, "%.*s%s%.*s", STR_ARG(kind), group.len ? "." : "",
                                STR_ARG(group));
        return table_cell(arena_printf(c->arena, "%.*s/%.*s", STR_ARG(arena_lower(c->arena, text)),
                                       STR_ARG(value_get_str(owner, STR("name")))));
    }
    return table_cell(STR("<none>"));
}

static const TableColumn replication_controller_columns[] = {
    TABLE_COLUMN_NAME,
    { "Desired", "integer", "",
      "Replicas is the number of desired replicas. This is a pointer to distinguish between "
      "explicit zero and unspecified. Defaults to 1. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-"
      "replicationcontroller",
      cell_int, "spec.replicas", 0, 0, 0 },
    { "Current", "integer", "",
      "Replicas is the most recently oberved number of replicas. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-"
      "replicationcontroller",
      cell_int, "status.replicas", 0, 0, 26 },
    { "Current", "integer", "",
      "Replicas is the most recently observed number of replicas. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-"
      "replicationcontroller",
      cell_int, "status.replicas", 0, 26, 0 },
    { "Ready", "integer", "", "The number of ready replicas for this replication controller.",
      cell_int, "status.readyReplicas", 0, 0, 0 },
    TABLE_COLUMN_AGE,
    TABLE_COLUMN_CONTAINERS("spec.template.spec", 1),
    TABLE_COLUMN_IMAGES("spec.template.spec", 1),
    { "Selector", "string", "",
      "Selector is a label query over pods that should match the Replicas count. If Selector is "
      "empty, it is defaulted to the labels present on the Pod template. Label keys and values "
      "that must match in order to be controlled by this replication controller, if empty "
      "defaulted to labels on Pod template. More info: "
      "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      cell_labels, "spec.selector", 1, 0, 0 },
};

static const TableColumn replica_set_columns[] = {
    TABLE_COLUMN_NAME,
    { "Desired", "integer", "",
      "Replicas is the number of desired replicas. This is a pointer to distinguish between "
      "explicit zero and unspecified. Defaults to 1. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a"
      "-replicationcontroller",
      cell_int, "spec.replicas", 0, 0, 33 },
    { "Desired", "integer", "",
      "Replicas is the number of desired pods. This is a pointer to distinguish between explicit "
      "zero and unspecified. Defaults to 1. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/replicaset",
      cell_int, "spec.replicas", 0, 33, 0 },
    { "Current", "integer", "",
      "Replicas is the most recently oberved number of replicas. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a"
      "-replicationcontroller",
      cell_int, "status.replicas", 0, 0, 26 },
    { "Current", "integer", "",
      "Replicas is the most recently observed number of replicas. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a"
      "-replicationcontroller",
      cell_int, "status.replicas", 0, 26, 33 },
    { "Current", "integer", "",
      "Replicas is the most recently observed number of non-terminating pods. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/replicaset",
      cell_int, "status.replicas", 0, 33, 0 },
    { "Ready", "integer", "", "The number of ready replicas for this replica set.", cell_int,
      "status.readyReplicas", 0, 0, 33 },
    { "Ready", "integer", "",
      "The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.",
      cell_int, "status.readyReplicas", 0, 33, 0 },
    TABLE_COLUMN_AGE,
    TABLE_COLUMN_CONTAINERS("spec.template.spec", 1),
    TABLE_COLUMN_IMAGES("spec.template.spec", 1),
    { "Selector", "string", "",
      "Selector is a label query over pods that should match the replica count. If the selector "
      "is empty, it is defaulted to the labels present on the pod template. Label keys and "
      "values that must match in order to be controlled by this replica set. More info: "
      "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      cell_selector, "spec.selector", 1, 0, 0 },
};

static const TableColumn daemon_set_columns[] = {
    TABLE_COLUMN_NAME,
    { "Desired", "integer", "",
      "The total number of nodes that should be running the daemon pod (including nodes "
      "correctly running the daemon pod). More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
      cell_int, "status.desiredNumberScheduled", 0, 0, 0 },
    { "Current", "integer", "",
      "The number of nodes that are running at least 1 daemon pod and are supposed to run the "
      "daemon pod. More info: "
      "https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/",
      cell_int, "status.currentNumberScheduled", 0, 0, 0 },
    { "Ready", "integer", "",
      "The number of nodes that should be running the daemon pod and have one or more of the "
      "daemon pod running and ready.",
      cell_int, "status.numberReady", 0, 0, 0 },
    { "Up-to-date", "integer", "", "The total number of nodes that are running updated daemon pod",
      cell_int, "status.updatedNumberScheduled", 0, 0, 0 },
    { "Available", "integer", "",
      "The number of nodes that should be running the daemon pod and have one or more of the "
      "daemon pod running and available (ready for at least spec.minReadySeconds)",
      cell_int, "status.numberAvailable", 0, 0, 0 },
    { "Node Selector", "string", "",
      "NodeSelector is a selector which must be true for the pod to fit on a node. Selector "
      "which must match a node's labels for the pod to be scheduled on that node. More info: "
      "https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
      cell_labels, "spec.template.spec.nodeSelector", 0, 0, 0 },
    TABLE_COLUMN_AGE,
    TABLE_COLUMN_CONTAINERS("spec.template.spec", 1),
    TABLE_COLUMN_IMAGES("spec.template.spec", 1),
    { "Selector", "string", "",
      "A label query over pods that are managed by the daemon set. Must match in order to be "
      "controlled. If empty, defaulted to labels on Pod template. More info: "
      "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      cell_selector, "spec.selector", 1, 0, 0 },
};

static const TableColumn deployment_columns[] = {
    TABLE_COLUMN_NAME,
    { "Ready", "string", "", "Number of the pod with ready state", cell_ready_of_desired, NULL, 0,
      0, 0 },
    { "Up-to-date", "string", "",
      "Total number of non-terminated pods targeted by this deployment that have the desired "
      "template spec.",
      cell_int, "status.updatedReplicas", 0, 0, 33 },
    { "Up-to-date", "string", "",
      "Total number of non-terminating pods targeted by this deployment that have the desired "
      "template spec.",
      cell_int, "status.updatedReplicas", 0, 33, 0 },
    { "Available", "string", "",
      "Total number of available pods (ready for at least minReadySeconds) targeted by this "
      "deployment.",
      cell_int, "status.availableReplicas", 0, 0, 33 },
    { "Available", "string", "",
      "Total number of available non-terminating pods (ready for at least minReadySeconds) "
      "targeted by this deployment.",
      cell_int, "status.availableReplicas", 0, 33, 0 },
    TABLE_COLUMN_AGE,
    TABLE_COLUMN_CONTAINERS("spec.template.spec", 1),
    TABLE_COLUMN_IMAGES("spec.template.spec", 1),
    { "Selector", "string", "",
      "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the "
      "ones affected by this deployment.",
      cell_deployment_selector, "spec.selector", 1, 0, 0 },
};

static const TableColumn stateful_set_columns[] = {
    TABLE_COLUMN_NAME,
    { "Ready", "string", "", "Number of the pod with ready state", cell_ready_of_desired, NULL, 0,
      0, 0 },
    TABLE_COLUMN_AGE,
    TABLE_COLUMN_CONTAINERS("spec.template.spec", 1),
    TABLE_COLUMN_IMAGES("spec.template.spec", 1),
};

static const TableColumn controller_revision_columns[] = {
    TABLE_COLUMN_NAME,
    { "Controller", "string", "", "Controller of the object", cell_controller, NULL, 0, 0, 0 },
    { "Revision", "string", "", "Revision indicates the revision of the state represented by Data.",
      cell_int, "revision", 0, 0, 27 },
    { "Revision", "string", "", "revision indicates the revision of the state represented by Data.",
      cell_int, "revision", 0, 27, 0 },
    TABLE_COLUMN_AGE,
};

static const TableColumn job_columns[] = {
    TABLE_COLUMN_NAME,
    { "Status", "string", "", "Status of the job.", cell_job_status, NULL, 0, 30, 0 },
    { "Completions", "string", "", "The number of pods which reached phase Succeeded.",
      cell_completions, NULL, 0, 0, 30 },
    { "Completions", "string", "",
      "The number of pods which reached phase Succeeded. The value increases monotonically for a "
      "given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.",
      cell_completions, NULL, 0, 30, 0 },
    { "Duration", "string", "", "Time required to complete the job.", cell_duration, NULL, 0, 0,
      0 },
    TABLE_COLUMN_AGE,
    TABLE_COLUMN_CONTAINERS("spec.template.spec", 1),
    TABLE_COLUMN_IMAGES("spec.template.spec", 1),
    { "Selector", "string", "",
      "A label query over pods that should match the pod count. Normally, the system sets this "
      "field for you. More info: "
      "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      cell_selector, "spec.selector", 1, 0, 0 },
};

static const TableColumn cron_job_columns[] = {
    TABLE_COLUMN_NAME,
    { "Schedule", "string", "",
      "The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.", cell_text,
      "spec.schedule", 0, 0, 0 },
    { "Timezone", "string", "",
      "The time zone name for the given schedule, see "
      "https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will "
      "default to the time zone of the kube-controller-manager process. The set of valid time "
      "zone names and the time zone offset is loaded from the system-wide time zone database by "
      "the API server during CronJob validation and the controller manager during execution. If "
      "no system-wide time zone database can be found a bundled version of the database is used "
      "instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to "
      "a change in host configuration, the controller will stop creating new new Jobs and will "
      "create a system event with the reason UnknownTimeZone. More information can be found in "
      "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones",
      cell_timezone, "spec.timeZone", 0, 30, 0 },
    { "Suspend", "boolean", "",
      "This flag tells the controller to suspend subsequent executions, it does not apply to "
      "already started executions.  Defaults to false.",
      cell_suspend, "spec.suspend", 0, 0, 0 },
    { "Active", "integer", "", "A list of pointers to currently running jobs.", cell_count,
      "status.active", 0, 0, 0 },
    { "Last Schedule", "string", "",
      "Information when was the last time the job was successfully scheduled.", cell_last_schedule,
      "status.lastScheduleTime", 0, 0, 0 },
    TABLE_COLUMN_AGE,
    TABLE_COLUMN_CONTAINERS("spec.jobTemplate.spec.template.spec", 1),
    TABLE_COLUMN_IMAGES("spec.jobTemplate.spec.template.spec", 1),
    { "Selector", "string", "",
      "A label query over pods that should match the pod count. Normally, the system sets this "
      "field for you. More info: "
      "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      cell_selector, "spec.jobTemplate.spec.selector", 1, 0, 0 },
};

static const TableColumn scale_columns[] = {
    { "Name", "string", "", TABLE_NAME_OLD, cell_text, "metadata.name", 0, 0, 27 },
    { "Name", "string", "", TABLE_NAME_NEW, cell_text, "metadata.name", 0, 27, 0 },
    { "Desired", "integer", "", "desired number of instances for the scaled object.", cell_int,
      "spec.replicas", 0, 0, 27 },
    { "Desired", "integer", "",
      "replicas is the desired number of instances for the scaled object.", cell_int,
      "spec.replicas", 0, 27, 0 },
    { "Available", "integer", "", "actual number of observed instances of the scaled object.",
      cell_int, "status.replicas", 0, 0, 27 },
    { "Available", "integer", "",
      "replicas is the actual number of observed instances of the scaled object.", cell_int,
      "status.replicas", 0, 27, 0 },
    TABLE_COLUMN_AGE,
};

static const TableKind workloads_kinds[] = {
    { TABLE_KIND("", "ReplicationController", replication_controller_columns) },
    { TABLE_KIND("apps", "ReplicaSet", replica_set_columns) },
    { TABLE_KIND("extensions", "ReplicaSet", replica_set_columns) },
    { TABLE_KIND("apps", "DaemonSet", daemon_set_columns) },
    { TABLE_KIND("extensions", "DaemonSet", daemon_set_columns) },
    { TABLE_KIND("apps", "Deployment", deployment_columns) },
    { TABLE_KIND("extensions", "Deployment", deployment_columns) },
    { TABLE_KIND("apps", "StatefulSet", stateful_set_columns) },
    { TABLE_KIND("apps", "ControllerRevision", controller_revision_columns) },
    { TABLE_KIND("batch", "Job", job_columns) },
    { TABLE_KIND("batch", "CronJob", cron_job_columns) },
    { TABLE_KIND("autoscaling", "Scale", scale_columns), .since = 24 },
};

const TableFamily table_workloads = { workloads_kinds, COUNT_OF(workloads_kinds) };
