/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256: the examples of its standard, and lengths around a block. */
#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static const struct {
    const char *text;
    size_t repeat;
    const char *hash;
} rows[] = {
    { "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
    { "a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
    { "a", 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3" },
};

static void hashes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[1001] = "";
        size_t len = strlen(rows[i].text);
        for (size_t k = 0; k < rows[i].repeat; k++) {
            memcpy(text + k * len, rows[i].text, len);
        }
        uint8_t hash[SHA256_BYTES];
        sha256(str_from(text, len * rows[i].repeat), hash);
        char hex[2 * SHA256_BYTES + 1];
        for (size_t k = 0; k < SHA256_BYTES; k++) {
            (void)snprintf(hex + 2 * k, 3, "%02x", hash[k]);
        }
        assert_string_equal(hex, rows[i].hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(hashes) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
