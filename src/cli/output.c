/* SPDX-License-Identifier: Apache-2.0 */
/* -o: the form of a result. */
#include "cli/output.h"

#include "doc/json.h"
#include "doc/yaml.h"

static const Str formats[] = { STR_INIT("table"), STR_INIT("json"), STR_INIT("yaml"),
                               STR_INIT("name") };

static const CliOption options[] = {
    OUTPUT_ROW(OutputArgs, format, formats, 4, "table (default), json, yaml or name"),
};
static const CliOption data_options[] = {
    OUTPUT_ROW(OutputArgs, format, formats, 3, "table (default), json or yaml"),
};

const CliOptionGroup output_options = { STR_INIT("The result"), options, COUNT_OF(options) };
const CliOptionGroup output_data_options = { STR_INIT("The result"), data_options,
                                             COUNT_OF(data_options) };

bool output_value(Cli *cli, const OutputArgs *args, const Value *v)
{
    if (output_is(args, STR("json"))) {
        json_write_pretty(v, &cli->out);
        buf_byte(&cli->out, '\n');
        return true;
    }
    if (output_is(args, STR("yaml"))) {
        yaml_write(v, &cli->out);
        return true;
    }
    return false;
}

Value output_list(Arena *a)
{
    Value list = value_object();
    value_set_lit(&list, "apiVersion", value_str(STR("v1")), a);
    value_set_lit(&list, "kind", value_str(STR("List")), a);
    value_set_lit(&list, "items", value_array(), a);
    return list;
}

void output_add_str(Value *object, Str key, Str text, Arena *a)
{
    if (text.ptr) {
        value_set(object, key, value_str(text), a);
    }
}
