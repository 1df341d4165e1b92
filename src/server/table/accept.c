/* SPDX-License-Identifier: Apache-2.0 */
/* Which form of an answer a client takes. */
#include "server/table/accept.h"

#include <stdlib.h>

#include "base/url.h"

#define PROTOBUF "application/vnd.kubernetes.protobuf"

/* -- the header -------------------------------------------------------------------------------- */

enum { CLAUSES_MAX = 64 };

typedef struct Clause {
    Str type;
    Str subtype;
    Str params; /* after the first semicolon */
    double quality;
} Clause;

typedef struct Clauses {
    Clause items[CLAUSES_MAX];
    size_t count;
} Clauses;

/* The next "name=value" with no further equals sign. */
static bool next_param(Str *rest, Str *name, Str *value)
{
    Str piece;
    while (str_next_piece(rest, ';', &piece)) {
        if (str_split_once(piece, '=', name, value) && str_index_byte(*value, '=') < 0) {
            *name = str_trim(*name);
            return true;
        }
    }
    return false;
}

static double read_quality(Str text, Arena *a)
{
    char *end;
    const char *number = arena_cstr(a, text);
    double quality = strtod(number, &end);
    return end == number || *end ? 0 : quality;
}

static bool read_clause(Str part, Clause *out, Arena *a)
{
    Str media, params, name, value;
    bool has_params = str_split_once(str_trim(part), ';', &media, &params);
    *out = (Clause){ .quality = 1, .params = has_params ? params : STR_ABSENT };
    if (!str_split_once(media, '/', &out->type, &out->subtype)) {
        out->type = str_trim(media);
        out->subtype = out->type;
        return str_eq(out->type, STR("*"));
    }
    out->type = str_trim(out->type);
    out->subtype = str_trim(out->subtype);
    for (Str rest = params; has_params && next_param(&rest, &name, &value);) {
        if (str_eq(name, STR("q"))) {
            out->quality = read_quality(value, a);
        }
    }
    return str_index_byte(out->subtype, '/') < 0;
}

/* No order in the strict sense; with the insertion sort below it gives the server's order. */
static bool goes_first(const Clause *a, const Clause *b)
{
    bool a_any_type = str_eq(a->type, STR("*")), b_any_type = str_eq(b->type, STR("*"));
    bool a_any = str_eq(a->subtype, STR("*")), b_any = str_eq(b->subtype, STR("*"));
    return a->quality > b->quality || (!a_any_type && b_any_type) || (!a_any && b_any);
}

static void read_clauses(Str header, Clauses *out, Arena *a)
{
    Str rest = header, part;
    out->count = 0;
    while (out->count < CLAUSES_MAX && str_next_piece(&rest, ',', &part)) {
        out->count += read_clause(part, &out->items[out->count], a);
    }
    for (size_t i = 1; i < out->count; i++) {
        for (size_t j = i; j > 0 && goes_first(&out->items[j], &out->items[j - 1]); j--) {
            Clause other = out->items[j];
            out->items[j] = out->items[j - 1];
            out->items[j - 1] = other;
        }
    }
}

/* -- what the server offers -------------------------------------------------------------------- */

typedef struct Offer {
    const char *subtype; /* of application */
    AcceptFormat format;
    bool streams; /* can carry the events of a watch */
} Offer;

static const Offer offers[] = {
    { "json", ACCEPT_JSON, true },
    { "yaml", ACCEPT_YAML, false },
};

/* Of one clause: what its parameters ask for. */
typedef struct Wish {
    bool converts;
    Str kind, group, version;
    Str stream, server_version;
    bool pretty;
} Wish;

static Wish read_wish(const Clause *clause)
{
    Wish wish = { .stream = STR(""), .server_version = STR("") };
    Str rest = clause->params, name, value;
    while (rest.ptr && next_param(&rest, &name, &value)) {
        Str *const as[] = { &wish.kind, &wish.group, &wish.version };
        static const char *const as_names[] = { "as", "g", "v" };
        value = str_trim(value);
        for (size_t i = 0; i < COUNT_OF(as); i++) {
            if (str_eq(name, str_from_c(as_names[i]))) {
                *as[i] = value;
                wish.converts = true;
            }
        }
        if (str_eq(name, STR("stream"))) {
            wish.stream = value;
        } else if (str_eq(name, STR("sv"))) {
            wish.server_version = value;
        } else if (str_eq(name, STR("pretty"))) {
            wish.pretty = str_eq(value, STR("1"));
        }
    }
    return wish;
}

/* The form that is wished for, if the endpoint has it. */
static bool convert(const AcceptRequest *r, const Wish *wish, AcceptChoice *out)
{
    static const struct {
        const char *kind;
        AcceptAs as;
    } forms[] = {
        { "Table", ACCEPT_AS_TABLE },
        { "PartialObjectMetadata", ACCEPT_AS_PARTIAL },
        { "PartialObjectMetadataList", ACCEPT_AS_PARTIAL_LIST },
    };
    bool has_forms = r->endpoint == ACCEPT_RESOURCE || r->endpoint == ACCEPT_CUSTOM;
    if (!wish->converts) {
        return true;
    }
    if (!has_forms || !str_eq(wish->group, STR("meta.k8s.io")) ||
        (!str_eq(wish->version, STR("v1")) && !str_eq(wish->version, STR("v1beta1")))) {
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        if (str_eq(wish->kind, str_from_c(forms[i].kind))) {
            out->as = forms[i].as;
            out->as_version = str_eq(wish->version, STR("v1")) ? STR("meta.k8s.io/v1")
                                                               : STR("meta.k8s.io/v1beta1");
            return out->as != ACCEPT_AS_TABLE || !r->no_table;
        }
    }
    return false;
}

static bool try_offer(const AcceptRequest *r, const Clause *clause, const Offer *offer,
                      AcceptChoice *out)
{
    bool has_forms = r->endpoint == ACCEPT_RESOURCE || r->endpoint == ACCEPT_CUSTOM;
    bool any_type = str_eq(clause->type, STR("*"));
    bool any_subtype = str_eq(clause->subtype, STR("*"));
    if (!(any_type && any_subtype) &&
        !(str_eq(clause->type, STR("application")) &&
          (any_subtype || str_eq(clause->subtype, str_from_c(offer->subtype))))) {
        return false;
    }
    Wish wish = read_wish(clause);
    *out = (AcceptChoice){ .format = offer->format, .pretty = wish.pretty };
    if (wish.stream.len && (!offer->streams || !str_eq(wish.stream, STR("watch")))) {
        return false;
    }
    if (wish.server_version.len && !(has_forms && str_eq(wish.server_version, STR("v1")))) {
        return false;
    }
    return convert(r, &wish, out);
}

static bool choose(const AcceptRequest *r, AcceptChoice *out, Arena *a)
{
    *out = (AcceptChoice){ .format = ACCEPT_JSON };
    if (r->accept.len == 0) {
        return true;
    }
    Clauses *clauses = new(a, Clauses, 1);
    read_clauses(r->accept, clauses, a);
    for (size_t i = 0; i < clauses->count; i++) {
        for (size_t k = 0; k < COUNT_OF(offers); k++) {
            if (try_offer(r, &clauses->items[i], &offers[k], out)) {
                return true;
            }
        }
    }
    return false;
}

/* -- pretty ------------------------------------------------------------------------------------ */

/* As Go reads truth; anything else is false. */
static bool is_true(Str text)
{
    static const Str words[] = { STR_INIT("1"),    STR_INIT("t"),    STR_INIT("T"),
                                 STR_INIT("true"), STR_INIT("TRUE"), STR_INIT("True") };
    return str_list_has((StrList){ words, COUNT_OF(words) }, text);
}

static bool is_pretty(const AcceptRequest *r, const AcceptChoice *choice, Arena *a)
{
    Str asked = r->query.len ? url_query_get(r->query, STR("pretty"), a) : STR_ABSENT;
    if (choice->pretty) {
        return true;
    }
    if (asked.len) {
        return is_true(asked);
    }
    return str_starts_with(r->user_agent, STR("curl")) ||
           str_starts_with(r->user_agent, STR("Wget")) ||
           str_starts_with(r->user_agent, STR("Mozilla/5.0"));
}

/* -- answers ----------------------------------------------------------------------------------- */

bool accept_has_table(Str resource, Str subresource, const KubeTarget *target)
{
    enum { SUBRESOURCES_SINCE = 24 };
    bool is_question = str_ends_with(resource, STR("reviews")) || str_eq(resource, STR("bindings"));
    if (subresource.len == 0) {
        return !is_question;
    }
    return target->minor >= SUBRESOURCES_SINCE &&
           (str_eq(subresource, STR("status")) || str_eq(subresource, STR("scale")));
}

/* Media types that the routes of an endpoint produce. */
static bool is_produced(const AcceptRequest *r, Str media)
{
    if (str_eq(media, STR("*/*")) || str_eq(media, STR("application/json"))) {
        return true;
    }
    if (r->endpoint == ACCEPT_JSON_ONLY) {
        return false;
    }
    return str_eq(media, STR("application/yaml")) || str_eq(media, STR(PROTOBUF)) ||
           (r->endpoint == ACCEPT_LOG && str_eq(media, STR("text/plain")));
}

bool accept_route(const AcceptRequest *r, Arena *a, Status *status)
{
    Str rest = r->accept, part, media, params;
    (void)a;
    if (rest.len == 0 || r->endpoint == ACCEPT_CUSTOM) {
        return true;
    }
    while (str_next_piece(&rest, ',', &part)) {
        str_split_once(part, ';', &media, &params);
        while (media.len && media.ptr[0] == ' ') {
            media = str_drop(media, 1);
        }
        while (media.len && media.ptr[media.len - 1] == ' ') {
            media.len--;
        }
        if (is_produced(r, media)) {
            return true;
        }
    }
    *status = (Status){ .code = 406,
                        .reason = STR("NotAcceptable"),
                        .message = STR("406: Not Acceptable"),
                        .has_details = true };
    return false;
}

bool accept_negotiate(const AcceptRequest *r, Arena *a, AcceptChoice *out, Status *status)
{
    AcceptChoice choice;
    const char *accepted = "application/json, application/yaml, " PROTOBUF;
    bool found = choose(r, &choice, a);
    if (r->endpoint == ACCEPT_JSON_ONLY || r->endpoint == ACCEPT_LOG) {
        choice = (AcceptChoice){ .format = ACCEPT_JSON, .pretty = found && choice.pretty };
        found = true;
    }
    if (found && r->watch && choice.format == ACCEPT_YAML) {
        found = false;
        accepted = "application/json;stream=watch, " PROTOBUF ";stream=watch";
    }
    if (!found) {
        *status = (Status){
            .code = 406,
            .reason = STR("NotAcceptable"),
            .message = arena_printf(a, "only the following media types are accepted: %s", accepted),
        };
        return false;
    }
    choice.pretty = is_pretty(r, &choice, a);
    *out = choice;
    return true;
}

AcceptChoice accept_for_error(const AcceptRequest *r, Arena *a)
{
    AcceptRequest plain = *r;
    AcceptChoice choice;
    plain.endpoint = ACCEPT_DISCOVERY; /* offers no other form */
    if (!choose(&plain, &choice, a)) {
        choice = (AcceptChoice){ .format = ACCEPT_JSON };
    }
    choice.pretty = is_pretty(r, &choice, a);
    return choice;
}
