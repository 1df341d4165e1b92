/* SPDX-License-Identifier: Apache-2.0 */
/*
 * podgate up --data, over TLS: lines of name and value.
 *
 *     podgate-bench-durable PROGRAM FOLDER OBJECTS...
 *
 *     create-per-s          config maps created in a second, one connection; on the disk when
 * answered create-32-per-s       the same, 32 connections that each wait for their answers
 *     plain-per-s           both without --data
 *     plain-32-per-s
 *     create-per-sync       how many of them share a transaction, which is an fsync
 *     create-32-per-sync
 *     start-N-ms            from a folder with N pods to the first answer: the median
 *     held-N-bytes          resident memory for each of them, after that
 */
#include "client.h"

#include "cluster/saved.h"
#include "doc/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 32, CREATES = 2000, CREATES_32 = 16000, STARTS = 7 };

/* -- creates ----------------------------------------------------------------------------------- */

/* A counter of /metrics; 0 when there is none. */
static double counter(const Served *s, const char *name)
{
    Arena a;
    arena_init(&a, 0);
    Client c = client_open(s);
    Str text = client_get(&c, "/metrics", &a);
    Str line = arena_printf(&a, "\n%s ", name);
    ptrdiff_t at = str_index(text, line);
    double value = at < 0 ? 0 : strtod(text.ptr + at + line.len, NULL);
    client_close(&c);
    arena_done(&a);
    return value;
}

static Str config_map(const char *name, size_t number, Arena *a)
{
    Str body = arena_printf(
        a,
        "{\"metadata\":{\"name\":\"%s-%zu\"},\"data\":{\"settings\":\"a few words, "
        "as there are in most of them\"}}",
        name, number);
    return post("/api/v1/namespaces/default/configmaps", body, a);
}

static double creates(const Served *s, const char *name, size_t connections, size_t count)
{
    Client clients[CONNECTIONS];
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < connections; i++) {
        clients[i] = client_open(s);
    }
    double began = now_us();
    for (size_t i = 0; i < count; i += connections) {
        for (size_t j = 0; j < connections; j++) {
            client_send(&clients[j], config_map(name, i + j, &a));
        }
        for (size_t j = 0; j < connections; j++) {
            if (client_receive(&clients[j]) != 201) {
                bench_die("nothing was created");
            }
        }
        arena_reset(&a);
    }
    double per_s = (double)count / (now_us() - began) * 1e6;
    for (size_t i = 0; i < connections; i++) {
        client_close(&clients[i]);
    }
    arena_done(&a);
    return per_s;
}

static void measure_creates(const char *program, const char *data, const char *what, Arena *a)
{
    static const char syncs[] = "podgate_data_transactions_total";
    static const char changes[] = "podgate_data_changes_total";
    Served s = served_start(program, "0", data, a);
    const struct {
        const char *name;
        size_t connections;
        size_t count;
    } rows[] = { { "", 1, CREATES }, { "-32", CONNECTIONS, CREATES_32 } };
    (void)creates(&s, "warm", 1, 200);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        double transactions = counter(&s, syncs);
        double written = counter(&s, changes);
        printf("%s%s-per-s %.0f\n", what, rows[i].name,
               creates(&s, rows[i].connections == 1 ? "one" : "many", rows[i].connections,
                       rows[i].count));
        if (data) {
            printf("%s%s-per-sync %.2f\n", what, rows[i].name,
                   (counter(&s, changes) - written) / (counter(&s, syncs) - transactions));
        }
    }
    served_stop(&s);
}

/* -- starts ------------------------------------------------------------------------------------ */

static Value pod(size_t number, uint64_t version, Arena *a)
{
    Value v;
    Str text = arena_printf(
        a,
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"web-%zu\",\"namespace\":"
        "\"bench-%zu\",\"uid\":\"6b7a4f0c-9d3e-4c55-8f21-%012zu\",\"resourceVersion\":\"%llu\","
        "\"creationTimestamp\":\"2021-02-03T04:05:06Z\",\"labels\":{\"app.kubernetes.io/name\":"
        "\"web\",\"pod-template-hash\":\"6d4cf56db6\"},\"managedFields\":[{\"manager\":"
        "\"kube-controller-manager\",\"operation\":\"Update\",\"apiVersion\":\"v1\",\"time\":"
        "\"2021-02-03T04:05:06Z\",\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{"
        "\"f:labels\":{\".\":{},\"f:app.kubernetes.io/name\":{},\"f:pod-template-hash\":{}}},"
        "\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{},\"f:image\":{},"
        "\"f:imagePullPolicy\":{},\"f:name\":{},\"f:resources\":{}}},\"f:restartPolicy\":{}}}}]},"
        "\"spec\":{\"containers\":[{\"name\":\"web\",\"image\":\"registry.example/shop/"
        "web:2.14.1\","
        "\"resources\":{\"requests\":{\"cpu\":\"100m\",\"memory\":\"64Mi\"}},\"imagePullPolicy\":"
        "\"IfNotPresent\",\"terminationMessagePath\":\"/dev/termination-log\","
        "\"terminationMessagePolicy\":\"File\"}],\"restartPolicy\":\"Always\","
        "\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":\"ClusterFirst\","
        "\"serviceAccountName\":"
        "\"default\",\"serviceAccount\":\"default\",\"securityContext\":{},\"schedulerName\":"
        "\"default-scheduler\"},\"status\":{\"phase\":\"Pending\",\"qosClass\":\"Burstable\"}}",
        number, number % 50, number, (unsigned long long)version);
    if (!json_read(STR("pod"), text, NULL, a, &v, NULL)) {
        bench_die("the pod is no JSON");
    }
    return v;
}

/* A snapshot with so many pods. */
static void write_snapshot(const char *path, size_t count, Arena *a)
{
    FILE *f = fopen(path, "we");
    SavedSum sum;
    SavedHead head = { .version = 1000 + count,
                       .minor = 20,
                       .created = STR("2021-02-03T04:05:06Z") };
    Buf b = buf_new(a);
    if (!f) {
        bench_die(path);
    }
    saved_write_head(&head, &sum, &b);
    for (size_t i = 0; i < count; i++) {
        Arena one;
        arena_init(&one, 0);
        Value object = pod(i, 1000 + i, &one);
        saved_write_object(&object, &sum, &b);
        fwrite(b.ptr, 1, b.len, f);
        b.len = 0;
        arena_done(&one);
    }
    saved_write_end(&sum, &b);
    fwrite(b.ptr, 1, b.len, f);
    fclose(f);
}

static void fill(const char *program, const char *snapshot, const char *data)
{
    pid_t pid = fork();
    int status;
    if (pid == 0) {
        execl(program, program, "up", "--nodes", "0", "--from", snapshot, "--data", data, "--",
              "true", (char *)NULL);
        _exit(2);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
        bench_die("the folder was not filled");
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure_starts(const char *program, const char *folder, size_t count, Arena *a)
{
    double ms[STARTS];
    long kib = 0;
    const char *snapshot = arena_printf(a, "%s/%zu.json", folder, count).ptr;
    const char *data = arena_printf(a, "%s/%zu", folder, count).ptr;
    write_snapshot(snapshot, count, a);
    fill(program, snapshot, data);
    for (size_t i = 0; i < STARTS; i++) {
        double began = now_us();
        Served s = served_start(program, "0", data, a);
        Client c = client_open(&s);
        if (ask(&c, get("/api/v1/namespaces/bench-1/pods/web-1", a)) != 200) {
            bench_die("a pod is not there");
        }
        ms[i] = (now_us() - began) / 1000;
        kib = resident_kib(s.pid);
        client_close(&c);
        served_stop(&s);
    }
    qsort(ms, STARTS, sizeof(*ms), by_value);
    printf("start-%zu-ms %.1f\nheld-%zu-bytes %.0f\n", count, ms[STARTS / 2], count,
           (double)kib * 1024 / (double)count);
}

int main(int argc, char **argv)
{
    Arena a;
    arena_init(&a, 0);
    if (argc < 3) {
        bench_die("PROGRAM FOLDER OBJECTS...");
    }
    measure_creates(argv[1], NULL, "plain", &a);
    measure_creates(argv[1], arena_printf(&a, "%s/creates", argv[2]).ptr, "create", &a);
    for (int i = 3; i < argc; i++) {
        int64_t count;
        if (!str_to_int64(str_from_c(argv[i]), &count) || count < 1 || count > 10000000) {
            bench_die("PROGRAM FOLDER OBJECTS...");
        }
        measure_starts(argv[1], argv[2], (size_t)count, &a);
    }
    arena_done(&a);
    return 0;
}
