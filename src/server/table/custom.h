/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How custom resources are shown: by their name and the additionalPrinterColumns of their
 * definition. Private to this folder.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/registry/customresource/tableconvertor.
 */
#ifndef PODGATE_SERVER_TABLE_CUSTOM_H
#define PODGATE_SERVER_TABLE_CUSTOM_H

#include "server/table/table.h"

Value custom_columns(const TableOptions *o, Arena *a);
Value custom_cells(const TableOptions *o, const Value *object, Arena *a);

/* One entry of columnDefinitions (table.c). */
Value table_column_definition(Str name, Str type, Str format, Str description, int64_t priority,
                              Arena *a);

#endif
