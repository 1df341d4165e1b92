/* SPDX-License-Identifier: Apache-2.0 */
/* The API server's token file. */
#include "server/auth/token_file.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

/* "token=user/uid[group|group];" for each, in the order of the file. */
static const char *show(const TokenFile *f, Arena *a)
{
    Buf b = buf_new(a);
    for (size_t i = 0; i < f->users.count; i++) {
        const UserInfo *user = f->users.entries[i].value;
        buf_printf(&b, "%.*s=%.*s/%.*s[", STR_ARG(f->users.entries[i].key), STR_ARG(user->name),
                   STR_ARG(user->uid));
        for (size_t j = 0; j < user->groups.count; j++) {
            buf_printf(&b, "%s%.*s", j ? "|" : "", STR_ARG(user->groups.items[j]));
        }
        buf_lit(&b, "];");
    }
    return arena_cstr(a, buf_str(&b));
}

static void files(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *want; /* or the message */
    } rows[] = {
        { "", "" },
        { "\n\r\n\n", "" },
        { "t,u,1\n", "t=u/1[];" },
        { "t,u,1", "t=u/1[];" },
        { "t,u,1,g", "t=u/1[g];" },
        { "t,u,1,\"g,h\"\r\nT,v,2\r\n", "t=u/1[g|h];T=v/2[];" },
        { "t,u,1,g,h,i\n", "t=u/1[g];" }, /* what follows the groups is not looked at */
        { "t,u,,\n", "t=u/[];" },
        { "\"a\"\"b\",\"u\nv\",1", "a\"b=u\nv/1[];" },
        { ",u,1\nt,u,2\n", "t=u/2[];" }, /* no token: left out */
        { "t,u,1\nt,v,2\n", "t=v/2[];" },
        { "\xEF\xBB\xBFt,u,1", "t=u/1[];" },
        { "t,u\n",
          "f: line 1: token,user,uid are needed (and groups may follow), found 2 columns" },
        { "t,u,1\n\nx\n",
          "f: line 3: token,user,uid are needed (and groups may follow), found 1 column" },
        { "t,u,1\na\"b,c,d", "f: line 2: bare \" in non-quoted-field" },
        { "t,u,1\n\"a\"b,c,d", "f: line 2: extraneous or missing \" in quoted-field" },
        { "t,u,1\n\n\"a,b\nc,d\n", "f: line 3: a quoted field does not end" },
        { "\"a\nb\"c,d,e", "f: line 2: extraneous or missing \" in quoted-field" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TokenFile f;
        Err err;
        bool ok = token_file_read(STR("f"), str_from_c(rows[i].text), &a, &f, &err);
        assert_string_equal(ok ? show(&f, &a) : arena_cstr(&a, err.msg), rows[i].want);
        arena_reset(&a);
    }
    arena_done(&a);
}

static void many_columns(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    Buf b = buf_new(&a);
    buf_lit(&b, "t,u,1,\"");
    for (int i = 0; i < 10000; i++) {
        buf_printf(&b, "%sg%d", i ? "," : "", i);
    }
    buf_lit(&b, "\"");
    for (int i = 0; i < 10000; i++) {
        buf_lit(&b, ",x");
    }
    TokenFile f;
    Err err;
    assert_true(token_file_read(STR("f"), buf_str(&b), &a, &f, &err));
    const UserInfo *user = map_get(&f.users, STR("t"));
    assert_int_equal(user->groups.count, 10000);
    assert_string_equal(arena_cstr(&a, user->groups.items[9999]), "g9999");
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(files), cmocka_unit_test(many_columns) };
    return cmocka_run_group_tests_name("auth/token_file", tests, NULL, NULL);
}
