/* SPDX-License-Identifier: Apache-2.0 */
/* What an authorizer answered, and for how long. */
#include "server/access/cache.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static AccessKey key(uint64_t n)
{
    AccessKey k;
    sha256(str_from((const char *)&n, sizeof(n)), k.digest);
    return k;
}

static int get(AccessCache *c, uint64_t n, int64_t now)
{
    AccessKey k = key(n);
    bool allowed;
    return access_cache_get(c, &k, now, &allowed) ? allowed : -1;
}

static void put(AccessCache *c, uint64_t n, bool allowed, int64_t now, int64_t until)
{
    AccessKey k = key(n);
    access_cache_put(c, &k, allowed, now, until);
}

static void holds_until_its_time(void **state)
{
    (void)state;
    AccessCache *c = access_cache_new(4);
    assert_int_equal(get(c, 1, 0), -1);
    put(c, 1, true, 100, 400);
    put(c, 2, false, 100, 130);
    assert_int_equal(get(c, 1, 399), 1);
    assert_int_equal(get(c, 2, 129), 0);
    assert_int_equal(get(c, 2, 130), -1);
    assert_int_equal(get(c, 1, 400), -1);
    assert_int_equal(access_cache_count(c), 0);
    /* one that must not be kept is not, and takes the place of none */
    put(c, 1, true, 500, 500);
    assert_int_equal(get(c, 1, 500), -1);
    put(c, 1, true, 500, 600);
    put(c, 1, false, 510, 520); /* a newer answer counts */
    assert_int_equal(get(c, 1, 511), 0);
    assert_int_equal(access_cache_count(c), 1);
    access_cache_free(c);
}

static void the_one_used_last_stays(void **state)
{
    (void)state;
    AccessCache *c = access_cache_new(3);
    for (uint64_t n = 1; n <= 3; n++) {
        put(c, n, true, 0, 100);
    }
    assert_int_equal(get(c, 1, 1), 1); /* so 2 is the oldest */
    put(c, 4, true, 1, 100);
    assert_int_equal(get(c, 2, 1), -1);
    assert_int_equal(get(c, 1, 1), 1);
    assert_int_equal(get(c, 3, 1), 1);
    assert_int_equal(get(c, 4, 1), 1);
    access_cache_free(c);
}

static void stays_bounded(void **state)
{
    (void)state;
    AccessCache *c = access_cache_new(100);
    for (uint64_t n = 0; n < 10000; n++) {
        put(c, n, n % 3 == 0, (int64_t)n, (int64_t)(n + 1 + n % 50));
        (void)get(c, n * 7 % (n + 1), (int64_t)n);
        assert_in_range(access_cache_count(c), 0, 100);
    }
    put(c, 10001, true, 10000, 20000);
    for (uint64_t n = 20000; n < 20099; n++) {
        put(c, n, false, 10000, 20000);
    }
    assert_int_equal(get(c, 10001, 10000), 1);
    assert_int_equal(access_cache_count(c), 100);
    access_cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_until_its_time),
        cmocka_unit_test(the_one_used_last_stays),
        cmocka_unit_test(stays_bounded),
    };
    return cmocka_run_group_tests_name("access_cache", tests, NULL, NULL);
}
