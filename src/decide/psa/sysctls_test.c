/* SPDX-License-Identifier: Apache-2.0 */
/* What the check in sysctls.c says of pods. */
#include "decide/psa/check_test.h"

const PsaCase psa_cases_sysctls[] = {
    ALLOWED("none", 0, NEWEST, "{spec: {securityContext: {sysctls: []}}}"),
    ALLOWED("the oldest ones", 0, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: kernel.shm_rmid_forced}, {name: "
            "net.ipv4.ip_local_port_range}, {name: net.ipv4.tcp_syncookies}, {name: "
            "net.ipv4.ping_group_range}, {name: net.ipv4.ip_unprivileged_port_start}]}}}"),
    { "net.ipv4.ip_local_reserved_ports before v1.27", 0, 26,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.ip_local_reserved_ports, "
      "value: \"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.ip_local_reserved_ports",
      "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.ip_local_reserved_ports", 27, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.ip_local_reserved_ports, "
            "value: \"1\"}]}}}"),
    { "net.ipv4.tcp_keepalive_time before v1.29", 0, 28,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_time, value: "
      "\"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.tcp_keepalive_time", "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.tcp_keepalive_time", 29, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_time, value: "
            "\"1\"}]}}}"),
    { "net.ipv4.tcp_fin_timeout before v1.29", 0, 28,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_fin_timeout, value: "
      "\"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.tcp_fin_timeout", "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.tcp_fin_timeout", 29, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_fin_timeout, value: "
            "\"1\"}]}}}"),
    { "net.ipv4.tcp_keepalive_intvl before v1.29", 0, 28,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_intvl, "
      "value: \"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.tcp_keepalive_intvl", "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.tcp_keepalive_intvl", 29, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_intvl, "
            "value: \"1\"}]}}}"),
    { "net.ipv4.tcp_keepalive_probes before v1.29", 0, 28,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_probes, "
      "value: \"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.tcp_keepalive_probes",
      "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.tcp_keepalive_probes", 29, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_probes, "
            "value: \"1\"}]}}}"),
    { "net.ipv4.tcp_rmem before v1.32", 0, 31,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: "
      "\"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.tcp_rmem", "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.tcp_rmem", 32, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: "
            "\"1\"}]}}}"),
    { "net.ipv4.tcp_wmem before v1.32", 0, 31,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_wmem, value: "
      "\"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.tcp_wmem", "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.tcp_wmem", 32, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_wmem, value: "
            "\"1\"}]}}}"),
    { "net.ipv4.tcp_slow_start_after_idle before v1.37", 0, 36,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_slow_start_after_idle, "
      "value: \"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.tcp_slow_start_after_idle",
      "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.tcp_slow_start_after_idle", 37, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_slow_start_after_idle, "
            "value: \"1\"}]}}}"),
    { "net.ipv4.tcp_notsent_lowat before v1.37", 0, 36,
      "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_notsent_lowat, value: "
      "\"1\"}]}}}",
      "forbidden sysctls", "net.ipv4.tcp_notsent_lowat", "spec.securityContext.sysctls[0].name" },
    ALLOWED("net.ipv4.tcp_notsent_lowat", 37, NEWEST,
            "{spec: {securityContext: {sysctls: [{name: net.ipv4.tcp_notsent_lowat, value: "
            "\"1\"}]}}}"),
    { "in the order of the pod, repeats kept, slashes unknown", 0, NEWEST,
      "{spec: {securityContext: {sysctls: [{name: kernel.msgmax}, {name: "
      "net/ipv4/tcp_syncookies}, {name: a}, {name: a}]}}}",
      "forbidden sysctls", "kernel.msgmax, net/ipv4/tcp_syncookies, a, a",
      "spec.securityContext.sysctls[0].name spec.securityContext.sysctls[1].name "
      "spec.securityContext.sysctls[2].name spec.securityContext.sysctls[3].name" },
    { "a sysctl without a name", 0, NEWEST,
      "{spec: {securityContext: {sysctls: [{value: \"1\"}]}}}", "forbidden sysctls", "",
      "spec.securityContext.sysctls[0].name" },
    CASES_END,
};
