/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The measured pieces of work, each a row: set it up, run it once. bench/run times them and counts
 * their instructions.
 *
 *     podgate-bench list                     the rows' names
 *     podgate-bench count NAME ITERATIONS    runs it so often and prints nothing: for callgrind
 *     podgate-bench time ROUNDS NAME...      ns per run: the best of so many rounds, taken in turn
 *                                            so that a slow moment of the machine hits all alike
 *     podgate-bench folder DIR COUNT         writes so many manifests there, times libyaml's events
 *                                            over each, and prints ns and bytes
 *     podgate-bench held                     bytes held per binding and per policy
 *     podgate-bench dump FILE                ns that parsing a dump's items takes, and its bytes
 *     podgate-bench peak COMMAND...          the command's peak resident memory in KiB. (The figure
 *                                            counts what the process was before it became the
 *                                            command, so it must be measured from a small one.)
 */
#include "cluster.h"
#include "dump.h"
#include "logs.h"

#include "decide/psa/admission.h"
#include "decide/rbac/rbac.h"
#include "doc/doc.h"
#include "doc/json.h"
#include "server/webhook/review.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <yaml.h>
#include <yyjson.h>

/* -- input ------------------------------------------------------------------------------------ */

static Str read_file(Arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    Buf b = buf_new(a);
    size_t got;
    do {
        got = fread(buf_reserve(&b, 65536), 1, 65536, f);
        b.len += got;
    } while (got);
    fclose(f);
    return arena_str(a, buf_str(&b));
}

/* -- the work -----------------------------------------------------------------------------------
 */

typedef struct Work {
    Arena arena; /* reset by each run */
    Arena setup;
    Str text;
    char *buffer; /* text and its padding, for reading in place */
    const Snapshot *snapshot;
    KubeTarget target;
    uint64_t plugins; /* that decide reviews */
    PodView pod;
    int size;       /* of the cluster */
    uint64_t check; /* keeps results from being optimised away */
} Work;

static void load_review(Work *w)
{
    w->text = read_file(&w->setup, BENCH_DATA "/review.json");
    w->buffer = arena_alloc(&w->setup, w->text.len + JSON_PADDING);
}

static void run_yyjson(Work *w)
{
    yyjson_doc *doc = yyjson_read(w->text.ptr, w->text.len, 0);
    w->check += yyjson_doc_get_val_count(doc);
    yyjson_doc_free(doc);
}

static void run_parse(Work *w)
{
    Value v;
    memcpy(w->buffer, w->text.ptr, w->text.len);
    if (!json_read_insitu(STR("bench"), w->buffer, w->text.len, NULL, &w->arena, &v, NULL)) {
        abort();
    }
    w->check += v.len;
    arena_reset(&w->arena);
}

static void setup_review_five(Work *w)
{
    load_review(w);
    w->snapshot = cluster_five_policies();
}

static void setup_review_tenants(Work *w)
{
    load_review(w);
    w->snapshot = cluster_tenants(w->size);
}

static void run_review(Work *w)
{
    ReviewOptions options = { .target = &w->target, .plugins = w->plugins };
    memcpy(w->buffer, w->text.ptr, w->text.len);
    Buf out = buf_new(&w->arena);
    ReviewResult result;
    if (!review_answer(snapshot_facts(w->snapshot), &options, STR("bench"), w->buffer, w->text.len,
                       &w->arena, &out, &result, NULL) ||
        !result.allowed) {
        fprintf(stderr, "bench: not admitted: %.*s\n", STR_ARG(result.decision.status.message));
        exit(2);
    }
    w->check += out.len;
    arena_reset(&w->arena);
}

static void setup_can_i(Work *w)
{
    w->snapshot = cluster_bindings(w->size);
}

static void run_can_i(Work *w)
{
    static const Str groups[] = { STR_INIT("developers"), STR_INIT("system:authenticated") };
    UserInfo user = { .name = STR("user-42"), .groups = { groups, COUNT_OF(groups) } };
    RbacRequest req = { .user = &user,
                        .is_resource = true,
                        .verb = STR("list"),
                        .api_group = STR(""),
                        .resource = STR("pods"),
                        .subresource = STR(""),
                        .name = STR(""),
                        .namespace = STR("tenant-0042") };
    if (!rbac_allows(snapshot_facts(w->snapshot), &req)) {
        fputs("bench: can-i said no\n", stderr);
        exit(2);
    }
    w->check++;
}

/* Some megabytes of manifests as people keep them: the examples of data/manifests.yaml, again and
 * again. */
static void setup_yaml(Work *w)
{
    Str once = read_file(&w->setup, BENCH_DATA "/manifests.yaml");
    Buf b = buf_new(&w->setup);
    for (int i = 0; i < w->size; i++) {
        buf_add(&b, once);
    }
    w->text = buf_str(&b);
}

static void read_events(Str text, uint64_t *check)
{
    yaml_parser_t parser;
    yaml_event_t event;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    bool done = false;
    while (!done) {
        if (!yaml_parser_parse(&parser, &event)) {
            abort();
        }
        done = event.type == YAML_STREAM_END_EVENT;
        (*check)++;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

static void run_yaml_events(Work *w)
{
    read_events(w->text, &w->check);
}

static void run_yaml_read(Work *w)
{
    DocList docs;
    Err err = { 0 };
    if (!docs_read(STR("bench"), w->text, NULL, &w->arena, &docs, &err)) {
        fprintf(stderr, "bench: %.*s\n", STR_ARG(err.msg));
        exit(2);
    }
    w->check += docs.count;
    arena_reset(&w->arena);
}

/* -- Pod Security Standards ------------------------------------------------------------------- */

/* A pod of size containers; compliant with restricted or with nothing set. */
static Str pod_text(Arena *a, int containers, bool is_compliant)
{
    Buf b = buf_new(a);
    buf_lit(&b, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\","
                "\"namespace\":\"tenant-0001\"},\"spec\":{");
    if (is_compliant) {
        buf_lit(&b, "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":"
                    "\"RuntimeDefault\"}},");
    }
    buf_lit(&b, "\"volumes\":[{\"name\":\"config\",\"configMap\":{\"name\":\"web\"}}],"
                "\"containers\":[");
    for (int i = 0; i < containers; i++) {
        buf_printf(&b, "%s{\"name\":\"c%d\",\"image\":\"registry.example/web:1\"", i ? "," : "", i);
        if (is_compliant) {
            buf_lit(&b, ",\"securityContext\":{\"allowPrivilegeEscalation\":false,"
                        "\"capabilities\":{\"drop\":[\"ALL\"]}}");
        }
        buf_byte(&b, '}');
    }
    buf_lit(&b, "]}}");
    return buf_str(&b);
}

static void setup_psa(Work *w, int containers, bool is_compliant)
{
    Value *pod = new(&w->setup, Value, 1);
    Err err;
    if (!json_read(STR("bench"), pod_text(&w->setup, containers, is_compliant), NULL, &w->setup,
                   pod, &err) ||
        !pod_view_read(pod, &w->setup, &w->pod, &err)) {
        fprintf(stderr, "bench: %.*s\n", STR_ARG(err.msg));
        exit(2);
    }
}

static void setup_psa_plain(Work *w)
{
    setup_psa(w, w->size, false);
}

static void setup_psa_compliant(Work *w)
{
    setup_psa(w, w->size, true);
}

static void run_psa(Work *w)
{
    PsaResult result;
    psa_evaluate(&w->pod, (PsaLevelVersion){ PSA_RESTRICTED, PSA_LATEST }, NULL, &w->arena,
                 &result);
    Buf detail = buf_new(&w->arena);
    psa_write_detail(&result, &detail);
    w->check += detail.len;
    arena_reset(&w->arena);
}

static void put_namespace(SnapshotBuilder *b, Arena *scratch, const char *labels)
{
    cluster_put(b, scratch,
                arena_printf(scratch,
                             "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":"
                             "\"tenant-0001\",\"labels\":{%s}}}",
                             labels));
}

static void setup_psa_review(Work *w)
{
    Arena scratch;
    arena_init(&scratch, 0);
    load_review(w);
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    put_namespace(b, &scratch, "\"pod-security.kubernetes.io/enforce\":\"restricted\"");
    w->snapshot = snapshot_builder_finish(b);
    w->plugins = ADMISSION_PLUGIN_BIT(ADMISSION_POD_SECURITY);
    arena_done(&scratch);
}

/* A namespace of size pods, every third of them compliant. */
static void setup_dry_run(Work *w)
{
    Arena scratch;
    arena_init(&scratch, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    put_namespace(b, &scratch, "");
    for (int i = 0; i < w->size; i++) {
        Str pod = pod_text(&scratch, 1 + i % 3, i % 3 == 0);
        Value v;
        Err err;
        if (!json_read(STR("bench"), pod, NULL, &scratch, &v, &err)) {
            abort();
        }
        value_set_lit(value_get_lit(&v, "metadata"), "name",
                      value_str(arena_printf(&scratch, "web-%d", i)), &scratch);
        if (!snapshot_builder_put(b, &v, NULL)) {
            abort();
        }
        arena_reset(&scratch);
    }
    w->snapshot = snapshot_builder_finish(b);
    arena_done(&scratch);
}

static void run_dry_run(Work *w)
{
    PsaCluster cluster = psa_cluster_of(snapshot_facts(w->snapshot));
    StrList warnings = psa_dry_run(&psa_config_default, &cluster, STR("tenant-0001"),
                                   (PsaLevelVersion){ PSA_RESTRICTED, PSA_LATEST }, &w->arena);
    if (warnings.count == 0) {
        fputs("bench: the dry run found nothing\n", stderr);
        exit(2);
    }
    w->check += warnings.count;
    arena_reset(&w->arena);
}

static void setup_log(Work *w)
{
    w->text = logs_make(&w->setup, w->size);
}

static void run_log_yyjson(Work *w)
{
    w->check += logs_parse(w->text);
}

static void run_log_events(Work *w)
{
    w->check += logs_events(w->text);
}

static void run_log_roles(Work *w)
{
    w->check += logs_roles(w->text);
}

static const struct {
    const char *name;
    void (*setup)(Work *w);
    void (*run)(Work *w);
    int size;
} rows[] = {
    { "yyjson-parse", load_review, run_yyjson, 0 },
    { "parse", load_review, run_parse, 0 },
    { "review-5-usable", setup_review_five, run_review, 0 },
    { "review-10-policies", setup_review_tenants, run_review, 10 },
    { "review-10000-policies", setup_review_tenants, run_review, 10000 },
    { "can-i-100", setup_can_i, run_can_i, 100 },
    { "can-i-100000", setup_can_i, run_can_i, 100000 },
    { "psa-plain-1", setup_psa_plain, run_psa, 1 },
    { "psa-plain-10", setup_psa_plain, run_psa, 10 },
    { "psa-compliant-1", setup_psa_compliant, run_psa, 1 },
    { "psa-compliant-10", setup_psa_compliant, run_psa, 10 },
    { "psa-review", setup_psa_review, run_review, 0 },
    { "psa-dry-run-3000", setup_dry_run, run_dry_run, 3000 },
    { "log-yyjson", setup_log, run_log_yyjson, 2000 },
    { "log-events", setup_log, run_log_events, 2000 },
    { "log-roles", setup_log, run_log_roles, 2000 },
    { "yaml-events", setup_yaml, run_yaml_events, 100 },
    { "yaml-read", setup_yaml, run_yaml_read, 100 },
};

static Work *start(const char *name, void (**run)(Work *w))
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            Work *w = calloc(1, sizeof(Work));
            if (!w) {
                break;
            }
            arena_init(&w->arena, 0);
            arena_init(&w->setup, 0);
            w->size = rows[i].size;
            w->target = kube_target(KUBE_MINOR_NEWEST);
            w->plugins = review_plugins_default;
            rows[i].setup(w);
            *run = rows[i].run;
            return w;
        }
    }
    fprintf(stderr, "bench: no row \"%s\"\n", name);
    exit(2);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

enum { ROWS_MAX = 32 };

/* Each round runs every row for about 10 ms. */
static int time_rows(long rounds, int count, char **names)
{
    if (count > ROWS_MAX) {
        fputs("bench: too many rows\n", stderr);
        return 2;
    }
    Work *work[ROWS_MAX];
    void (*run[ROWS_MAX])(Work *);
    double best[ROWS_MAX];
    for (int i = 0; i < count; i++) {
        work[i] = start(names[i], &run[i]);
        best[i] = 1e18;
    }
    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < count; i++) {
            long n = 0;
            double from = now_ns();
            double to;
            do {
                run[i](work[i]);
                n++;
                to = now_ns();
            } while (to - from < 1e6); /* warm up, and learn how long one run takes */
            long batch = (long)(1e7 / ((to - from) / (double)n)) + 1;
            from = now_ns();
            for (long k = 0; k < batch; k++) {
                run[i](work[i]);
            }
            double each = (now_ns() - from) / (double)batch;
            best[i] = each < best[i] ? each : best[i];
        }
    }
    for (int i = 0; i < count; i++) {
        printf("%s %.1f %zu\n", names[i], best[i], work[i]->text.len);
    }
    return 0;
}

/* What the heap grew by, arenas' unused ends included. */
static size_t heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static int print_held(void)
{
    enum { COUNT = 100000, POLICIES = 10000 };
    size_t before = heap_bytes();
    const Snapshot *s = cluster_bindings(COUNT);
    printf("binding %zu\n", (heap_bytes() - before) / COUNT);
    snapshot_release(s);
    before = heap_bytes();
    Arena scratch;
    arena_init(&scratch, 0);
    SnapshotBuilder *b = snapshot_builder_new(NULL, 0);
    for (int i = 0; i < POLICIES; i++) {
        cluster_put_policy(b, &scratch, arena_printf(&scratch, "policy-%d", i), false);
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    s = snapshot_builder_finish(b);
    printf("policy %zu\n", (heap_bytes() - before) / POLICIES);
    snapshot_release(s);
    return 0;
}

/* The first manifest of data/manifests.yaml, under many names. */
static int make_folder(const char *folder, long count)
{
    Arena a;
    arena_init(&a, 0);
    Str all = read_file(&a, BENCH_DATA "/manifests.yaml");
    Str one = str_slice(all, 0, (size_t)str_index(all, STR("---")));
    size_t bytes = 0;
    uint64_t check = 0;
    for (long i = 0; i < count; i++) {
        FILE *f = fopen(arena_printf(&a, "%s/%05ld.yaml", folder, i).ptr, "wb");
        if (!f || fwrite(one.ptr, 1, one.len, f) != one.len || fclose(f) != 0) {
            perror(folder);
            return 2;
        }
        bytes += one.len;
    }
    double from = now_ns();
    for (long i = 0; i < count; i++) {
        Arena file;
        arena_init(&file, 0);
        read_events(read_file(&file, arena_printf(&a, "%s/%05ld.yaml", folder, i).ptr), &check);
        arena_done(&file);
    }
    printf("%.0f %zu\n", now_ns() - from, bytes);
    arena_done(&a);
    return check == 0;
}

static int print_peak(char **command)
{
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, 1);
        dup2(null, 2);
        execv(command[0], command);
        _exit(127);
    }
    int status;
    struct rusage usage;
    if (child < 0 || wait4(child, &status, 0, &usage) < 0 || !WIFEXITED(status) ||
        WEXITSTATUS(status) > 1) {
        fprintf(stderr, "bench: %s failed\n", command[0]);
        return 2;
    }
    printf("%ld\n", usage.ru_maxrss);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "list") == 0) {
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            puts(rows[i].name);
        }
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "held") == 0) {
        return print_held();
    }
    if (argc == 4 && strcmp(argv[1], "folder") == 0) {
        return make_folder(argv[2], strtol(argv[3], NULL, 10));
    }
    if (argc == 3 && strcmp(argv[1], "dump") == 0) {
        return dump_parse(argv[2]);
    }
    if (argc > 2 && strcmp(argv[1], "peak") == 0) {
        return print_peak(argv + 2);
    }
    if (argc == 4 && strcmp(argv[1], "count") == 0) {
        void (*run)(Work *);
        Work *w = start(argv[2], &run);
        for (long i = strtol(argv[3], NULL, 10); i > 0; i--) {
            run(w);
        }
        return 0;
    }
    if (argc > 3 && strcmp(argv[1], "time") == 0) {
        return time_rows(strtol(argv[2], NULL, 10), argc - 3, argv + 3);
    }
    fputs("usage: podgate-bench list | held | folder DIR COUNT | dump FILE | peak COMMAND... | "
          "count NAME "
          "ITERATIONS | "
          "time ROUNDS NAME...\n",
          stderr);
    return 2;
}
