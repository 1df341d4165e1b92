/* SPDX-License-Identifier: Apache-2.0 */
/* The answer in the form that the client asked for: JSON or YAML, as it is, as a table or cut down.
 */
#include "doc/json.h"
#include "doc/yaml.h"
#include "server/api/call.h"
#include "server/table/partial.h"

static AcceptRequest accept_request(const ApiCall *call)
{
    return (AcceptRequest){
        .accept = call->request->accept,
        .query = call->info.query,
        .user_agent = call->request->user_agent,
        .endpoint = str_eq(call->info.subresource, STR("log")) ? ACCEPT_LOG : ACCEPT_RESOURCE,
        .watch = str_eq(call->info.verb, STR("watch")),
        .target = call->request->target,
    };
}

bool api_choose_form(ApiCall *call)
{
    Status status;
    AcceptRequest r = accept_request(call);
    if (call->request->serving == NULL ||
        accept_negotiate(&r, call->arena, &call->response->form, &status)) {
        return true;
    }
    return api_answer_status(call, status);
}

bool api_check_accept(ApiCall *call)
{
    Status status;
    AcceptRequest r = accept_request(call);
    return call->request->serving == NULL || accept_route(&r, call->arena, &status) ||
           api_answer_status(call, status);
}

static bool is_list(const ApiCall *call, const Value *body)
{
    Str kind = value_get_str(body, STR("kind"));
    bool says_so = call->kind.custom ? str_eq(kind, custom_kind_list_kind(&call->kind))
                                     : str_ends_with(kind, STR("List"));
    return says_so && !value_is_null(value_get_lit(body, "items"));
}

static Value with_kind(const ApiCall *call, const Value *item)
{
    if (call->kind.custom) {
        return *item; /* it says so itself */
    }
    Value out = value_object();
    value_set_lit(&out, "kind", value_str(call->kind.kind), call->arena);
    value_set_lit(&out, "apiVersion", value_str(call->kind.api_version), call->arena);
    VALUE_EACH_MEMBER(m, item) {
        value_set(&out, member_key(m), m->value, call->arena);
    }
    return out;
}

static Value items_with_kind(const ApiCall *call, const Value *list)
{
    Value items = value_array();
    VALUE_EACH_ITEM(item, value_get_lit(list, "items")) {
        value_add(&items, with_kind(call, item), call->arena);
    }
    return items;
}

static void make_table(ApiCall *call)
{
    ApiResponse *r = call->response;
    TableOptions o = {
        .target = call->request->target,
        .group = call->kind.group,
        .kind = call->kind.kind,
        .custom_version = api_body_is_custom(call) ? custom_kind_version_value(&call->kind) : NULL,
        .table_version = r->form.as_version,
        .now = call->request->serving->now_seconds,
    };
    Status status;
    if (!table_include_parse(api_query(call, "includeObject"), call->arena, &o.include, &status)) {
        (void)api_answer_status(call, status);
        return;
    }
    if (is_list(call, &r->body)) {
        Value items = items_with_kind(call, &r->body);
        r->body = table_of_list(&o, &items, value_get_lit(&r->body, "metadata"), call->arena);
    } else {
        Value body = r->body;
        r->body = table_of_object(&o, &body, call->arena);
    }
}

static void make_partial(ApiCall *call)
{
    ApiResponse *r = call->response;
    bool list = is_list(call, &r->body);
    if (list != (r->form.as == ACCEPT_AS_PARTIAL_LIST)) {
        (void)api_answer_status(call, partial_status_mismatch(call->kind.group, call->kind.kind,
                                                              false, list, call->arena));
    } else if (list) {
        Value items = items_with_kind(call, &r->body);
        r->body = partial_of_list(r->form.as_version, call->request->target, &items,
                                  value_get_lit(&r->body, "metadata"), call->arena);
    } else {
        Value body = r->body;
        r->body = partial_of_object(r->form.as_version, &body, call->arena);
    }
}

void api_finish(ApiCall *call)
{
    ApiResponse *r = call->response;
    r->info = call->info;
    r->kind = call->kind;
    r->user = call->user;
    if (call->request->serving == NULL || r->watch || r->bytes.ptr) {
        return;
    }
    bool is_status = r->is_status || str_eq(value_get_str(&r->body, STR("kind")), STR("Status"));
    if (is_status) {
        AcceptRequest accept = accept_request(call);
        r->form = accept_for_error(&accept, call->arena);
    } else if (r->form.as == ACCEPT_AS_TABLE) {
        make_table(call);
    } else if (r->form.as != ACCEPT_AS_IS) {
        make_partial(call);
    }
}

Str api_render(ApiResponse *r, Arena *a)
{
    if (r->bytes.ptr) {
        return r->bytes;
    }
    Buf b = buf_new(a);
    if (r->body.kind == VALUE_STRING) {
        r->content_type = r->content_type.len ? r->content_type : STR("text/plain; charset=utf-8");
        return value_as_str(&r->body);
    }
    if (r->form.format == ACCEPT_YAML || str_eq(r->content_type, STR("application/yaml"))) {
        r->content_type = STR("application/yaml");
        yaml_write(&r->body, &b);
        return buf_str(&b);
    }
    r->content_type = r->content_type.len ? r->content_type : STR("application/json");
    if (r->form.pretty) {
        json_write_pretty(&r->body, &b);
    } else {
        json_write_html_safe(&r->body, &b);
    }
    buf_byte(&b, '\n');
    return buf_str(&b);
}
