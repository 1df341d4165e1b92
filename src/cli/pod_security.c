/* SPDX-License-Identifier: Apache-2.0 */
/* What Pod Security Admission is configured with. */
#include "cli/pod_security.h"

#include "cluster/files.h"
#include "doc/json.h"
#include "doc/yaml.h"

static const CliOption options[] = {
    { .name = STR_INIT("enforce"),
      .kind = CLI_TEXT,
      .offset = offsetof(PodSecurityArgs, enforce),
      .value = STR_INIT("LEVEL[:VERSION]"),
      .help = STR_INIT("the Pod Security Standard that namespaces enforce whose labels say nothing "
                       "else: privileged, baseline or restricted, as of a version such as v1.25") },
    { .name = STR_INIT("config"),
      .kind = CLI_TEXT,
      .complete = CLI_COMPLETE_FILE,
      .offset = offsetof(PodSecurityArgs, config),
      .value = STR_INIT("FILE"),
      .help = STR_INIT("the API server's PodSecurityConfiguration, alone or in an "
                       "AdmissionConfiguration: default levels, and who is exempt") },
};

const CliOptionGroup pod_security_options = { STR_INIT("Pod Security Standards"), options,
                                              COUNT_OF(options) };

/* The file that a plugin's `path` names, beside the file that names it. */
static Str beside(Str file, Str path, Arena *a)
{
    ptrdiff_t slash = str_rindex_byte(file, '/');
    if (str_starts_with(path, STR("/")) || slash < 0) {
        return path;
    }
    return arena_concat(a, str_slice(file, 0, (size_t)slash + 1), path);
}

/* The configuration of plugin PodSecurity in an AdmissionConfiguration as a text of its own; empty
 * when it has none. */
static bool unwrap(const Cli *cli, Str file, const Value *wrapper, Str *text)
{
    Arena *a = cli->arena;
    *text = STR("");
    VALUE_EACH_ITEM(plugin, value_get_lit(wrapper, "plugins")) {
        if (!str_eq(value_get_str(plugin, STR("name")), STR("PodSecurity"))) {
            continue;
        }
        const Value *configuration = value_get_lit(plugin, "configuration");
        Str path = value_get_str(plugin, STR("path"));
        if (!value_is_null(configuration)) {
            Buf b = buf_new(a);
            json_write(configuration, &b);
            *text = buf_str(&b);
        } else if (path.len) {
            Err err;
            if (!file_read_text(beside(file, path, a), &doc_limits_default, a, text, &err)) {
                cli_fail(cli, &err);
                return false;
            }
        }
    }
    return true;
}

static bool read_file(const Cli *cli, Str file, PsaConfig *out)
{
    Arena *a = cli->arena;
    Str text;
    Err err;
    Value v;
    const YamlRepeatedKey *repeated;
    if (!file_read_text(file, &doc_limits_default, a, &text, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    bool is_wrapped = yaml_read_go(text, NULL, a, &v, &repeated, &err) &&
                      str_eq(value_get_str(&v, STR("kind")), STR("AdmissionConfiguration"));
    if (is_wrapped && !unwrap(cli, file, &v, &text)) {
        return false;
    }
    if (!psa_config_read(text, a, out, &err)) {
        cli_error(cli, "%.*s: %.*s", STR_ARG(file), STR_ARG(err.msg));
        return false;
    }
    return true;
}

bool pod_security_read(const Cli *cli, const PodSecurityArgs *args, PsaConfig *out)
{
    Err err;
    *out = psa_config_default;
    if (args->config.ptr && !read_file(cli, args->config, out)) {
        return false;
    }
    if (args->enforce.ptr && !psa_level_version_parse(args->enforce, cli->arena,
                                                      &out->defaults.modes[PSA_ENFORCE], &err)) {
        cli_usage(cli, "--enforce: %.*s", STR_ARG(err.msg));
        return false;
    }
    return true;
}
