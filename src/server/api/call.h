/* SPDX-License-Identifier: Apache-2.0 */
/* One request on its way through src/server/api. Private to it. */
#ifndef PODGATE_SERVER_API_CALL_H
#define PODGATE_SERVER_API_CALL_H

#include "kube/custom_kinds.h"
#include "kube/strict.h"
#include "server/api/api.h"

typedef struct ApiCall {
    const Facts *facts;
    const ApiRequest *request;
    Arena *arena;
    ApiResponse *response;
    UserInfo user; /* as it acts: impersonation done */
    RequestInfo info;
    KubeKind kind;         /* of the resource, for resource requests */
    bool dry_run_in_body;  /* said by DeleteOptions */
    bool fields_are_owned; /* metadata.managedFields is as it is to be */
    Str written_through;   /* the subresource by which the whole object is written; or empty */
    const Value *delete_options; /* in the body of a DELETE; or NULL */
    uint64_t chosen;             /* how often something was chosen at random */
} ApiCall;

/* -- answers --------------------------------------------------------------------------------------
 */

/* Answers with a Status. Always false. */
bool api_answer_status(ApiCall *call, Status status);
bool api_answer_bad_request(ApiCall *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* Answers with an object. Always false. */
bool api_answer_object(ApiCall *call, int code, Value body);
/* 404 for a path or resource that is not served: a Status within a served group, a line of text in
 * other groups, a list of paths elsewhere. */
bool api_answer_not_served(ApiCall *call);
/* 404 for a path at the root that nobody has: the list of those that there are. */
void api_answer_no_path(ApiCall *call);
/* 404 for an object. */
bool api_answer_not_found(ApiCall *call, Str name);
/* 405 for a method that a path does not take. */
bool api_answer_not_allowed(ApiCall *call);
void api_warn(ApiCall *call, Str text);

/* -- routes and options ---------------------------------------------------------------------------
 */

/* Whether the resource takes the method; answers 404 or 405 when not. */
bool api_check_route(ApiCall *call);
/* Whether the options of a write are valid; answers 422 when not. */
bool api_check_options(ApiCall *call);
/* The same for options in a DELETE's body, once it is read. */
bool api_check_delete_options(ApiCall *call, const Value *body);
/* Warns of versions that will not be served for long. */
void api_warn_deprecated(ApiCall *call);
/* Warns who writes what has no effect here. */
void api_warn_inert(ApiCall *call);
/* What is said of the kind; absent when the minor has nothing to say. */
Str api_deprecation(const KubeKind *k, int minor, Arena *a);
/* What a watch begins with: nothing, what there is, or that and a bookmark that says it was all. */
typedef enum ApiInitialEvents {
    API_INITIAL_NONE,
    API_INITIAL_SENT,
    API_INITIAL_ENDED,
} ApiInitialEvents;
/* Whether the options of a list or watch go together; answers 422 when not. */
bool api_check_list_options(ApiCall *call, bool watches, ApiInitialEvents *out);
bool api_is_dry_run(const ApiCall *call);
Str api_query(const ApiCall *call, const char *key);

/* A request for no resource. */
void api_handle_path(ApiCall *call);
/* One of an object or list: by the verb of call->info. */
void api_handle_resource(ApiCall *call);
/* Creates that are questions and store nothing: the reviews of authorization.k8s.io and
 * authentication.k8s.io. False when the request is for another resource. */
bool api_handle_review(ApiCall *call);
/* The one of them that needs no body: SelfSubjectReview. */
bool api_handle_self_review(ApiCall *call);
/* Subresources that are more than a part of the object. False when it is none of them. */
bool api_handle_subresource(ApiCall *call);
/* The families of these; each answers. */
void api_handle_scale(ApiCall *call);
void api_handle_token(ApiCall *call);
void api_handle_binding(ApiCall *call);
void api_handle_eviction(ApiCall *call);
void api_handle_log(ApiCall *call);
void api_handle_stream(ApiCall *call);
void api_handle_proxy(ApiCall *call);
void api_handle_ephemeral_containers(ApiCall *call);
/* What a write needs before its body is looked at: the type of a patch, the form of the answer, the
 * options. */
bool api_prepare_write(ApiCall *call);

/* -- bodies ---------------------------------------------------------------------------------------
 */

/* Reads the body of a create or update: an object of the call's kind. Fills in kind and apiVersion
 * where they are missing. */
bool api_read_body(ApiCall *call, Value *out);
/* What the body's Content-Type says it is; a tree when it was parsed by the caller. */
typedef enum ApiBodyForm {
    API_BODY_TREE,
    API_BODY_JSON,
    API_BODY_YAML,
    API_BODY_PROTO,
    API_BODY_UNKNOWN,
} ApiBodyForm;
ApiBodyForm api_body_form(const ApiCall *call);
/* Why the tree does not decode into the type, in the decoder's words; absent when it does. json:
 * the text that it was read from, absent for other forms. */
Str api_decode_problem(ApiCall *call, const SchemaType *type, const Value *tree, Str json);
/* What fieldValidation has to say of a body that decodes: warns, or answers 400. */
bool api_check_fields(ApiCall *call, const SchemaType *type, Str version, Str kind);
/* Keeps a copy of the body for who asks for it. */
void api_keep_sent(ApiCall *call, const Value *body);
/* Is the body one of the custom resource itself, which no table describes? */
bool api_body_is_custom(const ApiCall *call);
/* What the custom resource's definition has to say of a body that was read: of its kind, of what
 * cannot be decoded, of unknown fields; which are pruned. Answers 400. */
bool api_decode_custom(ApiCall *call, Value *body);
/* The same for what a patch made; answers 422. text: the patch. */
bool api_decode_patched_custom(ApiCall *call, Str text, Value *patched);
/* The kind of the body: the resource's, or what its subresource takes. */
Str api_body_kind(const ApiCall *call);
/* "autoscaling/v1" of a scale; else the version of the request. */
Str api_body_version(const ApiCall *call);

/* -- stored objects
 * --------------------------------------------------------------------------------- */

/* The namespace of the objects: that of the path, or "" for cluster-scoped kinds. */
Str api_namespace(const ApiCall *call);
ObjectKey api_key(const ApiCall *call, Str name);
/* In the version of the request; NULL when there is none. */
const Value *api_find(ApiCall *call, Str name);
/* A stored object in the version of the kind; itself when it is that. */
const Value *api_of_kind(const KubeKind *kind, const Value *object, const KubeTarget *target,
                         Arena *a);
/* The same in the version of the request; a webhook may be asked for it. */
const Value *api_in_version(ApiCall *call, const Value *object);
/* A custom resource into the version of the request, or that of the store, by the webhook of its
 * definition. What somebody has still to be asked about is sent on as it is: nobody will see it. */
const Value *api_convert_read(ApiCall *call, const Value *stored);
Value api_convert_to_stored(ApiCall *call, const Value *object);
/* A conversion that failed is the answer, whatever else the handler said. */
void api_end_conversion(ApiCall *call);
Str api_object_name(const Value *object);
Str api_object_namespace(const Value *object);
/* Selectors of a list, a watch or a deletion of many; answers 400 when they are wrong. That of
 * labels is read before other options are looked at. */
bool api_read_labels(ApiCall *call, LabelSelector *labels);
bool api_read_selectors(ApiCall *call, LabelSelector *labels, FieldSelector *fields);
bool api_matches(const KubeKind *kind, const LabelSelector *labels, const FieldSelector *fields,
                 const Value *object);

/* -- writing
 * ---------------------------------------------------------------------------------------- */

/* Sets a member of metadata where Go has it. */
void api_meta_set(Value *object, Str field, Value v, Arena *a);
uint64_t api_random(ApiCall *call);
/* A UUID out of the same. */
Str api_uuid(ApiCall *call);
Str api_now_text(const ApiCall *call);

AdmissionRequest api_admission_request(ApiCall *call, AdmissionOperation operation);
/* Asks the chain; answers when it refuses. */
bool api_admit(ApiCall *call, const AdmissionRequest *request);
/* Asks the plugins alone about an object that is not stored, decoded and defaulted already. *out
 * gets what they made of it. */
bool api_admit_question(ApiCall *call, const Value *object, Value *out);
/* The webhooks alone, about what is decoded already. *out gets what they made of object; NULL for
 * what has none. */
bool api_ask_webhooks(ApiCall *call, AdmissionOperation operation, const Value *old,
                      const Value *object, Value *out);
/* The same for a connection, whose options stand in the query. */
bool api_ask_to_connect(ApiCall *call);
/* The answer to a question; NULL when it is not there yet. Then the handler must end, and what it
 * answered is dropped. */
const Answer *api_ask(ApiCall *call, const Ask *ask);
/* That, for a decision; NULL where nobody can be asked. */
const Asker *api_asker(ApiCall *call);
/* CreateOptions, UpdateOptions, DeleteOptions: as said in the request. */
const Value *api_options_value(ApiCall *call, AdmissionOperation operation);
/* By which type the fields of an object are owned: of a custom resource by its schema, NULL where
 * it has none that could say. */
const SchemaType *api_managed_type(const ApiCall *call, Str api_version, Str kind);
/* Who owns which fields of an object of the call's body, written now. */
void api_own_fields(ApiCall *call, Value *object, const Value *old);

/* Records that object is to be stored (or that it goes) and gives it the next version, unless this
 * is a dry run. old: what it replaces, or NULL. Returns the object as it is stored. */
Value api_change(ApiCall *call, StoreEventKind kind, Str name, const Value *object);

/* The same for any object, of a server that keeps objects and not in a dry run. */
Value api_add_change(ApiCall *call, StoreEventKind kind, ObjectKey key, const Value *object);
/* What changed of CustomResourceDefinitions: whose names are accepted, which are established. Adds
 * what the server itself writes of it to the changes. */
void api_settle_definitions(ApiCall *call);
/* The quotas that the admitted object counts under say so. */
void api_change_quotas(ApiCall *call);

/* object (as the client has it) replaces stored, which is in the version of the request. */
bool api_replace(ApiCall *call, const Value *stored, const Value *object);
/* The same for a change that came as something else (a Scale): no plugin is asked, and the fields
 * stay with who has them. *out is the object as stored; answers when it is refused. */
bool api_replace_plainly(ApiCall *call, const Value *stored, const Value *object, Value *out);
/* The object of a PUT or PATCH is the one of the URL; answers 400. */
bool api_check_name(ApiCall *call, const Value *body);
/* Deletes as options (a DeleteOptions, or NULL) have it, asking no plugin; answers when that cannot
 * be. */
bool api_delete_stored(ApiCall *call, const Value *options, const Value *stored);

/* object (as the client has it) is new. */
bool api_create(ApiCall *call, const Value *object);
/* The object is the one of the URL; answers 400 when not. */
bool api_check_name(ApiCall *call, const Value *object);

bool api_handle_get(ApiCall *call);
bool api_handle_list(ApiCall *call);
/* Answers with the list of the request: true when it did, false when it answered with an error. */
bool api_list(ApiCall *call);
bool api_handle_create(ApiCall *call);
bool api_handle_put(ApiCall *call);
bool api_handle_patch(ApiCall *call);
/* Server-side apply: PATCH with a type of its own. */
bool api_is_apply(const ApiCall *call);
bool api_handle_apply(ApiCall *call);
/* No number is a resource version: answers so. */
bool api_answer_version(ApiCall *call, Str version);
/* Is it a known type of patch? Answers 415. */
bool api_check_patch_type(ApiCall *call);
typedef enum ApiPatchForm { API_PATCH_JSON, API_PATCH_MERGE, API_PATCH_STRATEGIC } ApiPatchForm;
/* What fieldValidation asks for; where nobody knows the word, nothing. */
FieldValidation api_field_validation(ApiCall *call);
/* Is what the patch (text) made of an object still one of the type? Answers 422 when not. Has
 * fieldValidation something to say? */
bool api_check_patched(ApiCall *call, const SchemaType *type, ApiPatchForm form, Str text,
                       const Value *patched);
/* The patched form of an object; answers when the patch is wrong. kind: of the object. */
bool api_apply_patch(ApiCall *call, const KubeKind *kind, const Value *stored, Value *out);
bool api_handle_delete(ApiCall *call);
bool api_handle_delete_collection(ApiCall *call);
bool api_handle_watch(ApiCall *call);

/* A DeleteOptions in the body. */
bool api_read_delete_options(ApiCall *call, Value *out);

/* What the client takes: any that is sent here? Then, which of them? Each answers 406. */
bool api_check_accept(ApiCall *call);
bool api_choose_form(ApiCall *call);
void api_finish(ApiCall *call);

#endif
