/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation of definitions: their spec and status. Schemas are in schema_rules.c.
 *
 * Source: k8s.io/apiextensions-apiserver pkg/apis/apiextensions/validation
 */
#include "kube/crd/definition_view.h"
#include "kube/groups/webhook_client.h"
#include "kube/meta.h"
#include "kube/names.h"

#define APPROVED STR("api-approved.kubernetes.io")

static Str str_of(const Value *object, const char *key)
{
    Str s = value_get_str(object, str_from_c(key));
    return s.ptr ? s : STR("");
}

/* One of two; absent is told apart. */
static void check_choice(FieldErrors *errs, Path path, Str value, Str first, Str second)
{
    Str both[] = { first, second };
    if (value.len == 0) {
        field_required(errs, path, STR(""));
    } else if (!str_eq(value, first) && !str_eq(value, second)) {
        field_not_supported(errs, path, value, (StrList){ both, 2 });
    }
}

/* -- versions ---------------------------------------------------------------------------------- */

/* Unlike printing of errors, unicode.IsPrint: no difference for what is said here. */
static void check_warning(const DefinitionVersion *v, const Path *path, FieldErrors *errs)
{
    Path at = path_child(path, "deprecationWarning");
    Str text = v->warning;
    if (!text.ptr) {
        return;
    }
    if (!v->deprecated) {
        field_invalid_str(errs, at, text, STR("can only be set for deprecated versions"));
        return;
    }
    if (text.len > 256) {
        field_invalid_str(errs, at, text, STR("must be <= 256 characters long"));
    }
    if (text.len == 0) {
        field_invalid_str(errs, at, text, STR("must not be an empty string"));
    }
    for (size_t i = 0; i < text.len;) {
        uint32_t rune = 0;
        size_t width = str_rune_at(text, i, &rune);
        if (!width || !rune_is_printable(rune)) {
            field_invalid_str(errs, at, text,
                              arena_printf(errs->arena,
                                           "must only contain printable UTF-8 characters; "
                                           "non-printable character found at index %zu",
                                           i));
            break;
        }
        i += width;
    }
}

/* Looked up by its name, which may be given twice. */
static bool version_has_status(const Definition *d, const DefinitionVersion *v)
{
    bool any = false;
    for (size_t i = 0; i < d->version_count; i++) {
        any = any || d->versions[i].own.subresources;
    }
    for (size_t i = 0; any && i < d->version_count; i++) {
        if (str_eq(d->versions[i].name, v->name)) {
            return definition_part_has_status(&d->versions[i].own);
        }
    }
    return definition_part_has_status(&d->common);
}

static void check_versions(const Definition *d, const DefinitionRules *rules, const Path *spec,
                           FieldErrors *errs)
{
    Path list = path_child(spec, "versions");
    for (size_t i = 0; i < d->version_count; i++) {
        const DefinitionVersion *v = &d->versions[i];
        Path at = path_index(&list, i), schema = path_child(&at, "schema");
        definition_check_name(errs, path_child(&at, "name"), v->name, v->name, "",
                              name_check_dns1035_label);
        check_warning(v, &at, errs);
        definition_check_schema(&v->own, version_has_status(d, v), rules, &schema, errs);
        definition_check_subresources(v->own.subresources, &at, errs);
        definition_check_columns(v->own.columns, &at, errs);
    }
}

/* -- what stands at the top and in versions ----------------------------------------------------
 */

typedef struct Placing {
    bool any;       /* some version has its own */
    bool identical; /* all have, and the same */
} Placing;

static const Value *own_part(const DefinitionVersion *v, int which)
{
    static const Value empty = { .kind = VALUE_OBJECT };
    return which == 1          ? v->own.subresources
           : which == 2        ? v->own.columns
           : v->own.has_schema ? (v->own.schema ? v->own.schema->source : &empty)
                               : NULL;
}

static Placing placing_of(const Definition *d, int which)
{
    Placing p = { false, d->version_count > 0 };
    for (size_t i = 0; i < d->version_count; i++) {
        const Value *own = own_part(&d->versions[i], which);
        p.any = p.any || own;
        p.identical = p.identical && own && crd_go_equal(own, own_part(&d->versions[0], which));
    }
    return p;
}

static void check_placing(const Definition *d, const Path *spec, FieldErrors *errs)
{
    static const struct {
        const char *field;
        const char *plural;
        const char *top;
    } rows[] = {
        { "validation", "schemas", "validation" },
        { "subresources", "subresources", "subresources" },
        { "additionalPrinterColumns", "additionalPrinterColumns", "additionalPrinterColumns" },
    };
    Arena *a = errs->arena;
    for (int i = 0; i < 3; i++) {
        bool top = i == 0 ? d->common.has_schema
                          : (i == 1 ? d->common.subresources : d->common.columns) != NULL;
        if (top && placing_of(d, i).any) {
            field_forbidden(errs, path_child_str(spec, str_from_c(rows[i].field)),
                            arena_printf(a, "top-level and per-version %s are mutually exclusive",
                                         rows[i].plural));
        }
    }
    for (int i = 0; i < 3; i++) {
        if (placing_of(d, i).identical) {
            field_invalid_raw(errs, path_child(spec, "versions"), definition_dump_versions(d, a),
                              arena_printf(a,
                                           "per-version %s may not all be set to identical values "
                                           "(top-level %s should be used instead)",
                                           rows[i].plural, rows[i].top));
        }
    }
}

/* -- conversion -------------------------------------------------------------------------------- */

static void check_review_versions(const Value *versions, bool recognized, const Path *path,
                                  FieldErrors *errs)
{
    Arena *a = errs->arena;
    bool accepted = false;
    if (value_len(versions) == 0) {
        field_required(errs, *path, STR(""));
        return;
    }
    StrList list = value_str_list(versions, a);
    for (size_t i = 0; i < list.count; i++) {
        if (str_list_has((StrList){ list.items, i }, list.items[i])) {
            field_invalid_str(errs, path_index(path, i), list.items[i], STR("duplicate version"));
            continue;
        }
        name_report(errs, path_index(path, i), list.items[i],
                    name_check_dns1035_label(list.items[i]));
        accepted = accepted || str_eq(list.items[i], STR("v1")) ||
                   str_eq(list.items[i], STR("v1beta1"));
    }
    if (recognized && !accepted) {
        Buf b = buf_new(a);
        buf_lit(&b, "[]string{");
        for (size_t i = 0; i < list.count; i++) {
            buf_add(&b, i ? STR(", ") : STR(""));
            buf_go_quoted(&b, list.items[i]);
        }
        buf_byte(&b, '}');
        field_invalid_raw(errs, *path, buf_str(&b),
                          STR("must include at least one of v1, v1beta1"));
    }
}

static void check_conversion(const Definition *d, bool recognized, const Path *spec,
                             FieldErrors *errs)
{
    Path path = path_child(spec, "conversion");
    Path client = path_child(&path, "webhookClientConfig");
    Path versions = path_child(&path, "conversionReviewVersions");
    if (!d->has_conversion) {
        return;
    }
    check_choice(errs, path_child(&path, "strategy"), d->strategy, STR("None"), STR("Webhook"));
    if (str_eq(d->strategy, STR("Webhook"))) {
        if (!d->client) {
            field_required(errs, client, STR("required when strategy is set to Webhook"));
        } else {
            webhook_client_validate(d->client, &client, errs);
        }
        check_review_versions(d->review_versions, recognized, &versions, errs);
        return;
    }
    const Str unwanted = STR("should not be set when strategy is not set to Webhook");
    if (d->client) {
        field_forbidden(errs, client, unwanted);
    }
    if (d->review_versions) {
        field_forbidden(errs, versions, unwanted);
    }
}

/* -- spec ---------------------------------------------------------------------------------------
 */

static bool has_extension(const CrdSchema *s)
{
    return s->embedded_resource || s->preserve_unknown_fields || s->forbids_unknown_fields ||
           s->int_or_string || s->list_map_keys.count || s->list_type.ptr;
}

static bool preserves(const Definition *d)
{
    return !d->preserve_unknown_fields.set || d->preserve_unknown_fields.value;
}

static bool prunes(const Definition *d)
{
    return !d->preserve_unknown_fields.set || !d->preserve_unknown_fields.value;
}

static void check_group(Str group, const Path *spec, FieldErrors *errs)
{
    Path path = path_child(spec, "group");
    if (group.len == 0) {
        field_required(errs, path, STR(""));
        return;
    }
    NameMessages messages = name_check_dns1123_subdomain(group);
    if (messages.count) {
        field_invalid_str(errs, path, group, definition_joined(messages, errs->arena));
    } else if (str_index_byte(group, '.') < 0) {
        field_invalid_str(errs, path, group, STR("should be a domain with at least one dot"));
    }
}

static void check_schemas_given(const Definition *d, bool all, const Path *spec, FieldErrors *errs)
{
    Path list = path_child(spec, "versions");
    for (size_t i = 0; !d->common.schema && i < d->version_count; i++) {
        Path at = path_index(&list, i), schema = path_child(&at, "schema");
        if (!d->versions[i].own.schema && (all || d->versions[i].served)) {
            field_required(errs, path_child(&schema, "openAPIV3Schema"),
                           all ? STR("schemas are required")
                               : STR("because otherwise all fields are pruned"));
        }
    }
}

static void check_version_list(const Definition *d, const Path *spec, FieldErrors *errs)
{
    Path versions = path_child(spec, "versions"), version = path_child(spec, "version");
    size_t stored = 0;
    bool unique = true;
    for (size_t i = 0; i < d->version_count; i++) {
        stored += d->versions[i].storage;
        for (size_t j = 0; j < i && unique; j++) {
            unique = !str_eq(d->versions[i].name, d->versions[j].name);
        }
    }
    if (!unique) {
        field_invalid_raw(errs, versions, definition_dump_versions(d, errs->arena),
                          STR("must contain unique version names"));
    }
    if (stored != 1) {
        field_invalid_raw(errs, versions, definition_dump_versions(d, errs->arena),
                          STR("must have exactly one version marked as storage version"));
    }
    if (d->version.len) {
        definition_check_name(errs, version, d->version, d->version, "", name_check_dns1035_label);
        if (d->version_count && !str_eq(d->versions[0].name, d->version)) {
            field_invalid_str(errs, version, d->version,
                              STR("must match the first version in spec.versions"));
        }
    }
}

static bool any_has_status(const Definition *d)
{
    bool found = definition_part_has_status(&d->common);
    for (size_t i = 0; i < d->version_count; i++) {
        found = found || definition_part_has_status(&d->versions[i].own);
    }
    return found;
}

static void check_spec(const Definition *d, DefinitionRules rules, FieldErrors *errs)
{
    Path spec = path_root("spec"), names = path_child(&spec, "names");
    Path validation = path_child(&spec, "validation");
    check_group(d->group, &spec, errs);
    check_choice(errs, path_child(&spec, "scope"), d->scope, STR("Cluster"), STR("Namespaced"));
    rules.structural = rules.structural || prunes(d);
    if (rules.require_schema || prunes(d)) {
        check_schemas_given(d, rules.require_schema, &spec, errs);
    }
    if (rules.allow_defaults && definition_has_default(d)) {
        rules.structural = true;
        if (preserves(d)) {
            field_invalid_bool(errs, path_child(&spec, "preserveUnknownFields"), true,
                               STR("must be false in order to use defaults in the schema"));
        }
    }
    rules.structural = rules.structural || definition_any_schema(d, has_extension);
    check_versions(d, &rules, &spec, errs);
    check_placing(d, &spec, errs);
    check_version_list(d, &spec, errs);
    definition_require_names(d->names, &names, errs);
    definition_check_names(d->names, &names, errs);
    definition_check_schema(&d->common, any_has_status(d), &rules, &validation, errs);
    definition_check_subresources(d->common.subresources, &spec, errs);
    definition_check_columns(d->common.columns, &spec, errs);
    if (d->has_conversion && !str_eq(d->strategy, STR("None")) && preserves(d)) {
        Path conversion = path_child(&spec, "conversion");
        field_invalid_str(errs, path_child(&conversion, "strategy"), d->strategy,
                          STR("must be None if spec.preserveUnknownFields is true"));
    }
    check_conversion(d, rules.recognized_review_version, &spec, errs);
}

/* -- status and the rest -----------------------------------------------------------------------
 */

static void check_status(const Definition *d, FieldErrors *errs)
{
    Path status = path_root("status"), names = path_child(&status, "acceptedNames");
    definition_check_names(value_get_lit(d->status, "acceptedNames"), &names, errs);
}

static void check_stored_versions(const Definition *d, FieldErrors *errs)
{
    Path status = path_root("status"), path = path_child(&status, "storedVersions");
    Arena *a = errs->arena;
    StrList stored = value_str_list(value_get_lit(d->status, "storedVersions"), a);
    if (stored.count == 0) {
        const Value *list = value_get_lit(d->status, "storedVersions");
        field_invalid_raw(errs, path,
                          value_is_null(list) ? STR("[]string(nil)") : STR("[]string{}"),
                          STR("must have at least one stored version"));
        return;
    }
    bool *seen = new(a, bool, stored.count); /* a name given twice is found once */
    for (size_t i = 0; i < d->version_count; i++) {
        const DefinitionVersion *v = &d->versions[i];
        bool found = false;
        for (size_t j = 0; j < stored.count; j++) {
            bool is_it = !seen[j] && str_eq(v->name, stored.items[j]);
            found = found || is_it;
            seen[j] = seen[j] || is_it;
        }
        if (v->storage && !found) {
            field_invalid_raw(errs, path, definition_dump_version(v, a),
                              arena_concat(a, STR("must have the storage version "), v->name));
        }
    }
    for (size_t i = 0; i < stored.count; i++) {
        if (!seen[i]) {
            field_invalid_str(errs, path_index(&path, i), stored.items[i],
                              STR("must appear in spec.versions"));
        }
    }
}

typedef enum Approval {
    APPROVAL_INVALID,
    APPROVAL_GIVEN,
    APPROVAL_BYPASSED,
    APPROVAL_MISSING
} Approval;

static Approval approval_of(const Definition *d, Arena *a)
{
    Str text = value_get_str(value_get_lit(d->metadata, "annotations"), APPROVED);
    Str scheme, host;
    if (text.len == 0) {
        return APPROVAL_MISSING;
    }
    if (str_starts_with(text, STR("unapproved"))) {
        return APPROVAL_BYPASSED;
    }
    return webhook_request_uri(text, a, &scheme, &host) && scheme.len && host.len
               ? APPROVAL_GIVEN
               : APPROVAL_INVALID;
}

static bool is_within(Str group, Str domain)
{
    Str before = str_cut_suffix(group, domain);
    return before.len < group.len && (before.len == 0 || str_ends_with(before, STR(".")));
}

static void check_approval(const Definition *d, const Definition *old, FieldErrors *errs)
{
    Path metadata = path_root("metadata"), annotations = path_child(&metadata, "annotations");
    Path path = path_key(&annotations, APPROVED);
    Approval now = approval_of(d, errs->arena);
    if ((!is_within(d->group, STR("k8s.io")) && !is_within(d->group, STR("kubernetes.io"))) ||
        (old && approval_of(old, errs->arena) == now)) {
        return;
    }
    if (now == APPROVAL_INVALID) {
        field_invalid_str(
            errs, path, value_get_str(value_get_lit(d->metadata, "annotations"), APPROVED),
            STR("protected groups must have approval annotation \"api-approved.kubernetes.io\" "
                "with either a URL or a reason starting with \"unapproved\", see "
                "https://github.com/kubernetes/enhancements/pull/1111"));
    } else if (now == APPROVAL_MISSING) {
        field_required(
            errs, path,
            STR("protected groups must have approval annotation \"api-approved.kubernetes.io\", "
                "see https://github.com/kubernetes/enhancements/pull/1111"));
    }
}

static void check_preserve(const Definition *d, const Definition *old, FieldErrors *errs)
{
    Path spec = path_root("spec");
    if (old && old->preserve_unknown_fields.set && old->preserve_unknown_fields.value) {
        return;
    }
    if (d->preserve_unknown_fields.set && d->preserve_unknown_fields.value) {
        field_invalid_bool(errs, path_child(&spec, "preserveUnknownFields"), true,
                           STR("cannot set to true, set x-preserve-unknown-fields to true in "
                               "spec.versions[*].schema instead"));
    }
}

/* -- all of it ----------------------------------------------------------------------------------
 */

static void check_metadata(const Definition *d, FieldErrors *errs)
{
    Path path = path_root("metadata");
    Str name = str_of(d->metadata, "name"), plural = str_of(d->names, "plural");
    Str wanted = arena_printf(errs->arena, "%.*s.%.*s", STR_ARG(plural), STR_ARG(d->group));
    FieldErrors found = field_errors_new_for(errs->minor, errs->arena);
    meta_validate(d->metadata, false, name_check_dns1123_subdomain, &path, &found);
    if (str_eq(name, wanted) || (name.len == 0 && str_of(d->metadata, "generateName").len == 0)) {
        field_errors_append(errs, &found);
        return;
    }
    /* comes right after what else is wrong with the name */
    FieldErrors before = field_errors_new_for(errs->minor, errs->arena);
    FieldErrors after = before;
    for (FieldError *e = found.first, *next; e; e = next) {
        next = e->next;
        e->next = NULL;
        bool is_name = str_eq(e->path, STR("metadata.name")) ||
                       str_eq(e->path, STR("metadata.generateName"));
        FieldErrors *to = is_name && !after.count ? &before : &after;
        FieldErrors one = { .arena = errs->arena, .first = e, .last = e, .count = 1 };
        field_errors_append(to, &one);
    }
    if (name.len) {
        field_invalid_str(&before, path_child(&path, "name"), name,
                          STR("must be spec.names.plural+\".\"+spec.group"));
    }
    field_errors_append(errs, &before);
    field_errors_append(errs, &after);
}

static void check_immutable(FieldErrors *errs, Path path, Str now, Str was)
{
    if (!str_eq(now, was)) {
        field_invalid_str(errs, path, now, STR("field is immutable"));
    }
}

static void check_changes(const Definition *d, const Definition *old, const DefinitionRules *rules,
                          FieldErrors *errs)
{
    Path spec = path_root("spec"), names = path_child(&spec, "names");
    if (rules->immutable_names) {
        check_immutable(errs, path_child(&spec, "scope"), d->scope, old->scope);
        check_immutable(errs, path_child(&names, "kind"), str_of(d->names, "kind"),
                        str_of(old->names, "kind"));
    }
    check_immutable(errs, path_child(&spec, "group"), d->group, old->group);
    check_immutable(errs, path_child(&names, "plural"), str_of(d->names, "plural"),
                    str_of(old->names, "plural"));
}

void crd_definition_validate(const Value *definition, const Value *old, Str request_version,
                             const KubeTarget *target, FieldErrors *errs)
{
    Definition d, was;
    Path metadata = path_root("metadata");
    bool is_beta = str_eq(request_version, STR("v1beta1"));
    definition_read(definition, errs->arena, &d);
    if (old) {
        definition_read(old, errs->arena, &was);
        meta_validate_update(d.metadata, was.metadata, &metadata, errs);
    } else {
        check_metadata(&d, errs);
    }
    DefinitionRules rules = definition_rules_for(old ? &was : NULL, is_beta, target, errs->arena);
    check_spec(&d, rules, errs);
    if (old) {
        check_changes(&d, &was, &rules, errs);
    }
    check_status(&d, errs);
    check_stored_versions(&d, errs);
    if (!is_beta) {
        check_approval(&d, old ? &was : NULL, errs);
        check_preserve(&d, old ? &was : NULL, errs);
    }
}

void crd_definition_validate_status(const Value *definition, const Value *old,
                                    const KubeTarget *target, FieldErrors *errs)
{
    Definition d;
    Path metadata = path_root("metadata");
    (void)target;
    definition_read(definition, errs->arena, &d);
    meta_validate_update(d.metadata, value_get_lit(old, "metadata"), &metadata, errs);
    check_status(&d, errs);
}
