/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of fields in protobuf messages: a table beside schema_fields, made of the same
 * schema/ *.schema lines.
 *
 * Where Go embeds a struct, JSON has its fields among those of the outer one, and protobuf has them
 * in a message of their own. proto_embeds holds those messages by the numbers that lead to them.
 */
#ifndef PODGATE_KUBE_PROTO_TABLE_H
#define PODGATE_KUBE_PROTO_TABLE_H

#include <stdint.h>

enum { PROTO_WRAPPED = 128 }; /* flag of a number: the list stands in a message, as its field 1 */

typedef struct ProtoField {
    uint8_t number; /* 0: never in protobuf */
    uint8_t within; /* the embedded message that has it: a place in proto_embeds; 0 for none */
} ProtoField;

typedef struct ProtoEmbed {
    uint8_t within; /* the message around it, as above */
    uint8_t number; /* its own number there */
} ProtoEmbed;

extern const ProtoField proto_fields[]; /* row for row as schema_fields */
extern const ProtoEmbed proto_embeds[]; /* [0] is not used */

#endif
