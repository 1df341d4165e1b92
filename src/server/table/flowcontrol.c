/* SPDX-License-Identifier: Apache-2.0 */
/* How flow schemas and priority levels are shown. */
#include "server/table/columns.h"

/* Lists go by precedence, then by name. */
static int compare_flow_schemas(const Value *a, const Value *b)
{
    int64_t left = table_int(a, "spec.matchingPrecedence");
    int64_t right = table_int(b, "spec.matchingPrecedence");
    if (left != right) {
        return left < right ? -1 : 1;
    }
    return str_cmp(table_text(a, "metadata.name"), table_text(b, "metadata.name"));
}

static Value cell_distinguisher(const TableCell *c)
{
    const Value *method = table_field(c->object, "spec.distinguisherMethod");
    return table_cell(value_is_null(method) ? STR("<none>") : value_get_str(method, STR("type")));
}

static Value cell_missing_level(const TableCell *c)
{
    const Value *condition = table_find(table_field(c->object, "status.conditions"), "type",
                                        STR("Dangling"));
    return table_cell(condition ? value_get_str(condition, STR("status")) : STR("?"));
}

/* Two names for one number, by version of the API. */
static Value cell_shares(const TableCell *c)
{
    const Value *limited = table_field(c->object, "spec.limited");
    OptInt64 shares = value_get_int(limited, STR("assuredConcurrencyShares"));
    if (!shares.set) {
        shares = value_get_int(limited, STR("nominalConcurrencyShares"));
    }
    return value_is_null(limited) ? table_cell(STR("<none>")) : value_int(shares.value);
}

static Value cell_queuing(const TableCell *c)
{
    const Value *queuing = table_field(c->object, "spec.limited.limitResponse.queuing");
    return value_is_null(queuing) ? table_cell(STR("<none>"))
                                  : value_int(table_int(queuing, c->column->path));
}

static const TableColumn flow_schema_columns[] = {
    TABLE_COLUMN_NAME,
    { "PriorityLevel", "string", "",
      "`name` is the name of the priority level configuration being referenced Required.",
      cell_text, "spec.priorityLevelConfiguration.name", 0, 0, 0 },
    { "MatchingPrecedence", "string", "",
      "`matchingPrecedence` is used to choose among the FlowSchemas that match a given request. "
      "The chosen FlowSchema is among those with the numerically lowest (which we take to be "
      "logically highest) MatchingPrecedence.  Each MatchingPrecedence value must be ranged in "
      "[1,10000]. Note that if the precedence is not specified, it will be set to 1000 as "
      "default.",
      cell_int, "spec.matchingPrecedence", 0, 0, 0 },
    { "DistinguisherMethod", "string", "",
      "`distinguisherMethod` defines how to compute the flow distinguisher for requests that "
      "match this schema. `nil` specifies that the distinguisher is disabled and thus will "
      "always be the empty string.",
      cell_distinguisher, NULL, 0, 0, 0 },
    TABLE_COLUMN_AGE,
    { "MissingPL", "string", "", "references a broken or non-existent PriorityLevelConfiguration",
      cell_missing_level, NULL, 0, 0, 0 },
};

static const TableColumn priority_level_columns[] = {
    TABLE_COLUMN_NAME,
    { "Type", "string", "",
      "`type` indicates whether this priority level is subject to limitation on request "
      "execution.  A value of `\"Exempt\"` means that requests of this priority level are not "
      "subject to a limit (and thus are never queued) and do not detract from the capacity made "
      "available to other priority levels.  A value of `\"Limited\"` means that (a) requests of "
      "this priority level _are_ subject to limits and (b) some of the server's limited capacity "
      "is made available exclusively to this priority level. Required.",
      cell_text, "spec.type", 0, 0, 0 },
    { "AssuredConcurrencyShares", "string", "",
      "`assuredConcurrencyShares` (ACS) configures the execution limit, which is a limit on the "
      "number of requests of this priority level that may be exeucting at a given time.  ACS "
      "must be a positive number. The server's concurrency limit (SCL) is divided among the "
      "concurrency-controlled priority levels in proportion to their assured concurrency shares. "
      "This produces the assured concurrency value (ACV) ",
      cell_shares, NULL, 0, 0, 26 },
    { "NominalConcurrencyShares", "string", "",
      "`nominalConcurrencyShares` (NCS) contributes to the computation of the "
      "NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats "
      "available at this priority level. This is used both for requests dispatched from this "
      "priority level as well as requests dispatched from other priority levels borrowing seats "
      "from this level. The server's concurrency limit (ServerCL) is divided among the Limited "
      "priority levels in proportion to their NCS values:\n\nNominalCL(i)  = ceil( ServerCL * "
      "NCS(i) / sum_ncs ) sum_ncs = sum[limited priority level k] NCS(k)\n\nBigger numbers mean "
      "a larger nominal concurrency limit, at the expense of every other Limited priority level. "
      "This field has a default value of 30.",
      cell_shares, NULL, 0, 26, 28 },
    { "NominalConcurrencyShares", "string", "",
      "`nominalConcurrencyShares` (NCS) contributes to the computation of the "
      "NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats "
      "available at this priority level. This is used both for requests dispatched from this "
      "priority level as well as requests dispatched from other priority levels borrowing seats "
      "from this level. The server's concurrency limit (ServerCL) is divided among the Limited "
      "priority levels in proportion to their NCS values:\n\nNominalCL(i)  = ceil( ServerCL * "
      "NCS(i) / sum_ncs ) sum_ncs = sum[priority level k] NCS(k)\n\nBigger numbers mean a larger "
      "nominal concurrency limit, at the expense of every other priority level. This field has a "
      "default value of 30.",
      cell_shares, NULL, 0, 28, 29 },
    { "NominalConcurrencyShares", "string", "",
      "`nominalConcurrencyShares` (NCS) contributes to the computation of the "
      "NominalConcurrencyLimit (NominalCL) of this level. This is the number of execution seats "
      "available at this priority level. This is used both for requests dispatched from this "
      "priority level as well as requests dispatched from other priority levels borrowing seats "
      "from this level. The server's concurrency limit (ServerCL) is divided among the Limited "
      "priority levels in proportion to their NCS values:\n\nNominalCL(i)  = ceil( ServerCL * "
      "NCS(i) / sum_ncs ) sum_ncs = sum[priority level k] NCS(k)\n\nBigger numbers mean a larger "
      "nominal concurrency limit, at the expense of every other priority level.\n\nIf not "
      "specified, this field defaults to a value of 30.\n\nSetting this field to zero supports "
      "the construction of a \"jail\" for this priority level that is used to hold some "
      "request(s)",
      cell_shares, NULL, 0, 29, 0 },
    { "Queues", "string", "",
      "`queues` is the number of queues for this priority level. The queues exist independently "
      "at each apiserver. The value must be positive.  Setting it to 1 effectively precludes "
      "shufflesharding and thus makes the distinguisher method of associated flow schemas "
      "irrelevant.  This field has a default value of 64.",
      cell_queuing, "queues", 0, 0, 0 },
    { "HandSize", "string", "",
      "`handSize` is a small positive number that configures the shuffle sharding of requests "
      "into queues.  When enqueuing a request at this priority level the request's flow "
      "identifier (a string pair) is hashed and the hash value is used to shuffle the list of "
      "queues and deal a hand of the size specified here.  The request is put into one of the "
      "shortest queues in that hand. `handSize` must be no larger than `queues`, and should be "
      "significantly smaller (so that a few heavy flows do not saturate most of the queues).  "
      "See the user-facing documentation for more extensive guidance on setting this field.  "
      "This field has a default value of 8.",
      cell_queuing, "handSize", 0, 0, 0 },
    { "QueueLengthLimit", "string", "",
      "`queueLengthLimit` is the maximum number of requests allowed to be waiting in a given "
      "queue of this priority level at a time; excess requests are rejected.  This value must be "
      "positive.  If not specified, it will be defaulted to 50.",
      cell_queuing, "queueLengthLimit", 0, 0, 0 },
    TABLE_COLUMN_AGE,
};

static const TableKind flowcontrol_kinds[] = {
    { TABLE_KIND("flowcontrol.apiserver.k8s.io", "FlowSchema", flow_schema_columns),
      .compare = compare_flow_schemas },
    { TABLE_KIND("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration",
                 priority_level_columns) },
};

const TableFamily table_flowcontrol = { flowcontrol_kinds, COUNT_OF(flowcontrol_kinds) };
