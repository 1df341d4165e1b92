/* SPDX-License-Identifier: Apache-2.0 */
/* What a command line asks RBAC about. */
#include "cli/question.h"

bool question_verb_is_known(Str verb, bool is_resource)
{
    static const Str of_resources[] = {
        STR_INIT("get"),         STR_INIT("list"),
        STR_INIT("watch"),       STR_INIT("create"),
        STR_INIT("update"),      STR_INIT("patch"),
        STR_INIT("delete"),      STR_INIT("deletecollection"),
        STR_INIT("use"),         STR_INIT("bind"),
        STR_INIT("impersonate"), STR_INIT("escalate"),
        STR_INIT("approve"),     STR_INIT("sign"),
        STR_INIT("*"),
    };
    static const Str of_urls[] = {
        STR_INIT("get"),     STR_INIT("put"),    STR_INIT("post"),  STR_INIT("head"),
        STR_INIT("options"), STR_INIT("delete"), STR_INIT("patch"), STR_INIT("*"),
    };
    return is_resource ? str_list_has((StrList){ of_resources, COUNT_OF(of_resources) }, verb)
                       : str_list_has((StrList){ of_urls, COUNT_OF(of_urls) }, verb);
}

/* A warning, or with --fail-on-unknown a failure. */
static bool not_known(const Cli *cli, bool is_strict, Str message)
{
    if (is_strict) {
        cli_error(cli, "%.*s (--fail-on-unknown)", STR_ARG(message));
        return false;
    }
    cli_warn(cli, "%.*s", STR_ARG(message));
    return true;
}

/* rest is what follows the first slash: NAME, NAME/SUBRESOURCE or a subresource of the resource. */
static void split_rest(RbacCluster *c, Str typed, Str rest, Str subresource, WhoCanQuestion *out)
{
    RbacResource part;
    Str name, more;
    out->name = rest;
    if (subresource.ptr) {
        out->subresource = subresource;
    } else if (rest.len && rbac_cluster_find_resource(c, typed, rest, &part)) {
        out->subresource = rest;
        out->name = STR("");
    } else if (str_split_once(rest, '/', &name, &more) &&
               rbac_cluster_find_resource(c, typed, more, &part)) {
        out->subresource = more;
        out->name = name;
    }
}

static bool takes_verb(const RbacResource *r, Str verb)
{
    for (int i = 0; i < RBAC_CATALOGUE_VERBS; i++) {
        if ((r->verbs >> i & 1) && str_eq(rbac_catalogue_verb(i), verb)) {
            return true;
        }
    }
    return false;
}

static bool check_part(const Cli *cli, RbacCluster *c, Str typed, bool is_strict,
                       const WhoCanQuestion *q)
{
    RbacResource part;
    if (!rbac_cluster_find_resource(c, typed, q->subresource, &part)) {
        return not_known(cli, is_strict,
                         arena_printf(cli->arena, "%.*s have no subresource '%.*s'",
                                      STR_ARG(q->resource), STR_ARG(q->subresource)));
    }
    if (q->verb.len && question_verb_is_known(q->verb, true) && !str_eq(q->verb, STR("*")) &&
        !takes_verb(&part, q->verb)) {
        cli_warn(cli, "%.*s do not take the verb '%.*s'",
                 STR_ARG(rbac_resource_text(&part, cli->arena)), STR_ARG(q->verb));
    }
    return true;
}

static bool read_resource(const Cli *cli, RbacCluster *c, Str text, Str subresource, bool is_strict,
                          WhoCanQuestion *out)
{
    Str typed, rest;
    str_split_once(text, '/', &typed, &rest);
    out->is_resource = true;
    split_rest(c, typed, rest, subresource, out);
    RbacResource r;
    if (rbac_cluster_find_resource(c, typed, STR(""), &r)) {
        out->resource = r.resource;
        out->group = r.group;
        out->namespaced = r.namespaced;
        return check_part(cli, c, typed, is_strict, out);
    }
    out->namespaced = true;
    bool has_group = str_split_once(typed, '.', &out->resource, &out->group);
    if (str_eq(typed, STR("*")) || str_eq(typed, STR("*.*"))) {
        return true;
    }
    return not_known(cli, is_strict,
                     arena_printf(cli->arena, "the cluster has no resource '%.*s'%s%.*s%s",
                                  STR_ARG(out->resource), has_group ? " in group '" : "",
                                  STR_ARG(out->group), has_group ? "'" : ""));
}

bool question_read(const Cli *cli, RbacCluster *c, Str verb, Str text, Str subresource,
                   bool is_strict, WhoCanQuestion *out)
{
    Str none = STR("");
    *out = (WhoCanQuestion){ verb, false, none, none, none, none, false, STR_ABSENT, none };
    if (str_starts_with(text, STR("/"))) {
        if (subresource.ptr) {
            cli_usage(cli, "--subresource is for resources, and %.*s is a URL", STR_ARG(text));
            return false;
        }
        out->path = text;
    } else if (!read_resource(cli, c, text, subresource, is_strict, out)) {
        return false;
    }
    if (verb.len && !question_verb_is_known(verb, out->is_resource)) {
        cli_warn(cli, "verb '%.*s' is not a known verb", STR_ARG(verb));
    }
    return true;
}
