/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for paths that are no resources: health, version, discovery. */
#include "server/api/call.h"
#include "server/discovery/discovery.h"

static DiscoveryRequest discovery_request(const ApiCall *call)
{
    const ApiServing *serving = call->request->serving;
    const CustomKinds *custom = facts_custom_kinds(call->facts);
    size_t count = 0;
    const Value **definitions = new(call->arena, const Value *, custom ? custom->count : 0);
    for (size_t i = 0; custom && i < custom->count; i++) {
        if (custom_kind_is_served(custom->items[i])) {
            definitions[count++] = custom->items[i]->crd.definition;
        }
    }
    return (DiscoveryRequest){
        .crds = definitions,
        .crd_count = count,
        .path = call->info.path,
        .query = call->info.query,
        .accept = serving ? call->request->accept : STR(""),
        .user_agent = serving ? call->request->user_agent : STR(""),
        .server_address = serving ? serving->server_address : STR(""),
        .target = call->request->target,
    };
}

static void answer(ApiCall *call, const DiscoveryAnswer *found)
{
    ApiResponse *out = call->response;
    if (found->is_status) {
        (void)api_answer_status(call, found->status);
        return;
    }
    (void)api_answer_object(call, found->code, found->value);
    out->form = found->form;
    out->content_type = found->content_type;
    if (found->is_text) {
        const ApiServing *serving = call->request->serving;
        bool counts = serving && serving->metrics && str_eq(call->info.path, STR("/metrics"));
        out->bytes = counts ? arena_concat(call->arena, found->text,
                                           serving->metrics(serving->context, call->arena))
                            : found->text;
    }
}

void api_answer_no_path(ApiCall *call)
{
    DiscoveryRequest r = discovery_request(call);
    DiscoveryAnswer found;
    discovery_not_found(&r, call->arena, &found);
    answer(call, &found);
}

/* False: there is no such path of the server's own. */
static bool handle_own(ApiCall *call)
{
    const ApiServing *serving = call->request->serving;
    ApiOwnAnswer found;
    if (serving == NULL || serving->own_path == NULL) {
        return false;
    }
    switch (
        serving->own_path(serving->context, call->info.path, call->request, call->arena, &found)) {
    case API_OWN_PATH_NONE:
        return false;
    case API_OWN_PATH_NOT_SO:
        (void)api_answer_not_allowed(call);
        return true;
    case API_OWN_PATH_ANSWERED:
        break;
    }
    if (found.is_refused) {
        (void)api_answer_status(call, found.status);
        return true;
    }
    (void)api_answer_object(call, 200, found.value);
    call->response->bytes = found.bytes;
    call->response->is_snapshot = found.is_snapshot;
    call->response->content_type = found.bytes.ptr ? found.content_type : STR("application/json");
    return true;
}

void api_handle_path(ApiCall *call)
{
    if (handle_own(call)) {
        return;
    }
    DiscoveryRequest r = discovery_request(call);
    DiscoveryAnswer found;
    Str method = call->request->method;
    bool reads = str_eq(method, STR("GET")) || str_eq(method, STR("HEAD"));
    if (!discovery_answer(&r, call->arena, &found)) {
        (void)api_answer_not_served(call);
    } else if (!reads && !discovery_takes_any_method(&r)) {
        (void)api_answer_not_allowed(call);
    } else {
        answer(call, &found);
    }
}
