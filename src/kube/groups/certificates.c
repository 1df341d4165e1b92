/* SPDX-License-Identifier: Apache-2.0 */
/* CertificateSigningRequests: validation. */
#include "kube/groups/certificates.h"

#include "base/base64.h"
#include "kube/groups/go_dump.h"
#include "kube/groups/members.h"
#include "kube/groups/meta_checks.h"
#include "kube/groups/pem.h"

/* What is tolerated: in requests of v1beta1, and what the stored object had already. */
typedef struct CertificateOptions {
    bool sets_approval;
    bool sets_certificate;
    bool both_approved_and_denied;
    bool resets_certificate;
    bool legacy_signer;
    bool duplicate_types;
    bool empty_types;
    bool any_certificate;
    bool unknown_usages;
    bool duplicate_usages;
} CertificateOptions;

static const Str usages_known[] = {
    STR_INIT("any"),
    STR_INIT("cert sign"),
    STR_INIT("client auth"),
    STR_INIT("code signing"),
    STR_INIT("content commitment"),
    STR_INIT("crl sign"),
    STR_INIT("data encipherment"),
    STR_INIT("decipher only"),
    STR_INIT("digital signature"),
    STR_INIT("email protection"),
    STR_INIT("encipher only"),
    STR_INIT("ipsec end system"),
    STR_INIT("ipsec tunnel"),
    STR_INIT("ipsec user"),
    STR_INIT("key agreement"),
    STR_INIT("key encipherment"),
    STR_INIT("microsoft sgc"),
    STR_INIT("netscape sgc"),
    STR_INIT("ocsp signing"),
    STR_INIT("s/mime"),
    STR_INIT("server auth"),
    STR_INIT("signing"),
    STR_INIT("timestamping"),
};
static const Str decided_types[] = { STR_INIT("Approved"), STR_INIT("Denied"), STR_INIT("Failed") };
static const Str true_only[] = { STR_INIT("True") };
static const Str condition_statuses[] = { STR_INIT("False"), STR_INIT("True"),
                                          STR_INIT("Unknown") };

#define LEGACY_SIGNER STR("kubernetes.io/legacy-unknown")

static NameMessages any_name(Str name)
{
    (void)name;
    return (NameMessages){ .count = 0 };
}

/* -- certificates and requests -------------------------------------------------------------------
 */

/* Absent when the member is. */
static Str bytes_of(const Value *object, Str member, Arena *a)
{
    Str text = value_get_str(object, member);
    Buf bytes = buf_new(a);
    if (text.ptr == NULL || !base64_read(text, &bytes)) {
        return STR_ABSENT;
    }
    return buf_str(&bytes);
}

static Str request_error(Str pem, const CertificateCheck *check, Arena *a)
{
    PemBlock block;
    Str rest = pem.ptr ? pem : STR("");
    if (!pem_next(&rest, a, &block) || !str_eq(block.type, STR("CERTIFICATE REQUEST"))) {
        return STR("PEM block type must be CERTIFICATE REQUEST");
    }
    Str why = der_request_error(block.bytes, a);
    return why.ptr || check == NULL || check->error == NULL
               ? why
               : check->error(check->context, block.bytes, a);
}

bool certificate_request_is_of_group(const Value *spec, Str group, Arena *a, Str *why)
{
    Str pem = bytes_of(spec, STR("request"), a);
    PemBlock block;
    *why = request_error(pem, NULL, a);
    return !why->ptr && pem_next(&pem, a, &block) && der_request_names(block.bytes, group);
}

static Str certificate_error(Str pem, Arena *a)
{
    Str rest = pem;
    PemBlock block;
    size_t blocks = 0;
    if (pem.len == 0) {
        return STR_ABSENT;
    }
    while (pem_next(&rest, a, &block)) {
        if (!str_eq(block.type, STR("CERTIFICATE"))) {
            Buf b = buf_new(a);
            buf_lit(&b, "only CERTIFICATE PEM blocks are allowed, found ");
            buf_go_quoted(&b, block.type);
            return buf_str(&b);
        }
        if (block.has_headers) {
            return STR("no PEM block headers are permitted");
        }
        blocks++;
        Str why = block.bytes.len ? der_certificate_error(block.bytes, a)
                                  : STR("found CERTIFICATE PEM block containing 0 certificates");
        if (why.ptr) {
            return why;
        }
    }
    return blocks ? STR_ABSENT : STR("must contain at least one CERTIFICATE PEM block");
}

/* -- the spec -----------------------------------------------------------------------------------
 */

static void check_usages(const Value *spec, const CertificateOptions *o, const Path *path,
                         FieldErrors *errs)
{
    enum { TERSE_SINCE = 27 };
    Path usages_path = path_child(path, "usages");
    StrList usages = value_str_list(list_of(spec, "usages"), errs->arena);
    if (usages.count == 0) {
        field_required(errs, usages_path,
                       errs->minor >= TERSE_SINCE ? STR("") : STR("usages must be provided"));
    }
    for (size_t i = 0; i < usages.count && !o->unknown_usages; i++) {
        if (!str_list_has(STR_LIST(usages_known), usages.items[i])) {
            field_not_supported(errs, path_index(&usages_path, i), usages.items[i],
                                STR_LIST(usages_known));
        }
    }
    for (size_t i = 0; i < usages.count && !o->duplicate_usages; i++) {
        if (str_list_has((StrList){ usages.items, i }, usages.items[i])) {
            field_duplicate(errs, path_index(&usages_path, i), usages.items[i]);
        }
    }
}

/* The first label with something wrong, and all that is. */
static void check_labels(Str part, NameCheck *check, Path path, FieldErrors *errs)
{
    Str rest = part;
    Str label;
    while (str_next_piece(&rest, '.', &label)) {
        NameMessages messages = check(label);
        for (size_t i = 0; i < messages.count; i++) {
            Buf b = buf_new(errs->arena);
            buf_lit(&b, "validating label ");
            buf_go_quoted(&b, label);
            buf_lit(&b, ": ");
            buf_add(&b, messages.items[i]);
            field_invalid_str(errs, path, part, buf_str(&b));
        }
        if (messages.count) {
            return;
        }
    }
}

static void check_signer(Str signer, Path path, FieldErrors *errs)
{
    enum { SIGNER_SHORT_SINCE = 27 };
    enum { DOMAIN_BYTES_MAX = 253, LABEL_BYTES_MAX = 63 };
    enum { SIGNER_BYTES_MAX = DOMAIN_BYTES_MAX + 1 + DOMAIN_BYTES_MAX + LABEL_BYTES_MAX + 1 };
    Str domain;
    Str rest;
    if (signer.len == 0) {
        field_required(errs, path,
                       errs->minor >= SIGNER_SHORT_SINCE ? STR("")
                                                         : STR("signerName must be provided"));
        return;
    }
    if (!str_split_once(signer, '/', &domain, &rest) || str_index_byte(rest, '/') >= 0) {
        field_invalid_str(errs, path, signer,
                          STR("must be a fully qualified domain and path of the form "
                              "'example.com/signer-name'"));
        return;
    }
    if (domain.len > DOMAIN_BYTES_MAX) {
        field_too_long(errs, path, DOMAIN_BYTES_MAX);
    }
    check_labels(domain, name_check_dns1123_label, path, errs);
    if (str_index_byte(domain, '.') < 0) {
        field_invalid_str(errs, path, domain,
                          STR("should be a domain with at least two segments separated by dots"));
    }
    check_labels(rest, name_check_dns1123_subdomain, path, errs);
    if (signer.len > SIGNER_BYTES_MAX) {
        field_too_long(errs, path, SIGNER_BYTES_MAX);
    }
}

static void check_spec(const Value *spec, const CertificateOptions *o,
                       const CertificateCheck *check, FieldErrors *errs)
{
    enum { SECONDS_MIN = 600 };
    Path path = path_root("spec");
    Str request = bytes_of(spec, STR("request"), errs->arena);
    Str why = request_error(request, check, errs->arena);
    if (why.ptr) {
        field_invalid_raw(errs, path_child(&path, "request"), go_dump_bytes(request, errs->arena),
                          why);
    }
    check_usages(spec, o, &path, errs);
    Str signer = str_of(spec, "signerName");
    if (!o->legacy_signer && str_eq(signer, LEGACY_SIGNER)) {
        field_invalid_str(errs, path_child(&path, "signerName"), signer,
                          STR("the legacy signerName is not allowed via this API version"));
    } else {
        check_signer(signer, path_child(&path, "signerName"), errs);
    }
    OptInt64 seconds = value_get_int(spec, STR("expirationSeconds"));
    if (seconds.set && seconds.value < SECONDS_MIN) {
        field_invalid_int(errs, path_child(&path, "expirationSeconds"), seconds.value,
                          STR("may not specify a duration less than 600 seconds (10 minutes)"));
    }
}

/* -- the status ---------------------------------------------------------------------------------
 */

static bool has_type_before(const Value *list, size_t at, Str type)
{
    for (size_t i = 0; i < at; i++) {
        if (str_eq(str_of(value_item(list, i), "type"), type)) {
            return true;
        }
    }
    return false;
}

static void check_condition(const Value *list, size_t at, const CertificateOptions *o,
                            const Path *path, FieldErrors *errs)
{
    const Value *condition = value_item(list, at);
    Str type = str_of(condition, "type");
    Str status = str_of(condition, "status");
    if (type.len == 0 && !o->empty_types) {
        field_required(errs, path_child(path, "type"), STR(""));
    }
    StrList allowed = str_list_has(STR_LIST(decided_types), type) ? STR_LIST(true_only)
                                                                  : STR_LIST(condition_statuses);
    if (status.len == 0) {
        field_required(errs, path_child(path, "status"), STR(""));
    } else if (!str_list_has(allowed, status)) {
        field_not_supported(errs, path_child(path, "status"), status, allowed);
    }
    bool approved = str_eq(type, decided_types[0]);
    bool denied = str_eq(type, decided_types[1]);
    if (!o->both_approved_and_denied &&
        ((approved && has_type_before(list, at, decided_types[1])) ||
         (denied && has_type_before(list, at, decided_types[0])))) {
        field_invalid_str(errs, path_child(path, "type"), type,
                          STR("Approved and Denied conditions are mutually exclusive"));
    }
    if (!o->duplicate_types && has_type_before(list, at, type)) {
        field_duplicate(errs, path_child(path, "type"), type);
    }
}

static void check_request(const Value *request, const CertificateOptions *o,
                          const CertificateCheck *check, FieldErrors *errs)
{
    check_meta(request, false, any_name, errs);
    check_spec(value_get_lit(request, "spec"), o, check, errs);
    const Value *status = value_get_lit(request, "status");
    const Value *list = list_of(status, "conditions");
    Path path = path_root("status");
    Path conditions = path_child(&path, "conditions");
    for (size_t i = 0; i < value_len(list); i++) {
        Path item = path_index(&conditions, i);
        check_condition(list, i, o, &item, errs);
    }
    if (!o->any_certificate) {
        Str why = certificate_error(bytes_of(status, STR("certificate"), errs->arena), errs->arena);
        if (why.ptr) {
            field_invalid_str(errs, path_child(&path, "certificate"), STR("<certificate data>"),
                              why);
        }
    }
}

/* -- what is tolerated --------------------------------------------------------------------------
 */

static bool has_type(const Value *request, Str type)
{
    const Value *list = value_at(request, "status", "conditions", NULL);
    return has_type_before(list, value_len(list), type);
}

static bool has_duplicate_types(const Value *request)
{
    const Value *list = value_at(request, "status", "conditions", NULL);
    for (size_t i = 1; i < value_len(list); i++) {
        if (has_type_before(list, i, str_of(value_item(list, i), "type"))) {
            return true;
        }
    }
    return false;
}

static CertificateOptions options_of(const Value *request, const Value *old, Arena *a)
{
    bool is_beta = !is_version(request, "v1");
    CertificateOptions o = {
        .resets_certificate = is_beta,
        .legacy_signer = is_beta,
        .duplicate_types = is_beta,
        .empty_types = is_beta,
        .any_certificate = is_beta,
        .unknown_usages = is_beta,
        .duplicate_usages = is_beta,
    };
    if (old == NULL) {
        return o;
    }
    const Value *spec = value_get_lit(old, "spec");
    Str certificate = bytes_of(value_get_lit(old, "status"), STR("certificate"), a);
    o.both_approved_and_denied = has_type(old, decided_types[0]) && has_type(old, decided_types[1]);
    o.legacy_signer |= str_eq(str_of(spec, "signerName"), LEGACY_SIGNER);
    o.duplicate_types |= has_duplicate_types(old);
    o.empty_types |= has_type(old, STR(""));
    o.any_certificate |= str_eq(bytes_of(value_get_lit(request, "status"), STR("certificate"), a),
                                certificate) ||
                         certificate_error(certificate, a).ptr;
    StrList usages = value_str_list(list_of(spec, "usages"), a);
    for (size_t i = 0; i < usages.count; i++) {
        o.unknown_usages |= !str_list_has(STR_LIST(usages_known), usages.items[i]);
        o.duplicate_usages |= str_list_has((StrList){ usages.items, i }, usages.items[i]);
    }
    return o;
}

/* -- the whole ----------------------------------------------------------------------------------
 */

void certificate_request_validate_create(const Value *request, const CertificateCheck *check,
                                         const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    CertificateOptions o = options_of(request, NULL, errs->arena);
    check_request(request, &o, check, errs);
}

/* The conditions of a type, as one list. */
static Value conditions_of(const Value *request, Str type, Arena *a)
{
    Value found = value_array();
    VALUE_EACH_ITEM(c, value_at(request, "status", "conditions", NULL)) {
        if (str_eq(str_of(c, "type"), type)) {
            value_add(&found, *c, a);
        }
    }
    return found;
}

static void forbid_condition(FieldErrors *errs, const char *what, Str type)
{
    Path status = path_root("status");
    Buf b = buf_new(errs->arena);
    buf_printf(&b, "updates may not %s a condition of type ", what);
    buf_go_quoted(&b, type);
    field_forbidden(errs, path_child(&status, "conditions"), buf_str(&b));
}

static void check_condition_changes(const Value *request, const Value *old,
                                    const CertificateOptions *o, FieldErrors *errs)
{
    Arena *a = errs->arena;
    for (size_t i = 0; i < COUNT_OF(decided_types); i++) {
        if (conditions_of(request, decided_types[i], a).len <
            conditions_of(old, decided_types[i], a).len) {
            forbid_condition(errs, "remove", decided_types[i]);
        }
    }
    for (size_t i = 0; i < 2 && !o->sets_approval; i++) {
        Value now = conditions_of(request, decided_types[i], a);
        Value before = conditions_of(old, decided_types[i], a);
        if (now.len > before.len) {
            forbid_condition(errs, "add", decided_types[i]);
        } else if (now.len == before.len && !value_equal(&now, &before)) {
            /* the API server goes on with a listing of the differences */
            forbid_condition(errs, "modify", decided_types[i]);
        }
    }
}

void certificate_request_validate_update(const Value *request, const Value *old,
                                         CertificatePart part, const CertificateCheck *check,
                                         const KubeTarget *t, FieldErrors *errs)
{
    (void)t;
    CertificateOptions o = options_of(request, old, errs->arena);
    o.sets_approval = part == CERTIFICATE_APPROVAL;
    o.sets_certificate = part == CERTIFICATE_STATUS;
    check_request(request, &o, check, errs);
    check_condition_changes(request, old, &o, errs);
    Str now = bytes_of(value_get_lit(request, "status"), STR("certificate"), errs->arena);
    Str before = bytes_of(value_get_lit(old, "status"), STR("certificate"), errs->arena);
    Path status = path_root("status");
    if (!str_eq(now, before)) {
        if (!o.sets_certificate) {
            field_forbidden(errs, path_child(&status, "certificate"),
                            STR("updates may not set certificate content"));
        } else if (!o.resets_certificate && before.len > 0) {
            field_forbidden(errs, path_child(&status, "certificate"),
                            STR("updates may not modify existing certificate content"));
        }
    }
    check_meta_update(request, old, errs);
}
