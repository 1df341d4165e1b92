/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defaultAddCapabilities, requiredDropCapabilities, allowedCapabilities.
 *
 * Fields    securityContext.capabilities.add and .drop of each container
 * Default   add gains the defaults that the container does not drop, drop gains the required ones;
 *           lists that gain anything come out sorted, each name once, others stay as they are
 * Refused   adding what is neither a default nor allowed; not dropping what is required. A policy
 *           that allows "*" refuses nothing. Names are compared as written: "ALL" is a name.
 * Source    Kubernetes 1.20, pkg/security/podsecuritypolicy/capabilities
 */
#include "decide/psp/attempt.h"

#include <stdlib.h>

static void read_container(PspAttempt *at, PspContainer *c)
{
    (void)at;
    c->capabilities = c->view->security.capabilities;
}

static int compare_str(const void *a, const void *b)
{
    return str_cmp(*(const Str *)a, *(const Str *)b);
}

/* The union of both, without what is in except, sorted, each once. */
static StrList merge(StrList first, StrList second, StrList except, Arena *a)
{
    Str *items = new(a, Str, first.count + second.count);
    size_t all = 0;
    for (size_t i = 0; i < first.count; i++) {
        if (!str_list_has(except, first.items[i])) {
            items[all++] = first.items[i];
        }
    }
    for (size_t i = 0; i < second.count; i++) {
        items[all++] = second.items[i];
    }
    if (all) {
        qsort(items, all, sizeof(Str), compare_str);
    }
    size_t count = 0;
    for (size_t i = 0; i < all; i++) {
        if (count == 0 || !str_eq(items[count - 1], items[i])) {
            items[count++] = items[i];
        }
    }
    return (StrList){ items, count };
}

/* Does list lack any of wanted that is not in except? */
static bool lacks(StrList list, StrList wanted, StrList except)
{
    for (size_t i = 0; i < wanted.count; i++) {
        if (!str_list_has(list, wanted.items[i]) && !str_list_has(except, wanted.items[i])) {
            return true;
        }
    }
    return false;
}

static void default_container(PspAttempt *at, PspContainer *c)
{
    const StrList none = { NULL, 0 };
    const CapabilitiesView *by_default = &at->policy->default_capabilities;
    if (by_default->add.count == 0 && by_default->drop.count == 0) {
        return;
    }
    const CapabilitiesView *own = c->capabilities;
    if (!own || (own->add.count == 0 && own->drop.count == 0)) {
        c->capabilities = by_default;
    } else if (lacks(own->add, by_default->add, own->drop) ||
               lacks(own->drop, by_default->drop, none)) {
        CapabilitiesView *merged = new(at->arena, CapabilitiesView, 1);
        merged->add = merge(by_default->add, own->add, own->drop, at->arena);
        merged->drop = merge(by_default->drop, own->drop, none, at->arena);
        c->capabilities = merged;
    } else {
        return;
    }
    c->set |= PSP_SET_CAPABILITIES;
}

/* As Go's %#v prints a []core.Capability. */
static Str list_text(StrList list, Arena *a)
{
    if (list.count == 0) {
        return STR("[]core.Capability(nil)");
    }
    Buf b = buf_new(a);
    buf_lit(&b, "[]core.Capability{");
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, i ? STR(", ") : STR(""));
        buf_go_quoted(&b, list.items[i]);
    }
    buf_byte(&b, '}');
    return buf_str(&b);
}

static void check_container(PspAttempt *at, const PspContainer *c)
{
    const PspPolicy *policy = at->policy;
    /* Unset after the defaults: the policy has none, and nothing is asked for. */
    if (!c->capabilities || policy->all_capabilities) {
        return;
    }
    Path security = path_child(c->path, "securityContext");
    Path capabilities = path_child(&security, "capabilities");
    StrList add = c->capabilities->add;
    for (size_t i = 0; i < add.count; i++) {
        if (!str_list_has(policy->default_add_capabilities, add.items[i]) &&
            !str_list_has(policy->allowed_capabilities, add.items[i]) && psp_fails(at)) {
            field_invalid_str(at->errs, path_child(&capabilities, "add"), add.items[i],
                              STR("capability may not be added"));
        }
    }
    StrList drop = c->capabilities->drop;
    StrList required = policy->required_drop_capabilities;
    for (size_t i = 0; i < required.count; i++) {
        if (!str_list_has(drop, required.items[i]) && psp_fails(at)) {
            field_invalid_raw(at->errs, path_child(&capabilities, "drop"),
                              list_text(drop, at->arena),
                              arena_concat(at->arena, required.items[i],
                                           STR(" is required to be dropped but was not found")));
        }
    }
}

static void add_list(Value *capabilities, Str key, StrList list, Arena *a)
{
    if (list.count == 0) {
        return;
    }
    Value *names = value_set(capabilities, key, value_array(), a);
    for (size_t i = 0; i < list.count; i++) {
        value_add(names, value_str(list.items[i]), a);
    }
}

static void patch_container(const PspAttempt *at, const PspContainer *c, PspPatchObject *security,
                            PspPatchObject *annotations)
{
    (void)annotations;
    if (c->set & PSP_SET_CAPABILITIES) {
        Value capabilities = value_object();
        add_list(&capabilities, STR("add"), c->capabilities->add, at->arena);
        add_list(&capabilities, STR("drop"), c->capabilities->drop, at->arena);
        psp_patch_set(security, STR("capabilities"), capabilities);
    }
}

const PspStrategy psp_strategy_capabilities = {
    .name = STR_INIT("allowedCapabilities"),
    .read_container = read_container,
    .default_container = default_container,
    .check_container = check_container,
    .patch_container = patch_container,
};
