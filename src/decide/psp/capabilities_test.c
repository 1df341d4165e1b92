/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: what is added, dropped, allowed and written back. */
#include "decide/psp/test_psp.h"

static const PspRow rows[] = {
    {
        .name = "nothing said",
        .policy = "",
        .pod = "",
        .errors = "",
    },
    {
        .name = "add what is not allowed",
        .policy = "",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':['KILL','SYS_TIME']}}}]",
        .errors = "spec.containers[0].securityContext.capabilities.add: Invalid "
                  "value: \"KILL\": capability may not be added "
                  "spec.containers[0].securityContext.capabilities.add: Invalid "
                  "value: \"SYS_TIME\": capability may not be added",
    },
    {
        .name = "add what is allowed",
        .policy = "'allowedCapabilities':['KILL']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':['KILL']}}}]",
        .errors = "",
    },
    {
        .name = "all allowed",
        .policy = "'allowedCapabilities':['*']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':['SYS_ADMIN','ALL']}}}]",
        .errors = "",
    },
    {
        .name = "ALL is a name like others",
        .policy = "'allowedCapabilities':['ALL']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':['KILL']}}}]",
        .errors = "spec.containers[0].securityContext.capabilities.add: Invalid "
                  "value: \"KILL\": capability may not be added",
    },
    {
        .name = "a default may be added",
        .policy = "'defaultAddCapabilities':['KILL']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':['KILL']}}}]",
        .errors = "",
    },
    {
        .name = "defaults: sorted, each once",
        .policy = "'defaultAddCapabilities':['SYS_TIME','KILL','KILL'],"
                  "'requiredDropCapabilities':['MKNOD','CHOWN']",
        .pod = "",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext',"
                 "'value':{'capabilities':{'add':['KILL','SYS_TIME'],'drop':['CHOWN',"
                 "'MKNOD']}}}]",
    },
    {
        .name = "merged: both lists come out sorted",
        .policy = "'requiredDropCapabilities':['CHOWN'],"
                  "'allowedCapabilities':['SYS_TIME','KILL']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':['SYS_TIME','KILL','KILL'],"
               "'drop':['MKNOD']}}}]",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext/capabilitie"
                 "s','value':{'add':['KILL','SYS_TIME'],'drop':['CHOWN','MKNOD']}}]",
    },
    {
        .name = "nothing gained: left alone",
        .policy = "'requiredDropCapabilities':['CHOWN'],"
                  "'allowedCapabilities':['SYS_TIME','KILL']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':['SYS_TIME','KILL','KILL'],"
               "'drop':['MKNOD','CHOWN','MKNOD']}}}]",
        .errors = "",
    },
    {
        .name = "a default that the container drops",
        .policy = "'defaultAddCapabilities':['KILL','CHOWN']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'drop':['KILL']}}}]",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext/capabilitie"
                 "s','value':{'add':['CHOWN'],'drop':['KILL']}}]",
    },
    {
        .name = "all defaults dropped",
        .policy = "'defaultAddCapabilities':['KILL']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'drop':['KILL']}}}]",
        .errors = "",
    },
    {
        .name = "required drops and added at once",
        .policy = "'requiredDropCapabilities':['ALL']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':['KILL']}}}]",
        .errors = "spec.containers[0].securityContext.capabilities.add: Invalid "
                  "value: \"KILL\": capability may not be added",
    },
    {
        .name = "empty lists are like none",
        .policy = "'requiredDropCapabilities':['ALL']",
        .pod = "'containers':[{'name':'c',"
               "'securityContext':{'capabilities':{'add':[],'drop':[]}}}]",
        .errors = "",
        .patch = "[{'op':'add','path':'/spec/containers/0/securityContext/capabilitie"
                 "s','value':{'drop':['ALL']}}]",
    },
};

PSP_TEST_MAIN(rows)
