/* SPDX-License-Identifier: Apache-2.0 */
/* Memory, processor time and descriptors of this process. */
#include "server/metrics/process.h"

#include "server/metrics/metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static double resident_bytes(void)
{
    long long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file) {
        if (fscanf(file, "%lld %lld", &pages, &resident) != 2) {
            resident = 0;
        }
        fclose(file);
    }
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double open_descriptors(void)
{
    double count = -3; /* ".", "..", and the folder's own */
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder)) {
        count++;
    }
    if (folder) {
        closedir(folder);
    }
    return count > 0 ? count : 0;
}

void metrics_write_process(Buf *b)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double seconds = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    metrics_write_one(STR("process_cpu_seconds_total"), "counter", "Processor time spent.", seconds,
                      b);
    metrics_write_one(STR("process_open_fds"), "gauge", "Open file descriptors.",
                      open_descriptors(), b);
    metrics_write_one(STR("process_resident_memory_bytes"), "gauge", "Resident memory.",
                      resident_bytes(), b);
}
