/* SPDX-License-Identifier: Apache-2.0 */
/* The outer form of certificates and requests for them. Source: Go encoding/asn1, crypto/x509 */
#include "kube/groups/pem.h"

enum {
    TAG_INTEGER = 2,
    TAG_BIT_STRING = 3,
    TAG_OID = 6,
    TAG_SEQUENCE = 16,
    TAG_SET = 17,
    CLASS_CONTEXT = 2,
    LENGTH_BYTES_MAX = 4,
};

/* Go's dump of a field's parameters when it has none. */
#define NO_PARAMETERS                                                                    \
    "{optional:false explicit:false application:false private:false defaultValue:<nil> " \
    "tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}"

typedef struct DerItem {
    int class;
    int tag;
    bool is_compound;
    size_t length;
    size_t header; /* its bytes */
    Str content;
} DerItem;

static uint8_t byte_at(Str s, size_t i)
{
    return (uint8_t)s.ptr[i];
}

/* Reads the tag and length at the front. NULL, or what is wrong. */
static const char *read_header(Str in, DerItem *out)
{
    enum { HIGH_TAG = 0x1f, COMPOUND = 0x20, CLASS_SHIFT = 6 };
    enum { LONG_LENGTH = 0x80, SHORT_MAX = 0x7f };
    if (in.len == 0) {
        return "syntax error: sequence truncated";
    }
    uint8_t first = byte_at(in, 0);
    *out = (DerItem){ .class = first >> CLASS_SHIFT,
                      .is_compound = first & COMPOUND,
                      .tag = first & HIGH_TAG };
    size_t at = 1;
    if (out->tag == HIGH_TAG) {
        out->tag = 0;
        do {
            if (at >= in.len || at > LENGTH_BYTES_MAX) {
                return at >= in.len ? "syntax error: truncated base 128 integer"
                                    : "structure error: base 128 integer too large";
            }
            out->tag = out->tag << 7 | (byte_at(in, at) & SHORT_MAX);
        } while (byte_at(in, at++) & LONG_LENGTH);
        if (out->tag < HIGH_TAG) {
            return "syntax error: non-minimal tag";
        }
    }
    if (at >= in.len) {
        return "syntax error: truncated tag or length";
    }
    uint8_t length = byte_at(in, at++);
    out->length = length & SHORT_MAX;
    if (length & LONG_LENGTH) {
        size_t count = out->length;
        if (count == 0) {
            return "syntax error: indefinite length found (not DER)";
        }
        out->length = 0;
        for (size_t i = 0; i < count; i++) {
            if (at >= in.len) {
                return "syntax error: truncated tag or length";
            }
            if (out->length >= (size_t)1 << 23) {
                return "structure error: length too large";
            }
            out->length = out->length << 8 | byte_at(in, at++);
            if (out->length == 0) {
                return "structure error: superfluous leading zeros in length";
            }
        }
        if (out->length < LONG_LENGTH) {
            return "structure error: non-minimal length";
        }
    }
    out->header = at;
    return NULL;
}

/* Takes a whole item off the front. */
static bool take(Str *rest, DerItem *out)
{
    if (read_header(*rest, out) || out->length > rest->len - out->header) {
        return false;
    }
    out->content = str_slice(*rest, out->header, out->header + out->length);
    *rest = str_drop(*rest, out->header + out->length);
    return true;
}

/* Takes an item of a universal type that Go calls name; what is wrong, or absent. */
static Str expect(Str *rest, int tag, const char *name, Arena *a, DerItem *out)
{
    const char *why = read_header(*rest, out);
    if (why) {
        return arena_printf(a, "asn1: %s", why);
    }
    bool wants_compound = tag == TAG_SEQUENCE;
    if (out->class != 0 || out->tag != tag || out->is_compound != wants_compound) {
        return arena_printf(
            a,
            "asn1: structure error: tags don't match (%d vs {class:%d tag:%d length:%zu "
            "isCompound:%s}) " NO_PARAMETERS " %s @%zu",
            tag, out->class, out->tag, out->length, out->is_compound ? "true" : "false", name,
            out->header);
    }
    if (!take(rest, out)) {
        return STR("asn1: syntax error: data truncated");
    }
    return STR_ABSENT;
}

/* A sequence of a sequence, an algorithm and a signature. */
static Str signed_error(Str der, const char *name, const char *inner_name, Arena *a, DerItem *inner)
{
    DerItem whole;
    Str rest = der;
    Str why = expect(&rest, TAG_SEQUENCE, name, a, &whole);
    if (why.ptr) {
        return why;
    }
    Str fields = whole.content;
    DerItem item;
    why = expect(&fields, TAG_SEQUENCE, inner_name, a, inner);
    if (!why.ptr) {
        why = expect(&fields, TAG_SEQUENCE, "AlgorithmIdentifier", a, &item);
    }
    if (!why.ptr) {
        why = expect(&fields, TAG_BIT_STRING, "BitString", a, &item);
    }
    if (!why.ptr && rest.len > 0) {
        why = STR("asn1: syntax error: trailing data");
    }
    return why;
}

Str der_request_error(Str der, Arena *a)
{
    DerItem inner = { 0 };
    return signed_error(der, "certificateRequest", "tbsCertificateRequest", a, &inner);
}

Str der_certificate_error(Str der, Arena *a)
{
    DerItem inner = { 0 };
    return signed_error(der, "certificate", "tbsCertificate", a, &inner);
}

/* -- the subject --------------------------------------------------------------------------------
 */

static const Str oid_common_name = STR_INIT("\x55\x04\x03");
static const Str oid_organization = STR_INIT("\x55\x04\x0a");
/* 2.5.29.17 with its tag and length: an extension that is asked for */
static const Str alternative_names = STR_INIT("\x06\x03\x55\x1d\x11");

/* What is read of a subject. */
typedef struct Subject {
    DerSubject *out;
    size_t organizations;
    Str wanted; /* an organization */
    bool is_found;
} Subject;

static bool read_attribute(Str set, Subject *s)
{
    DerItem pair;
    while (set.len) {
        DerItem oid;
        DerItem value;
        if (!take(&set, &pair) || pair.tag != TAG_SEQUENCE) {
            return false;
        }
        Str fields = pair.content;
        if (!take(&fields, &oid) || oid.tag != TAG_OID || !take(&fields, &value)) {
            return false;
        }
        if (str_eq(oid.content, oid_common_name)) {
            s->out->common_name = value.content;
        } else if (str_eq(oid.content, oid_organization)) {
            s->organizations++;
            s->out->organization = s->organizations == 1 ? value.content : STR_ABSENT;
            s->is_found |= str_eq(value.content, s->wanted);
        }
    }
    return true;
}

static bool read_subject(Str der, Subject *s)
{
    *s->out = (DerSubject){ .common_name = STR_ABSENT };
    DerItem whole, inner, version, subject, key, set;
    Str rest = der;
    if (!take(&rest, &whole)) {
        return false;
    }
    Str fields = whole.content;
    if (!take(&fields, &inner)) {
        return false;
    }
    fields = inner.content;
    if (!take(&fields, &version) || version.tag != TAG_INTEGER || !take(&fields, &subject) ||
        !take(&fields, &key)) {
        return false;
    }
    Str sets = subject.content;
    while (sets.len) {
        if (!take(&sets, &set) || set.tag != TAG_SET || !read_attribute(set.content, s)) {
            return false;
        }
    }
    s->out->has_alternative_names = str_contains(fields, alternative_names);
    return true;
}

bool der_request_subject(Str der, DerSubject *out)
{
    Subject s = { .out = out, .wanted = STR_ABSENT };
    return read_subject(der, &s);
}

bool der_request_names(Str der, Str organization)
{
    DerSubject unused;
    Subject s = { .out = &unused, .wanted = organization };
    return read_subject(der, &s) && s.is_found;
}
