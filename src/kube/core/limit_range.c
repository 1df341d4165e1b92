/* SPDX-License-Identifier: Apache-2.0 */
/* Limit ranges. */
#include "kube/core/parts.h"
#include "kube/pod/defaults_parts.h"
#include "kube/pod/resource_name.h"
#include "kube/quantity.h"

/* The lists of one limit, in the order in which they are checked. */
typedef enum LimitList {
    LIST_MAX,
    LIST_MIN,
    LIST_DEFAULT,
    LIST_DEFAULT_REQUEST,
    LIST_RATIO,
    LIST_COUNT,
} LimitList;

static const Str list_names[LIST_COUNT] = {
    [LIST_MAX] = STR_INIT("max"),
    [LIST_MIN] = STR_INIT("min"),
    [LIST_DEFAULT] = STR_INIT("default"),
    [LIST_DEFAULT_REQUEST] = STR_INIT("defaultRequest"),
    [LIST_RATIO] = STR_INIT("maxLimitRequestRatio"),
};

/* -- defaults ---------------------------------------------------------------------------------- */

/* Gives to what it lacks of from. */
static void fill(Value *to, const Value *from, Arena *a)
{
    VALUE_EACH_MEMBER(m, from) {
        if (!value_get(to, member_key(m))) {
            value_set(to, member_key(m), m->value, a);
        }
    }
}

static void default_limit(Value *limit, Arena *a)
{
    if (!str_eq(str_of(limit, "type"), STR("Container"))) {
        return;
    }
    Value limits = value_object();
    Value requests = value_object();
    fill(&limits, value_get(limit, list_names[LIST_DEFAULT]), a);
    fill(&limits, value_get(limit, list_names[LIST_MAX]), a);
    fill(&requests, value_get(limit, list_names[LIST_DEFAULT_REQUEST]), a);
    fill(&requests, &limits, a);
    fill(&requests, value_get(limit, list_names[LIST_MIN]), a);
    value_sort_keys(&limits);
    value_sort_keys(&requests);
    value_set_lit(limit, "default", limits, a);
    value_set_lit(limit, "defaultRequest", requests, a);
}

void limit_range_apply_defaults(Value *range, const KubeTarget *t, Arena *a)
{
    (void)t;
    VALUE_EACH_ITEM(limit, value_at(range, "spec", "limits", NULL)) {
        default_limit(limit, a);
        for (int i = 0; i < LIST_COUNT; i++) {
            pod_default_resource_list(value_get(limit, list_names[i]), a);
        }
    }
}

/* -- one limit --------------------------------------------------------------------------------- */

typedef struct LimitCheck {
    FieldErrors *errs;
    const Value *limit;
    const Value *raw; /* as sent, defaulted */
    const Path *path;
} LimitCheck;

/* A quantity of a list; text is absent when it is not there. */
typedef struct Amount {
    Str text;
    Quantity q;
    bool was_printed; /* a message has it: from then on the API server remembers its text */
} Amount;

static Amount amount_of(const LimitCheck *c, LimitList list, Str resource)
{
    Amount amount = { .text = value_get_str(value_get(c->limit, list_names[list]), resource) };
    bool is_pod = str_eq(str_of(c->limit, "type"), STR("Pod"));
    bool has_defaults = !is_pod || (list != LIST_DEFAULT && list != LIST_DEFAULT_REQUEST);
    if (!has_defaults || !quantity_parse(amount.text, NULL, &amount.q, NULL)) {
        amount.text = STR_ABSENT;
    }
    return amount;
}

/* The dump of a quantity that has been printed before. */
static Str with_text(Str dump, Str text, Arena *a)
{
    ptrdiff_t at = str_index(dump, STR("s:\"\""));
    if (at < 0) {
        return dump;
    }
    Str before = str_slice(dump, 0, (size_t)at);
    Str after = str_drop(dump, (size_t)at + STR("s:\"\"").len);
    return arena_printf(a, "%.*ss:\"%.*s\"%.*s", STR_ARG(before), STR_ARG(text), STR_ARG(after));
}

/* `Invalid value: <dump of the resource in shown>: detail` */
static void refuse(const LimitCheck *c, LimitList at, LimitList shown, const Amount *amount,
                   Str resource, Str detail)
{
    Path list = path_child_str(c->path, list_names[at]);
    const Value *decoded = value_get(value_get(c->limit, list_names[shown]), resource);
    const Value *raw = value_get(value_get(c->raw, list_names[shown]), resource);
    Str dump = dump_quantity(core_raw_quantity(decoded, raw), c->errs->arena);
    if (amount->was_printed) {
        dump = with_text(dump, amount->text, c->errs->arena);
    }
    field_invalid_raw(c->errs, path_key(&list, resource), dump, detail);
}

static void check_name_of(const LimitCheck *c, Str type, LimitList list, Str resource)
{
    Path list_path = path_child_str(c->path, list_names[list]);
    Path path = path_key(&list_path, resource);
    if (str_eq(type, STR("Pod")) || str_eq(type, STR("Container"))) {
        resource_name_check_for_container(c->errs, resource, path);
    } else {
        resource_name_check(c->errs, resource, path);
    }
}

static void check_type(Str type, Path path, FieldErrors *errs)
{
    static const Str types[] = { STR_INIT("Pod"), STR_INIT("Container"),
                                 STR_INIT("PersistentVolumeClaim") };
    bool is_good = name_report(errs, path, type, name_check_qualified(type));
    if (is_good && str_index_byte(type, '/') < 0 && !str_list_has(CHECK_LIST(types), type)) {
        field_invalid_str(errs, path, type,
                          STR("must be a standard limit type or fully qualified"));
    }
}

/* Which may not be greater than which; the messages say both. */
static const struct {
    LimitList low;
    LimitList high;
    LimitList at;    /* whose path the error has */
    LimitList shown; /* whose value it shows */
    const char *low_text;
    const char *high_text;
} orders[] = {
    { LIST_MIN, LIST_MAX, LIST_MIN, LIST_MIN, "min value", "max value" },
    { LIST_MIN, LIST_DEFAULT_REQUEST, LIST_DEFAULT_REQUEST, LIST_DEFAULT_REQUEST, "min value",
      "default request value" },
    { LIST_DEFAULT_REQUEST, LIST_MAX, LIST_DEFAULT_REQUEST, LIST_DEFAULT_REQUEST,
      "default request value", "max value" },
    { LIST_DEFAULT_REQUEST, LIST_DEFAULT, LIST_DEFAULT_REQUEST, LIST_DEFAULT_REQUEST,
      "default request value", "default limit value" },
    { LIST_MIN, LIST_DEFAULT, LIST_DEFAULT, LIST_MIN, "min value", "default value" },
    { LIST_DEFAULT, LIST_MAX, LIST_DEFAULT, LIST_MAX, "default value", "max value" },
};

/* The ratio as a number: exact in thousandths where these fit. */
static void check_ratio(const LimitCheck *c, Str resource, Amount *ratio, const Amount *min,
                        const Amount *max)
{
    static const int64_t milli_max = INT64_MAX / 1000;
    enum { MILLI_OF_ONE = 1000 };
    Arena *a = c->errs->arena;
    Quantity one = quantity_from_int(1, QUANTITY_DECIMAL_SI);
    if (!ratio->text.ptr) {
        return;
    }
    if (quantity_cmp(&ratio->q, &one) < 0) {
        refuse(c, LIST_RATIO, LIST_RATIO, ratio, resource,
               arena_printf(a, "ratio %.*s is less than 1", STR_ARG(ratio->text)));
        ratio->was_printed = true;
    }
    if (!min->text.ptr || !max->text.ptr) {
        return;
    }
    double wanted = (double)quantity_value(&ratio->q);
    int64_t low = quantity_value(&min->q);
    int64_t high = quantity_value(&max->q);
    if (quantity_value(&ratio->q) < milli_max && low < milli_max && high < milli_max) {
        wanted = (double)quantity_milli_value(&ratio->q) / MILLI_OF_ONE;
        low = quantity_milli_value(&min->q);
        high = quantity_milli_value(&max->q);
    }
    if (low == 0) {
        return; /* infinity, or no number: nothing is greater */
    }
    double limit = (double)high / (double)low;
    if (wanted > limit) {
        refuse(c, LIST_RATIO, LIST_RATIO, ratio, resource,
               arena_printf(a, "ratio %.*s is greater than max/min = %f", STR_ARG(ratio->text),
                            limit));
    }
}

static void check_amounts(const LimitCheck *c, Str resource)
{
    Arena *a = c->errs->arena;
    Amount amounts[LIST_COUNT];
    for (int i = 0; i < LIST_COUNT; i++) {
        amounts[i] = amount_of(c, (LimitList)i, resource);
    }
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        Amount *low = &amounts[orders[i].low];
        Amount *high = &amounts[orders[i].high];
        if (low->text.ptr && high->text.ptr && quantity_cmp(&low->q, &high->q) > 0) {
            refuse(c, orders[i].at, orders[i].shown, &amounts[orders[i].shown], resource,
                   arena_printf(a, "%s %.*s is greater than %s %.*s", orders[i].low_text,
                                STR_ARG(low->text), orders[i].high_text, STR_ARG(high->text)));
            low->was_printed = true;
            high->was_printed = true;
        }
    }
    check_ratio(c, resource, &amounts[LIST_RATIO], &amounts[LIST_MIN], &amounts[LIST_MAX]);
    const Amount *limit = &amounts[LIST_DEFAULT];
    const Amount *request = &amounts[LIST_DEFAULT_REQUEST];
    if (!resource_may_overcommit(resource) && limit->text.ptr && request->text.ptr &&
        quantity_cmp(&limit->q, &request->q) != 0) {
        refuse(c, LIST_DEFAULT_REQUEST, LIST_DEFAULT_REQUEST, request, resource,
               arena_printf(a, "default value %.*s must equal to defaultRequest value %.*s in %.*s",
                            STR_ARG(limit->text), STR_ARG(request->text), STR_ARG(resource)));
    }
}

static void check_limit(const LimitCheck *c)
{
    static const Str not_of_pods = STR_INIT("may not be specified when `type` is 'Pod'");
    Arena *a = c->errs->arena;
    Str type = str_of(c->limit, "type");
    bool is_pod = str_eq(type, STR("Pod"));
    Value resources = value_object();
    for (int i = 0; i < LIST_COUNT; i++) {
        const Value *list = value_get(c->limit, list_names[i]);
        if (is_pod && (i == LIST_DEFAULT || i == LIST_DEFAULT_REQUEST)) {
            if (value_len(list)) {
                field_forbidden(c->errs, path_child_str(c->path, list_names[i]), not_of_pods);
            }
            continue;
        }
        if (i == LIST_RATIO && str_eq(type, STR("PersistentVolumeClaim")) &&
            !value_at(c->limit, "min", "storage", NULL) &&
            !value_at(c->limit, "max", "storage", NULL)) {
            field_required(c->errs, path_child(c->path, "limits"),
                           STR("either minimum or maximum storage value is required, but neither "
                               "was provided"));
        }
        VALUE_EACH_MEMBER(m, list) {
            check_name_of(c, type, (LimitList)i, member_key(m));
            value_set(&resources, member_key(m), value_null(), a);
        }
    }
    value_sort_keys(&resources);
    VALUE_EACH_MEMBER(m, &resources) {
        check_amounts(c, member_key(m));
    }
}

void limit_range_validate(const Value *range, const Value *raw, const KubeTarget *t,
                          FieldErrors *errs)
{
    (void)t;
    core_check_metadata(range, true, name_check_dns1123_subdomain, errs);
    const Value *limits = value_at(range, "spec", "limits", NULL);
    const Value *raw_limits = value_at(raw, "spec", "limits", NULL);
    Path spec = path_root("spec");
    Path list = path_child(&spec, "limits");
    for (size_t i = 0; i < value_len(limits); i++) {
        const Value *limit = value_item(limits, i);
        Path item = path_index(&list, i);
        Str type = str_of(limit, "type");
        check_type(type, path_child(&item, "type"), errs);
        for (size_t k = 0; k < i; k++) {
            if (str_eq(str_of(value_item(limits, k), "type"), type)) {
                field_duplicate(errs, path_child(&item, "type"), type);
                break;
            }
        }
        Value raw_limit = value_object();
        if (value_is(value_item(raw_limits, i), VALUE_OBJECT)) {
            raw_limit = value_copy(value_item(raw_limits, i), errs->arena);
            default_limit(&raw_limit, errs->arena);
        }
        LimitCheck c = { .errs = errs, .limit = limit, .raw = &raw_limit, .path = &item };
        check_limit(&c);
    }
}
