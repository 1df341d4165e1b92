/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of pod templates, as the controllers of 1.20 and 1.37 compute them. */
#include "kube/workloads/template_hash.h"

#include "doc/json.h"
#include "kube/workloads/template_print.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void assert_str(Str got, const char *want, Arena *a)
{
    assert_string_equal(arena_cstr(a, got), want);
}

static void hashes_templates(void **state)
{
    (void)state;
    static const struct {
        const char *template;
        const char *hash;
        const char *collided; /* once */
        const char *hash_37;
    } rows[] = {
        { "{\"metadata\":{\"creationTimestamp\":null,\"labels\":{\"a\":\"b\"}},\"spec\":{\"con"
          "tainers\":[{\"name\":\"c\",\"image\":\"i\",\"resources\":{},\"terminationMessagePa"
          "th\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePul"
          "lPolicy\":\"Always\"}],\"restartPolicy\":\"Always\",\"terminationGracePeriodSe"
          "conds\":30,\"dnsPolicy\":\"ClusterFirst\",\"securityContext\":{},\"schedulerNa"
          "me\":\"default-scheduler\"}}",
          "656f7bc7c6", "78b7d9fbf7", "5578cb984d" },
        { "{\"metadata\":{\"creationTimestamp\":null,\"labels\":{\"app\":\"a\"}},\"spec\":{\"c"
          "ontainers\":[{\"name\":\"c\",\"image\":\"i:1\",\"resources\":{},\"terminationMessa"
          "gePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\",\"imag"
          "ePullPolicy\":\"IfNotPresent\"}],\"restartPolicy\":\"Always\",\"terminationGra"
          "cePeriodSeconds\":30,\"dnsPolicy\":\"ClusterFirst\",\"securityContext\":{},\"s"
          "chedulerName\":\"default-scheduler\"}}",
          "74bd95878d", "7bcddd9df", "565f7894b6" },
        { "{\"metadata\":{\"creationTimestamp\":null},\"spec\":{\"containers\":[{\"name\":\""
          "c\",\"resources\":{\"limits\":{\"cpu\":\"100m\",\"memory\":\"64Mi\",\"a.b/c\":\"100Ti\""
          ",\"x/y\":\"2\",\"z/z\":\"0\",\"e/"
          "e\":\"1e3\",\"m\":\"123Pi\",\"k\":\"1500k\",\"n\":\"100Mi\",\""
          "o\":\"-5\"}},\"ports\":[{\"containerPort\":80,\"protocol\":\"TCP\"}],\"livenessPro"
          "be\":{\"httpGet\":{\"path\":\"/\",\"port\":\"http\",\"scheme\":\"HTTP\"},\"timeoutSeco"
          "nds\":1}}],\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}},{\"name\":\"e\",\"emptyDir\""
          ":{\"sizeLimit\":\"1Gi\"}}],\"affinity\":{\"podAntiAffinity\":{\"requiredDuringS"
          "chedulingIgnoredDuringExecution\":[{\"topologyKey\":\"k\",\"labelSelector\":{"
          "\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"x\"]}]}}]}},\""
          "tolerations\":[{\"operator\":\"Exists\"}],\"securityContext\":{\"runAsUser\":0,"
          "\"fsGroup\":5,\"sysctls\":[{\"name\":\"a\",\"value\":\"b\"}]},\"enableServiceLinks\""
          ":false}}",
          "844b486f6b", "b6666d8f9", "664c7ccc6b" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Value t;
        Err err;
        KubeTarget old = kube_target(20);
        KubeTarget new_one = kube_target(37);
        assert_true(json_read(STR("t"), str_from_c(rows[i].template), NULL, &a, &t, &err));
        assert_str(template_hash(&t, (OptInt64){ 0 }, &old, &a), rows[i].hash, &a);
        assert_str(template_hash(&t, (OptInt64){ true, 1 }, &old, &a), rows[i].collided, &a);
        assert_str(template_hash(&t, (OptInt64){ 0 }, &new_one, &a), rows[i].hash_37, &a);
    }
    arena_done(&a);
}

static void prints_quantities(void **state)
{
    (void)state;
#define I(value, scale, text, format)                                               \
    "{i:(resource.int64Amount){value:(int64)" value " scale:(resource.Scale)" scale \
    "} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)" text              \
    " Format:(resource.Format)" format "}"
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        { "0", I("0", "0", "0", "DecimalSI") },
        { "1", I("1", "0", "1", "DecimalSI") },
        { "100m", I("100", "-3", "100m", "DecimalSI") },
        { "-5", I("-5", "0", "-5", "DecimalSI") },
        { "1e3", I("1", "3", "1e3", "DecimalExponent") },
        { "64Mi", I("67108864", "0", "", "BinarySI") },
        { "100Mi", I("104857600", "0", "100Mi", "BinarySI") },
        { "100Ti", "{i:(resource.int64Amount){value:(int64)0 scale:(resource.Scale)0} "
                   "d:(resource.infDecAmount){Dec:(*inf.Dec){unscaled:(big.Int){neg:(bool)false "
                   "abs:(big.nat)[8568098291072368640 5960]} scale:(inf.Scale)9}} s:(string) "
                   "Format:(resource.Format)BinarySI}" },
    };
    Arena a;
    arena_init(&a, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Buf b = buf_new(&a);
        template_print_quantity(str_from_c(rows[i].text), &b);
        assert_str(buf_str(&b), rows[i].want, &a);
    }
    arena_done(&a);
}

static void hashes_revisions(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a, 0);
    assert_str(revision_hash(STR("{\"spec\":{\"template\":{\"$patch\":\"replace\"}}}"),
                             (OptInt64){ true, 0 }, &a),
               "589f85db5b", &a);
    assert_str(revision_hash(STR("{\"spec\":{}}"), (OptInt64){ 0 }, &a), "6d4c5b5d8d", &a);
    assert_str(safe_encode(STR("0123456789"), &a), "456789bcdf", &a);
    /* FNV-1 of "foobar" is 0x31f0b262, of "foobar0" 0xffe8d076 */
    assert_str(revision_hash(STR("foobar"), (OptInt64){ 0 }, &a), "d7cd9cdf4", &a);
    assert_str(revision_hash(STR("foobar"), (OptInt64){ true, 0 }, &a), "86f788ccfd", &a);
    arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_templates),
        cmocka_unit_test(prints_quantities),
        cmocka_unit_test(hashes_revisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
