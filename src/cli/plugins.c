/* SPDX-License-Identifier: Apache-2.0 */
/* Which plugins of the API server decide. */
#include "cli/plugins.h"

#include "decide/admission/admission.h"

static const CliOption options[] = {
    { .name = STR_INIT("admission-plugins"),
      .kind = CLI_LIST,
      .offset = offsetof(PluginArgs, on),
      .value = STR_INIT("NAME,..."),
      .help = STR_INIT("admission plugins that decide besides the usual ones, as the API server's "
                       "--enable-admission-plugins; repeatable") },
    { .name = STR_INIT("disable-admission-plugins"),
      .kind = CLI_LIST,
      .offset = offsetof(PluginArgs, off),
      .value = STR_INIT("NAME,..."),
      .help = STR_INIT("admission plugins that do not decide, though they usually do; "
                       "repeatable") },
};

const CliOptionGroup plugin_options = { STR_INIT("Admission plugins"), options, COUNT_OF(options) };

/* Other plugins of API servers, of all versions: what they do needs more than the state, or is not
 * about pods. */
static const Str elsewhere[] = {
    STR_INIT("AlwaysAdmit"),
    STR_INIT("AlwaysDeny"),
    STR_INIT("ClusterTrustBundleAttest"),
    STR_INIT("DenyEscalatingExec"),
    STR_INIT("DenyExecOnPrivileged"),
    STR_INIT("DenyServiceExternalIPs"),
    STR_INIT("ExtendedResourceToleration"),
    STR_INIT("ImagePolicyWebhook"),
    STR_INIT("LimitPodHardAntiAffinityTopology"),
    STR_INIT("MutatingAdmissionPolicy"),
    STR_INIT("NamespaceAutoProvision"),
    STR_INIT("NamespaceExists"),
    STR_INIT("NodeDeclaredFeatureValidator"),
    STR_INIT("OwnerReferencesPermissionEnforcement"),
    STR_INIT("PersistentVolumeLabel"),
    STR_INIT("PodPreset"),
    STR_INIT("PodTolerationRestriction"),
    STR_INIT("PodTopologyLabels"),
    STR_INIT("SecurityContextDeny"),
    STR_INIT("ValidatingAdmissionPolicy"),
};

/* "A, B, C": the names of bits, in the order in which they decide. */
static Str names_of(uint64_t bits, Arena *a)
{
    Buf b = buf_new(a);
    for (unsigned i = 0; i < ADMISSION_PLUGIN_COUNT; i++) {
        if (bits >> i & 1) {
            buf_add(&b, b.len ? STR(", ") : STR(""));
            buf_add(&b, admission_plugin_name((AdmissionPluginId)i));
        }
    }
    return buf_str(&b);
}

static bool read_name(const Cli *cli, Str option, Str name, uint64_t *bits)
{
    AdmissionPluginId id;
    if (admission_plugin_find(name, &id)) {
        *bits |= ADMISSION_PLUGIN_BIT(id);
        return true;
    }
    if (str_list_has((StrList){ elsewhere, COUNT_OF(elsewhere) }, name)) {
        cli_warn(cli, "--%.*s: plugin %.*s decides nothing here", STR_ARG(option), STR_ARG(name));
        return true;
    }
    cli_usage(cli, "--%.*s: plugin \"%.*s\" is unknown; known are %.*s", STR_ARG(option),
              STR_ARG(name), STR_ARG(names_of(ADMISSION_ALL_PLUGINS, cli->arena)));
    return false;
}

static bool read_list(const Cli *cli, const CliOption *option, StrList given, uint64_t *bits)
{
    *bits = 0;
    for (size_t i = 0; i < given.count; i++) {
        Str rest = given.items[i];
        Str name;
        while (str_next_piece(&rest, ',', &name)) {
            if (name.len && !read_name(cli, option->name, name, bits)) {
                return false;
            }
        }
    }
    return true;
}

bool plugins_read(const Cli *cli, const PluginArgs *args, PluginChoice *out)
{
    if (!read_list(cli, &options[0], args->on, &out->on) ||
        !read_list(cli, &options[1], args->off, &out->off)) {
        return false;
    }
    if (out->on & out->off) {
        cli_usage(cli, "--%.*s and --%.*s both name %.*s", STR_ARG(options[0].name),
                  STR_ARG(options[1].name), STR_ARG(names_of(out->on & out->off, cli->arena)));
        return false;
    }
    return true;
}
