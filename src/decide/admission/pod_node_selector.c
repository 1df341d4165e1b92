/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PodNodeSelector (optional): a namespace's annotation, else the cluster's default, says on which
 * nodes its pods run; a list in the plugin's configuration says which labels they may ask for.
 *
 * Source: Kubernetes plugin/pkg/admission/podnodeselector, k8s.io/apimachinery pkg/labels
 */
#include "decide/admission/run.h"
#include "kube/names.h"

#define SELECTOR_ANNOTATION "scheduler.alpha.kubernetes.io/node-selector"
#define CLUSTER_DEFAULT "clusterDefaultNodeSelector"

/* From here on a wrong label is told as a field error, of no field. */
enum { FIELD_ERRORS_SINCE = 21 };

/* An error of the plugin itself, not of the pod: it has no status of its own. Always false. */
static bool fail(AdmissionRun *run, Str message)
{
    return admission_refuse(run, status_unknown(run->arena, message));
}

static bool refuse_label(AdmissionRun *run, Str key, const Str *value, NameMessages problems)
{
    Buf b = buf_new(run->arena);
    bool field = run->request->target->minor >= FIELD_ERRORS_SINCE;
    if (field && value) {
        buf_printf(&b, "[%.*s]: Invalid value: ", STR_ARG(key));
    } else if (field) {
        buf_lit(&b, "<nil>: Invalid value: ");
    } else {
        buf_add(&b, value ? STR("invalid label value: ") : STR("invalid label key "));
    }
    buf_go_quoted(&b, value ? *value : key);
    if (!field && value) {
        buf_lit(&b, ": at key: ");
        buf_go_quoted(&b, key);
    }
    buf_lit(&b, ": ");
    for (size_t i = 0; i < problems.count; i++) {
        buf_add(&b, i ? STR("; ") : STR(""));
        buf_add(&b, problems.items[i]);
    }
    return fail(run, buf_str(&b));
}

/* One "key=value" of a selector. */
static bool read_label(AdmissionRun *run, Str text, Value *labels)
{
    Str key;
    Str value;
    if (!str_split_once(text, '=', &key, &value) || str_index_byte(value, '=') >= 0) {
        /* its pieces as Go prints a list of them */
        Buf b = buf_new(run->arena);
        buf_lit(&b, "invalid selector: [");
        for (size_t i = 0; i < text.len; i++) {
            buf_byte(&b, text.ptr[i] == '=' ? ' ' : text.ptr[i]);
        }
        buf_byte(&b, ']');
        return fail(run, buf_str(&b));
    }
    key = str_trim(key);
    value = str_trim(value);
    NameMessages problems = name_check_qualified(key);
    if (problems.count > 0) {
        return refuse_label(run, key, NULL, problems);
    }
    problems = name_check_label_value(value);
    if (problems.count > 0) {
        return refuse_label(run, key, &value, problems);
    }
    value_set(labels, key, value_str(value), run->arena);
    return true;
}

/* "a=b,c=d" as labels. False when refused. */
static bool read_selector(AdmissionRun *run, Str text, Value *labels)
{
    *labels = value_object();
    Str piece;
    Str rest = text;
    while (text.len && str_next_piece(&rest, ',', &piece)) {
        if (!read_label(run, piece, labels)) {
            return false;
        }
    }
    return true;
}

static Str configured(const AdmissionRun *run, Str name)
{
    return value_get_str(run->options->pod_node_selectors, name);
}

/* Does some label have another value in both? */
static bool conflict(const Value *wanted, const Value *given)
{
    VALUE_EACH_MEMBER(m, wanted) {
        Str other = value_get_str(given, member_key(m));
        if (other.ptr && !str_eq(other, value_as_str(&m->value))) {
            return true;
        }
    }
    return false;
}

static bool is_listed(const Value *selector, const Value *list)
{
    VALUE_EACH_MEMBER(m, selector) {
        Str listed = value_get_str(list, member_key(m));
        if (!listed.ptr || !str_eq(listed, value_as_str(&m->value))) {
            return false;
        }
    }
    return true;
}

/* Of the pod's own name: one that is still to be generated is not said. */
static bool forbid(AdmissionRun *run, Str why)
{
    Str name = value_as_str(value_at(&run->object, "metadata", "name", NULL));
    return admission_refuse(
        run, status_forbidden(run->arena, STR(""), STR("pods"), name.ptr ? name : STR(""), why));
}

/* What the pod's namespace asks for. False when refused. */
static bool read_wanted(AdmissionRun *run, Value *wanted)
{
    ObjectKey key = { STR(""), STR("Namespace"), STR(""), run->request->namespace };
    const Value *namespace = run->facts->object(run->facts->cluster, key);
    if (namespace == NULL) {
        return fail(run, arena_printf(run->arena, "namespace %.*s does not exist",
                                      STR_ARG(run->request->namespace)));
    }
    Str text = value_as_str(
        value_at(namespace, "metadata", "annotations", SELECTOR_ANNOTATION, NULL));
    return read_selector(run, text.ptr ? text : configured(run, STR(CLUSTER_DEFAULT)), wanted);
}

static bool check(AdmissionRun *run, const Value *wanted)
{
    const Value *selector = value_at(&run->object, "spec", "nodeSelector", NULL);
    Value list;
    if (conflict(wanted, selector)) {
        return forbid(run, STR("pod node label selector conflicts with its namespace node label "
                               "selector"));
    }
    if (!read_selector(run, configured(run, run->request->namespace), &list)) {
        return false;
    }
    return list.len == 0 || is_listed(selector, &list) ||
           forbid(run, STR("pod node label selector labels conflict with its namespace whitelist"));
}

static bool mutate(AdmissionRun *run)
{
    Value wanted = value_object();
    if (!admission_is_pod(run)) {
        return true;
    }
    if (!read_wanted(run, &wanted)) {
        return false;
    }
    if (!conflict(&wanted, value_at(&run->object, "spec", "nodeSelector", NULL)) &&
        wanted.len > 0) {
        Value *spec = value_need_object(admission_own(run), STR("spec"), run->arena);
        Value *selector = value_need_object(spec, STR("nodeSelector"), run->arena);
        VALUE_EACH_MEMBER(m, &wanted) {
            value_set(selector, member_key(m), m->value, run->arena);
        }
        value_sort_keys(selector);
        admission_note(run, "adds the node selector of the namespace");
    }
    return check(run, &wanted);
}

static bool validate(AdmissionRun *run)
{
    Value wanted = value_object();
    return !admission_is_pod(run) || (read_wanted(run, &wanted) && check(run, &wanted));
}

const AdmissionPlugin admission_pod_node_selector = {
    .name = STR_INIT("PodNodeSelector"),
    .operations = ADMISSION_CREATE,
    .mutate = mutate,
    .validate = validate,
};
