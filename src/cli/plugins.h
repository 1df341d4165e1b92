/* SPDX-License-Identifier: Apache-2.0 */
/* --admission-plugins and --disable-admission-plugins: which plugins of the API server decide, for
 * every command that asks them. */
#ifndef PODGATE_CLI_PLUGINS_H
#define PODGATE_CLI_PLUGINS_H

#include "cli/cli.h"

typedef struct PluginArgs {
    StrList on;
    StrList off;
} PluginArgs;

extern const CliOptionGroup plugin_options; /* into PluginArgs */

/* What the options ask for: bits of AdmissionPluginId. No plugin is in both. */
typedef struct PluginChoice {
    uint64_t on;
    uint64_t off;
} PluginChoice;

/* False after a message: a name that no API server knows, or one in both lists. A plugin that an
 * API server has and that decides nothing here is warned about. */
WARN_UNUSED bool plugins_read(const Cli *cli, const PluginArgs *args, PluginChoice *out);

/* What runs, of those that would. */
static inline uint64_t plugins_apply(PluginChoice choice, uint64_t usual)
{
    return (usual | choice.on) & ~choice.off;
}

#endif
