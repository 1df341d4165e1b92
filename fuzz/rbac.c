/* SPDX-License-Identifier: Apache-2.0 */
/* RBAC objects and reviews, JSON or YAML: any are taken in or refused, and decided. The authorizer
 * with reasons, without, and by names agree. */
#include "fuzz.h"

#include "cluster/snapshot.h"
#include "decide/rbac/authorizer.h"
#include "decide/rbac/escalate.h"
#include "decide/rbac/review.h"
#include "decide/rbac/validate.h"
#include "doc/doc.h"

static void decide(const Facts *f, const UserInfo *user, const Value *object, Arena *a)
{
    static const Str kinds[] = { STR_INIT("SubjectAccessReview"),
                                 STR_INIT("LocalSubjectAccessReview"),
                                 STR_INIT("SelfSubjectAccessReview"),
                                 STR_INIT("SelfSubjectRulesReview") };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        Value out;
        Status refusal;
        RbacReview review = { user, kinds[i], STR("n"), object };
        if (!rbac_review(f, &review, a, &out, &refusal)) {
            HOLDS(refusal.code >= 400 && refusal.message.len);
        }
    }
    Value copy = value_copy(object, a);
    rbac_apply_defaults(&copy, a);
    FieldErrors errs = field_errors_new(a);
    rbac_validate_create(&copy, &errs);
    rbac_validate_update(&copy, object, &errs);
    Str kind = value_get_str(object, STR("kind"));
    RbacWrite w = { user, kind, STR("n"), STR(""), &copy, NULL };
    Status refusal;
    HOLDS(rbac_write_allowed(f, &w, a, &refusal) || refusal.code >= 400);
}

static void agree(const Facts *f, const UserInfo *user, Str verb, Str resource, Arena *a)
{
    Str group = STR("");
    RbacNames names;
    rbac_names_allowed(f, user, verb, (StrList){ &group, 1 }, resource, STR("n"), a, &names);
    RbacRequest req = { .user = user,
                        .verb = verb,
                        .resource = resource,
                        .name = STR("a"),
                        .namespace = STR("n"),
                        .api_group = group,
                        .is_resource = true };
    RbacAnswer answer;
    rbac_authorize(f, &req, a, &answer);
    HOLDS(answer.allowed == rbac_allows(f, &req));
    HOLDS(answer.allowed == (rbac_names_find(&names, req.name) != NULL));
    HOLDS(!answer.allowed || (answer.by && answer.subject && answer.rule));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena a;
    arena_init(&a, 0);
    DocList docs;
    Err err = { 0 };
    static const Str groups[] = { STR_INIT("g"), STR_INIT("system:nodes") };
    UserInfo user = { .name = STR("u"), .groups = { groups, COUNT_OF(groups) } };
    UserInfo node = { .name = STR("system:node:n1"), .groups = { groups, COUNT_OF(groups) } };
    if (docs_read(STR("input"), str_from((const char *)data, size), NULL, &a, &docs, &err)) {
        SnapshotBuilder *b = snapshot_builder_new(NULL, SNAPSHOT_KEEP_OBJECTS);
        for (size_t i = 0; i < docs.count; i++) {
            snapshot_builder_put(b, &docs.items[i].root, NULL);
        }
        const Snapshot *s = snapshot_builder_finish(b);
        for (size_t i = 0; i < docs.count; i++) {
            decide(snapshot_facts(s), &user, &docs.items[i].root, &a);
            decide(snapshot_facts(s), &node, &docs.items[i].root, &a);
        }
        agree(snapshot_facts(s), &user, STR("get"), STR("pods"), &a);
        agree(snapshot_facts(s), &user, STR("use"), STR("*"), &a);
        snapshot_release(s);
    }
    arena_done(&a);
    return 0;
}
