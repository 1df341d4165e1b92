/* SPDX-License-Identifier: Apache-2.0 */
/* Sysctls: safe, allowed, forbidden, by name and by pattern. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "safe ones",
        .policy = "",
        .pod = "'securityContext':{'sysctls':[{'name':'kernel.shm_rmid_forced',"
               "'value':'1'},{'name':'net.ipv4.ip_local_port_range','value':'1'},"
               "{'name':'net.ipv4.tcp_syncookies','value':'1'},"
               "{'name':'net.ipv4.ping_group_range','value':'1'}]}",
        .errors = "",
    },
    {
        .name = "safe from 1.22 on",
        .policy = "",
        .pod = "'securityContext':{'sysctls':[{'name':'net.ipv4.ip_unprivileged_port_"
               "start','value':'1'}]}",
        .errors = "pod.spec.securityContext.sysctls[0]: Forbidden: unsafe sysctl "
                  "\"net.ipv4.ip_unprivileged_port_start\" is not allowed",
    },
    {
        .name = "safe in 1.22",
        .policy = "",
        .pod = "'securityContext':{'sysctls':[{'name':'net.ipv4.ip_unprivileged_port_"
               "start','value':'1'}]}",
        .errors = "",
        .minor = 22,
    },
    {
        .name = "safe for later kubelets, not for policies",
        .policy = "",
        .pod = "'securityContext':{'sysctls':[{'name':'net.ipv4.tcp_keepalive_time',"
               "'value':'1'}]}",
        .errors = "pod.spec.securityContext.sysctls[0]: Forbidden: unsafe sysctl "
                  "\"net.ipv4.tcp_keepalive_time\" is not allowed",
        .minor = 37,
    },
    {
        .name = "unsafe",
        .policy = "",
        .pod = "'securityContext':{'sysctls':[{'name':'kernel.sem','value':'1'},"
               "{'name':'kernel.msgmax','value':'1'}]}",
        .errors = "pod.spec.securityContext.sysctls[0]: Forbidden: unsafe sysctl "
                  "\"kernel.sem\" is not allowed pod.spec.securityContext.sysctls[1]: "
                  "Forbidden: unsafe sysctl \"kernel.msgmax\" is not allowed",
    },
    {
        .name = "allowed by name and pattern",
        .policy = "'allowedUnsafeSysctls':['kernel.sem','net.core.*']",
        .pod = "'securityContext':{'sysctls':[{'name':'kernel.sem','value':'1'},"
               "{'name':'net.core.somaxconn','value':'1'}]}",
        .errors = "",
    },
    {
        .name = "a pattern of all",
        .policy = "'allowedUnsafeSysctls':['*']",
        .pod = "'securityContext':{'sysctls':[{'name':'kernel.sem','value':'1'}]}",
        .errors = "",
    },
    {
        .name = "forbidden comes first",
        .policy = "'allowedUnsafeSysctls':['*'],'forbiddenSysctls':['kernel.*']",
        .pod = "'securityContext':{'sysctls':[{'name':'kernel.sem','value':'1'}]}",
        .errors = "pod.spec.securityContext.sysctls[0]: Forbidden: sysctl "
                  "\"kernel.sem\" is not allowed",
    },
    {
        .name = "a safe one can be forbidden",
        .policy = "'forbiddenSysctls':['kernel.shm_rmid_forced']",
        .pod = "'securityContext':{'sysctls':[{'name':'kernel.shm_rmid_forced',"
               "'value':'1'}]}",
        .errors = "pod.spec.securityContext.sysctls[0]: Forbidden: sysctl "
                  "\"kernel.shm_rmid_forced\" is not allowed",
    },
};

PSP_TEST_MAIN(rows)
