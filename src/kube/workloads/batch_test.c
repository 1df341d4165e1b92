/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs and CronJobs. */
#include "kube/workloads/test_workloads.h"

static const TestKind kinds[] = {
    { "jobs", "batch", "batch/v1", "Job" },
    { "cronjobs", "batch", "batch/v1beta1", "CronJob" },
};

#define GOOD "{'spec':{" TEST_JOB_TEMPLATE "}}"
#define WITH(members) "{'spec':{" TEST_JOB_TEMPLATE "," members "}}"
#define NOT_NEGATIVE "must be greater than or equal to 0"
#define MADE_LABELS "map[string]string{\"a\":\"b\", \"controller-uid\":\"u\", \"job-name\":\"x\"}"
#define STORED(members)                                                                      \
    "{'metadata':{'name':'x','namespace':'n','uid':'u','resourceVersion':'1'},'spec':{"      \
    "'selector':{'matchLabels':{"                                                            \
    "'controller-uid':'u'}},'template':{'metadata':{'labels':{'a':'b','controller-uid':'u'," \
    "'job-name':'x'}},'spec':{'restartPolicy':'Never'," members "'containers':[{'name':'c'," \
    "'image':'i:1'}]}}}}"
#define CRON(members) "{'spec':{'jobTemplate':{'spec':{" TEST_JOB_TEMPLATE "}}," members "}}"
#define LONG_NAME "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const WorkloadErrorRow error_rows[] = {
    { "a good job", "jobs", 0, TEST_OBJECT, GOOD, NULL, "" },
    { "no uid, no selector, no error", "jobs", 0, TEST_OBJECT,
      "{'metadata':{'name':'x','namespace':'n'},'spec':{" TEST_JOB_TEMPLATE "}}", NULL, "" },
    { "numbers", "jobs", 0, TEST_OBJECT,
      WITH("'parallelism':-1,'completions':-2,'activeDeadlineSeconds':-3,'backoffLimit':-4,"
           "'ttlSecondsAfterFinished':-5"),
      NULL,
      "spec.parallelism: Invalid value: -1: " NOT_NEGATIVE "\n"
      "spec.completions: Invalid value: -2: " NOT_NEGATIVE "\n"
      "spec.activeDeadlineSeconds: Invalid value: -3: " NOT_NEGATIVE "\n"
      "spec.backoffLimit: Invalid value: -4: " NOT_NEGATIVE },
    { "a time to live in 1.21", "jobs", 21, TEST_OBJECT, WITH("'ttlSecondsAfterFinished':-5"), NULL,
      "spec.ttlSecondsAfterFinished: Invalid value: -5: " NOT_NEGATIVE },
    { "a job that never ends", "jobs", 0, TEST_OBJECT, "{'spec':{" TEST_TEMPLATE "}}", NULL,
      "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"" },
    { "a selector of one's own", "jobs", 0, TEST_OBJECT, WITH(TEST_SELECTOR), NULL,
      "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\"a\":\"b\", "
      "\"controller-uid\":\"u\"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: `selector` "
      "not auto-generated" },
    { "labels of another job", "jobs", 0, TEST_OBJECT,
      "{'spec':{'template':{'metadata':{'labels':{'controller-uid':'v','job-name':'y'}},'spec':{"
      "'restartPolicy':'Never'," TEST_CONTAINERS "}}}}",
      NULL,
      "spec.template.metadata.labels[controller-uid]: Invalid value: "
      "map[string]string{\"controller-uid\":\"v\", \"job-name\":\"y\"}: must be 'u'\n"
      "spec.template.metadata.labels[job-name]: Invalid value: "
      "map[string]string{\"controller-uid\":\"v\", \"job-name\":\"y\"}: must be 'x'\n"
      "spec.template.metadata.labels: Invalid value: map[string]string{\"controller-uid\":\"v\", "
      "\"job-name\":\"y\"}: `selector` does not match template `labels`" },
    { "no selector by hand", "jobs", 0, TEST_OBJECT, WITH("'manualSelector':true"), NULL,
      "spec.selector: Required value\n"
      "spec.template.metadata.labels: Invalid value: map[string]string{\"a\":\"b\"}: `selector` "
      "does not match template `labels`" },
    { "a selector by hand", "jobs", 0, TEST_OBJECT, WITH("'manualSelector':true," TEST_SELECTOR),
      NULL, "" },
    { "nothing changed", "jobs", 0, TEST_OBJECT, STORED(""), STORED(""), "" },
    { "completions", "jobs", 0, TEST_OBJECT,
      "{'metadata':{'name':'x','namespace':'n','uid':'u','resourceVersion':'1'},"
      "'spec':{'completions':2,'parallelism':1,"
      "'selector':{'matchLabels':{'controller-uid':'u'}},'template':{'metadata':{'labels':{"
      "'a':'b','controller-uid':'u','job-name':'x'}},'spec':{'restartPolicy':'Never'"
      "," TEST_CONTAINERS "}}}}",
      STORED(""), "spec.completions: Invalid value: 2: field is immutable" },
    { "a job's status", "jobs", 0, TEST_STATUS,
      "{'spec':{},'status':{'active':-1,'succeeded':-2,'failed':-3}}", GOOD,
      "status.active: Invalid value: -1: " NOT_NEGATIVE "\n"
      "status.succeeded: Invalid value: -2: " NOT_NEGATIVE "\n"
      "status.failed: Invalid value: -3: " NOT_NEGATIVE },

    { "a good cron job", "cronjobs", 0, TEST_OBJECT, CRON("'schedule':'0 3 * * mon-fri'"), NULL,
      "" },
    { "a cron job", "cronjobs", 0, TEST_OBJECT,
      CRON("'startingDeadlineSeconds':-1,'concurrencyPolicy':'Maybe',"
           "'successfulJobsHistoryLimit':-2,'failedJobsHistoryLimit':-3"),
      NULL,
      "spec.schedule: Required value\n"
      "spec.startingDeadlineSeconds: Invalid value: -1: " NOT_NEGATIVE "\n"
      "spec.concurrencyPolicy: Unsupported value: \"Maybe\": supported values: \"Allow\", "
      "\"Forbid\", \"Replace\"\n"
      "spec.successfulJobsHistoryLimit: Invalid value: -2: " NOT_NEGATIVE "\n"
      "spec.failedJobsHistoryLimit: Invalid value: -3: " NOT_NEGATIVE },
    { "its template", "cronjobs", 0, TEST_OBJECT,
      "{'spec':{'schedule':'@daily','jobTemplate':{'spec':{'parallelism':-1,'selector':{},"
      "'manualSelector':true,'template':{'spec':{" TEST_CONTAINERS "}}}}}}",
      NULL,
      "spec.jobTemplate.spec.parallelism: Invalid value: -1: " NOT_NEGATIVE "\n"
      "spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "
      "\"OnFailure\", \"Never\"\n"
      "spec.jobTemplate.spec.selector: Invalid value: "
      "v1.LabelSelector{MatchLabels:map[string]string(nil), "
      "MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: `selector` will be auto-generated\n"
      "spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: \"nil\", "
      "\"false\"" },
    { "a long name", "cronjobs", 0, TEST_OBJECT,
      "{'metadata':{'name':'" LONG_NAME "','namespace':'n'},'spec':{'schedule':'x','jobTemplate':{"
      "'spec':{" TEST_JOB_TEMPLATE "}}}}",
      NULL,
      "spec.schedule: Invalid value: \"x\": Expected exactly 5 fields, found 1: x\n"
      "metadata.name: Invalid value: \"" LONG_NAME "\": must be no more than 52 characters" },
    { "a long name that was there", "cronjobs", 0, TEST_OBJECT,
      "{'metadata':{'name':'" LONG_NAME "','namespace':'n','resourceVersion':'1'},'spec':{"
      "'schedule':'@daily','jobTemplate':{'spec':{" TEST_JOB_TEMPLATE "}}}}",
      "{'metadata':{'name':'" LONG_NAME "','namespace':'n','resourceVersion':'1'},'spec':{}}", "" },
};

static void errors(void **state)
{
    (void)state;
    test_workload_errors(kinds, COUNT_OF(kinds), error_rows, COUNT_OF(error_rows));
}

#define STORED_SPEC                                                                            \
    "'spec':{'containers':[{'name':'c','image':'i:1','resources':{},'terminationMessagePath':" \
    "'/dev/termination-log','terminationMessagePolicy':'File','imagePullPolicy':"              \
    "'IfNotPresent'}],'restartPolicy':'Never','terminationGracePeriodSeconds':30,'dnsPolicy':" \
    "'ClusterFirst','securityContext':{},'schedulerName':'default-scheduler'}"
#define MADE "'controller-uid':'u','job-name':'x'"

static const WorkloadObjectRow object_rows[] = {
    { "a job", "jobs", 0, TEST_OBJECT, WITH("'ttlSecondsAfterFinished':5"), NULL, "spec",
      "{'parallelism':1,'completions':1,'backoffLimit':6,'selector':{'matchLabels':{"
      "'controller-uid':'u'}},'template':{'metadata':{'labels':{'a':'b'," MADE
      "},'creationTimestamp':null}," STORED_SPEC "}}" },
    { "a queue", "jobs", 0, TEST_OBJECT,
      "{'spec':{'parallelism':3,'manualSelector':true," TEST_SELECTOR "," TEST_JOB_TEMPLATE "}}",
      NULL, "spec",
      "{'parallelism':3,'backoffLimit':6,'manualSelector':true," TEST_SELECTOR
      ",'template':{'metadata':{'labels':{'a':'b'},'creationTimestamp':null}," STORED_SPEC "}}" },
    { "a job in 1.24", "jobs", 24, TEST_OBJECT, WITH("'ttlSecondsAfterFinished':5"), NULL, "spec",
      "{'parallelism':1,'completions':1,'backoffLimit':6,'ttlSecondsAfterFinished':5,"
      "'completionMode':'NonIndexed','suspend':false,'selector':{'matchLabels':{"
      "'controller-uid':'u'}},'template':{'metadata':{'labels':{'a':'b'," MADE
      "},'creationTimestamp':null}," STORED_SPEC "}}" },
    { "labels are shared with the template", "jobs", 0, TEST_OBJECT, GOOD, NULL, "metadata",
      "{'name':'x','namespace':'n','uid':'u','resourceVersion':'1','creationTimestamp':null,"
      "'labels':{'a':'b'," MADE "}}" },
    { "but not labels of one's own", "jobs", 0, TEST_OBJECT,
      "{'metadata':{'name':'x','uid':'u','labels':{'a':'b'}},'spec':{" TEST_JOB_TEMPLATE "}}", NULL,
      "metadata", "{'name':'x','uid':'u','creationTimestamp':null,'labels':{'a':'b'}}" },
    { "nor none", "jobs", 0, TEST_OBJECT,
      "{'spec':{'template':{'spec':{'restartPolicy':'Never'," TEST_CONTAINERS "}}}}", NULL,
      "metadata",
      "{'name':'x','namespace':'n','uid':'u','resourceVersion':'1','creationTimestamp':null}" },
    { "no status", "jobs", 0, TEST_OBJECT, "{'spec':{" TEST_JOB_TEMPLATE "},'status':{'active':1}}",
      NULL, "status", "{}" },
    { "a cron job", "cronjobs", 0, TEST_OBJECT, CRON("'schedule':'@daily'"), NULL, "spec",
      "{'schedule':'@daily','concurrencyPolicy':'Allow','suspend':false,"
      "'successfulJobsHistoryLimit':3,'failedJobsHistoryLimit':1,'jobTemplate':{'metadata':{"
      "'creationTimestamp':null},'spec':{'template':{'metadata':{'labels':{'a':'b'},"
      "'creationTimestamp':null}," STORED_SPEC "}}}}" },
};

static void objects(void **state)
{
    (void)state;
    test_workload_objects(kinds, COUNT_OF(kinds), object_rows, COUNT_OF(object_rows));
}

/* The template that may not change is shown whole. */
static void template_dump(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "spec.template: Invalid value: core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta{Name:\"\", ",
        "CreationTimestamp:v1.Time{Time:time.Time{wall:0x0, ext:0, loc:(*time.Location)(nil)}}, ",
        "Labels:" MADE_LABELS ", Annotations:map[string]string(nil), ",
        "ManagedFields:[]v1.ManagedFieldsEntry(nil)}, Spec:core.PodSpec{Volumes:[]core.Volume(nil)",
        "Containers:[]core.Container{core.Container{Name:\"c\", Image:\"i:1\", ",
        "Resources:core.ResourceRequirements{Limits:core.ResourceList(nil), ",
        "Hostname:\"h\", Subdomain:\"\", SetHostnameAsFQDN:(*bool)(nil), ",
        "TerminationGracePeriodSeconds:(*int64)(0xc000000000), ",
        "TopologySpreadConstraints:[]core.TopologySpreadConstraint(nil)}}: field is immutable",
    };
    Arena a;
    arena_init(&a, 0);
    KubeTarget t = kube_target(20);
    Value object = test_object(&kinds[0], STORED("'hostname':'h',"), &t, &a);
    Value old = test_object(&kinds[0], STORED(""), &t, &a);
    FieldErrors errs = field_errors_new(&a);
    test_rules(&kinds[0])->validate_update(&object, &old, &t, &errs);
    assert_int_equal(errs.count, 1);
    Str text = test_errors(&errs);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!str_contains(text, str_from_c(parts[i]))) {
            fail_msg("no %s in\n%.*s", parts[i], STR_ARG(text));
        }
    }
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),
        cmocka_unit_test(objects),
        cmocka_unit_test(template_dump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
