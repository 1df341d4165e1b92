/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a running cluster, by kubeconfig. */
#include "cli/live.h"

#include "base/map.h"
#include "cli/progress.h"
#include "server/remote/remote.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct Reading {
    const Cli *cli;
    Arena *arena;
    Remote *remote;
    const LiveOptions *options;
    LiveRead *out;
    Map definitions; /* custom kinds, by "group/kind" */
    Progress progress;
    Str server;
    const RemoteResource *resource; /* that is read now */
    size_t start;                   /* of its objects */
    size_t cap;
} Reading;

/* -- the kubeconfig ---------------------------------------------------------------------------- */

bool live_access(const Cli *cli, const LiveArgs *args, KubeconfigAccess *out)
{
    Arena *a = cli->arena;
    Kubeconfig k;
    Err err;
    StrList paths = args->kubeconfig.ptr ? (StrList){ &args->kubeconfig, 1 }
                                         : kubeconfig_paths(str_from_c(getenv("KUBECONFIG")),
                                                            str_from_c(getenv("HOME")), a);
    KubeconfigFile *files = new(a, KubeconfigFile, paths.count);
    size_t count = 0;
    for (size_t i = 0; i < paths.count; i++) {
        files[count].path = paths.items[i];
        if (file_read_text(paths.items[i], NULL, a, &files[count].text, &err)) {
            count++;
        } else if (paths.count == 1 || access(arena_cstr(a, paths.items[i]), F_OK) == 0) {
            cli_fail(cli, &err); /* of several, some need not be there */
            return false;
        }
    }
    if (!kubeconfig_read(files, count, a, &k, &err) ||
        !kubeconfig_access(&k, args->context.ptr ? args->context : STR(""), a, out, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    return true;
}

/* -- objects ----------------------------------------------------------------------------------- */

static Str resource_text(const RemoteResource *k, Arena *a)
{
    return k->group.len ? arena_printf(a, "%.*s.%.*s", STR_ARG(k->resource), STR_ARG(k->group))
                        : k->resource;
}

static bool take(void *context, Value *item)
{
    Reading *r = context;
    FileObjects *list = &r->out->objects;
    if (list->count == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 256;
        FileObject *grown = new(r->arena, FileObject, r->cap);
        if (list->count) {
            memcpy(grown, list->items, list->count * sizeof *grown);
        }
        list->items = grown;
    }
    list->items[list->count++] = (FileObject){
        .object = item,
        .path = STR(""),
        .origin = { .file = r->server, .item = { false, 0 } },
    };
    progress_live(&r->progress, r->resource->resource, list->count);
    return true;
}

static void take_again(void *context)
{
    Reading *r = context;
    r->out->objects.count = r->start;
}

static void missing(Reading *r, Str what, const RemoteProblem *problem)
{
    progress_end(&r->progress);
    r->out->missing++;
    cli_warn(r->cli, "%.*s cannot be read: %.*s", STR_ARG(what), STR_ARG(problem->text));
}

static void read_resource(Reading *r, const RemoteResource *k)
{
    RemoteProblem problem;
    RemoteList list = { .namespace = k->namespaced ? r->options->namespace : STR_ABSENT,
                        .on_item = take,
                        .on_restart = take_again,
                        .context = r };
    r->resource = k;
    r->start = r->out->objects.count;
    if (!remote_list(r->remote, k, &list, r->arena, &problem)) {
        r->out->objects.count = r->start;
        missing(r, resource_text(k, r->arena), &problem);
    }
}

/* -- which kinds ------------------------------------------------------------------------------- */

static bool is_definition(const RemoteResource *k)
{
    return str_eq(k->kind, STR("CustomResourceDefinition")) &&
           str_eq(k->group, STR("apiextensions.k8s.io"));
}

static Str kind_key(Str group, Str kind, Arena *a)
{
    return arena_printf(a, "%.*s/%.*s", STR_ARG(group), STR_ARG(kind));
}

static void note_definitions(Reading *r)
{
    for (size_t i = r->start; i < r->out->objects.count; i++) {
        const Value *spec = value_get_lit(r->out->objects.items[i].object, "spec");
        Str kind = value_get_str(value_get_lit(spec, "names"), STR("kind"));
        map_set(&r->definitions, kind_key(value_get_str(spec, STR("group")), kind, r->arena), r);
    }
}

/* What an aggregated API server has is not the cluster's, and nothing here could serve it. */
static bool is_kept_there(Reading *r, const RemoteResource *k)
{
    KubeKind kind;
    Str api_version = k->group.len ? arena_printf(r->arena, "%.*s/%.*s", STR_ARG(k->group),
                                                  STR_ARG(k->version))
                                   : k->version;
    return kube_kind_find(api_version, k->kind, &kind) ||
           map_has(&r->definitions, kind_key(k->group, k->kind, r->arena));
}

static bool is_of_interest(const Reading *r, const RemoteResource *k)
{
    const LiveOptions *o = r->options;
    return k->lists && !(o->skips && o->skips(o->context, k->group, k->kind));
}

static void read_all(Reading *r, const RemoteResources *resources)
{
    for (size_t i = 0; i < resources->count; i++) {
        if (is_definition(&resources->items[i]) && resources->items[i].lists) {
            read_resource(r, &resources->items[i]);
            note_definitions(r);
            if (!is_of_interest(r, &resources->items[i])) {
                r->out->objects.count = r->start;
            }
        }
    }
    for (size_t i = 0; i < resources->count; i++) {
        const RemoteResource *k = &resources->items[i];
        if (!is_definition(k) && is_of_interest(r, k) && is_kept_there(r, k)) {
            read_resource(r, k);
        }
    }
}

static bool read_cluster(Reading *r)
{
    RemoteProblem problem;
    RemoteResources resources;
    if (!remote_discover(r->remote, r->arena, &resources, &problem)) {
        cli_error(r->cli, "%.*s: %.*s", STR_ARG(r->server), STR_ARG(problem.text));
        return false;
    }
    if (!remote_minor(r->remote, r->arena, &r->out->minor, &problem)) {
        r->out->minor = 0;
    }
    for (size_t i = 0; i < resources.gap_count; i++) {
        missing(r, resources.gaps[i].group_version, &resources.gaps[i].problem);
    }
    read_all(r, &resources);
    progress_end(&r->progress);
    return true;
}

bool live_read(const Cli *cli, const LiveArgs *args, const LiveOptions *o, LiveRead *out)
{
    KubeconfigAccess *access = new(cli->arena, KubeconfigAccess, 1);
    Reading r = { .cli = cli,
                  .arena = cli->arena,
                  .options = o,
                  .out = out,
                  .definitions = map_new(cli->arena),
                  .progress = progress_new(cli) };
    Err err;
    *out = (LiveRead){ .minor = 0 };
    if (!live_access(cli, args, access)) {
        return false;
    }
    r.server = access->server;
    if (!remote_new(access, cli->arena, &r.remote, &err)) {
        cli_fail(cli, &err);
        return false;
    }
    bool ok = read_cluster(&r);
    remote_free(r.remote);
    return ok;
}
