/* SPDX-License-Identifier: Apache-2.0 */
/* PriorityLevelConfigurations, and the status that they share with FlowSchemas. */
#include "kube/groups/flow_control.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"

enum {
    NAME_QUOTED_SINCE = 34,
    SHARES_DEFAULT = 30,
    QUEUES_DEFAULT = 64,
    HAND_SIZE_DEFAULT = 8,
    QUEUE_LENGTH_DEFAULT = 50,
    QUEUES_MAX = 10 * 1000 * 1000,
    HASH_BITS_MAX = 60,
};

static const Str types[] = { STR_INIT("Exempt"), STR_INIT("Limited") };
static const Str response_types[] = { STR_INIT("Queue"), STR_INIT("Reject") };

/* What the shares are called in the object's version. */
static Str shares_of(const Value *level)
{
    bool is_old = is_version(level, "v1beta1") || is_version(level, "v1beta2") ||
                  is_version(level, "v1alpha1");
    return is_old ? STR("assuredConcurrencyShares") : STR("nominalConcurrencyShares");
}

void priority_level_apply_defaults(Value *level, const KubeTarget *t, Arena *a)
{
    (void)t;
    Value *limited = value_at(level, "spec", "limited", NULL);
    if (is_version(level, "v1")) { /* where none is not the default */
        default_to(limited, shares_of(level), value_int(SHARES_DEFAULT), a);
    } else {
        default_int(limited, shares_of(level), SHARES_DEFAULT, a);
    }
    Value *queuing = value_at(limited, "limitResponse", "queuing", NULL);
    default_int(queuing, STR("queues"), QUEUES_DEFAULT, a);
    default_int(queuing, STR("handSize"), HAND_SIZE_DEFAULT, a);
    default_int(queuing, STR("queueLengthLimit"), QUEUE_LENGTH_DEFAULT, a);
}

/* -- validation ---------------------------------------------------------------------------------
 */

static bool report_positive(FieldErrors *errs, Path path, int64_t n)
{
    if (n <= 0) {
        field_invalid_int(errs, path, n, STR("must be positive"));
    }
    return n > 0;
}

/* queues to the power of hand has more bits than a hash. Both are positive. */
static bool needs_too_many_bits(int64_t queues, int64_t hand)
{
    unsigned __int128 product = 1;
    const unsigned __int128 max = (unsigned __int128)1 << HASH_BITS_MAX;
    for (int64_t i = 0; queues > 1 && i < hand && product <= max; i++) {
        product *= (uint64_t)queues;
    }
    return product > max;
}

static void check_queuing(const Value *queuing, const Path *path, FieldErrors *errs)
{
    Arena *a = errs->arena;
    int64_t queues = int_of(queuing, "queues");
    int64_t hand = int_of(queuing, "handSize");
    (void)report_positive(errs, path_child(path, "queueLengthLimit"),
                          int_of(queuing, "queueLengthLimit"));
    if (report_positive(errs, path_child(path, "queues"), queues) && queues > QUEUES_MAX) {
        field_invalid_int(errs, path_child(path, "queues"), queues,
                          arena_printf(a, "must not be greater than %d", QUEUES_MAX));
    }
    if (!report_positive(errs, path_child(path, "handSize"), hand)) {
        return;
    }
    if (hand > queues) {
        field_invalid_int(
            errs, path_child(path, "handSize"), hand,
            arena_printf(a, "should not be greater than queues (%lld)", (long long)queues));
    } else if (needs_too_many_bits(queues, hand)) {
        field_invalid_int(errs, path_child(path, "handSize"), hand,
                          arena_printf(a,
                                       "required entropy bits of deckSize %lld and handSize %lld "
                                       "should not be greater than %d",
                                       (long long)queues, (long long)hand, HASH_BITS_MAX));
    }
}

static void check_response(const Value *response, const Path *path, FieldErrors *errs)
{
    Str type = str_of(response, "type");
    const Value *queuing = object_of(response, "queuing");
    Path at = path_child(path, "queuing");
    if (!str_list_has(STR_LIST(response_types), type)) {
        field_not_supported(errs, path_child(path, "type"), type, STR_LIST(response_types));
    } else if (str_eq(type, STR("Reject"))) {
        if (queuing) {
            field_forbidden(errs, at,
                            STR("must be nil if limited.limitResponse.type is not Limited"));
        }
    } else if (queuing == NULL) {
        field_required(errs, at, STR("must not be empty if limited.limitResponse.type is Limited"));
    } else {
        check_queuing(queuing, &at, errs);
    }
}

static void check_limited(const Value *level, const Value *limited, const Path *path,
                          FieldErrors *errs)
{
    Str shares = shares_of(level);
    int64_t n = value_get_int(limited, shares).value;
    if (!is_version(level, "v1") || n < 0) {
        (void)report_positive(errs, path_child_str(path, shares), n);
    }
    Path response = path_child(path, "limitResponse");
    check_response(value_get_lit(limited, "limitResponse"), &response, errs);
}

void priority_level_validate_create(const Value *level, const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    check_meta(level, false, name_check_dns1123_subdomain, errs);
    const Value *spec = value_get_lit(level, "spec");
    const Value *limited = object_of(spec, "limited");
    Str type = str_of(spec, "type");
    Path path = path_root("spec");
    Path at = path_child(&path, "limited");
    bool is_exempt = str_eq(type, types[0]);
    if (is_exempt != str_eq(str_of(value_get_lit(level, "metadata"), "name"), STR("exempt"))) {
        field_invalid_str(errs, path_child(&path, "type"), type,
                          errs->minor >= NAME_QUOTED_SINCE
                              ? STR("must be 'Exempt' if and only if `name` is 'exempt'")
                              : STR("type must be 'Exempt' if and only if name is 'exempt'"));
    }
    if (!str_list_has(STR_LIST(types), type)) {
        field_not_supported(errs, path_child(&path, "type"), type, STR_LIST(types));
    } else if (is_exempt && limited) {
        field_forbidden(errs, at, STR("must be nil if the type is not Limited"));
    } else if (!is_exempt && !limited) {
        field_required(errs, at, STR("must not be empty when type is Limited"));
    } else if (limited) {
        check_limited(level, limited, &at, errs);
    }
    flow_control_validate_status(level, errs);
}

void priority_level_validate_update(const Value *level, const Value *old, const KubeTarget *t,
                                    FieldErrors *errs)
{
    (void)old;
    priority_level_validate_create(level, t, errs);
}

void flow_control_validate_status(const Value *object, FieldErrors *errs)
{
    const Value *list = value_at(object, "status", "conditions", NULL);
    Path status = path_root("status");
    Path path = path_child(&status, "conditions");
    for (size_t i = 0; i < value_len(list); i++) {
        Path item = path_index(&path, i);
        Str type = str_of(value_item(list, i), "type");
        for (size_t before = 0; before < i; before++) {
            if (str_eq(str_of(value_item(list, before), "type"), type)) {
                field_duplicate(errs, path_child(&item, "type"), type);
                break;
            }
        }
        if (type.len == 0) {
            field_required(errs, path_child(&item, "type"), STR("must not be empty"));
        }
    }
}
