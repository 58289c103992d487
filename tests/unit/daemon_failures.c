// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
// clang-format on

#include <arpa/inet.h>
#include <string.h>

#include "crypto.h"
#include "daemon/core/failures.h"

static struct failures f;
static enum failure kind = FAILURE_PASSWORD;
static int more = 1;

static unsigned count(const char *address) {
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(1)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(2)};
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return failures_count(&f, (struct sockaddr *)&v4, kind, more);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return failures_count(&f, (struct sockaddr *)&v6, kind, more);
}

// Under another key, when two networks of this test share a counter under the first one.
static void expect_apart(const char *a, const char *b) {
    for (int tries = 0; tries < 10; tries++) {
        failures_forget(&f);
        if (count(a) == 1 && count(b) == 1)
            return;
    }
    fail_msg("%s and %s are counted together", a, b);
}

static void expect_together(const char *a, const char *b) {
    failures_forget(&f);
    assert_int_equal(count(a), 1);
    assert_int_equal(count(b), 2);
}

static void a_network_is_a_24_or_a_64(void **state) {
    (void)state;
    expect_together("192.0.2.1", "192.0.2.254");
    expect_together("192.0.2.1", "::ffff:192.0.2.77");
    expect_together("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff");
    expect_apart("192.0.2.1", "192.0.3.1");
    expect_apart("192.0.2.1", "::ffff:192.0.3.1");
    expect_apart("2001:db8:0:1::1", "2001:db8:0:2::1");
    expect_apart("::ffff:192.0.2.1", "::1");
}

static void each_kind_has_its_own_count(void **state) {
    (void)state;
    failures_forget(&f);
    assert_int_equal(count("192.0.2.1"), 1);
    kind = FAILURE_CODE;
    assert_int_equal(count("192.0.2.1"), 1);
    kind = FAILURE_PASSWORD;
    assert_int_equal(count("192.0.2.1"), 2);
}

static void what_proves_right_is_taken_back(void **state) {
    (void)state;
    failures_forget(&f);
    assert_int_equal(count("192.0.2.1"), 1);
    more = -1;
    assert_int_equal(count("192.0.2.1"), 0);
    assert_int_equal(count("192.0.2.1"), 0);
    more = 1;
    assert_int_equal(count("192.0.2.1"), 1);
}

static void what_is_forgotten_starts_anew_under_another_key(void **state) {
    (void)state;
    uint8_t key[32];
    failures_forget(&f);
    memcpy(key, f.key, sizeof key);
    for (unsigned i = 1; i <= 5; i++)
        assert_int_equal(count("192.0.2.1"), i);
    failures_forget(&f);
    assert_memory_not_equal(key, f.key, sizeof key);
    assert_int_equal(count("192.0.2.1"), 1);
}

// The place of a network's counter does not tell the network without the key.
static void the_place_depends_on_the_key(void **state) {
    (void)state;
    enum { TRIES = 20 };
    unsigned same = 0;
    size_t before = SIZE_MAX;
    for (int i = 0; i < TRIES; i++) {
        size_t place = 0;
        failures_forget(&f);
        assert_int_equal(count("192.0.2.1"), 1);
        while (f.counters[kind][place] == 0)
            place++;
        same += place == before;
        before = place;
    }
    assert_in_range(same, 0, 3);
}

static void a_counter_stays_at_its_end(void **state) {
    (void)state;
    failures_forget(&f);
    for (unsigned i = 0; i < 2 * UINT16_MAX; i++)
        assert_int_not_equal(count("192.0.2.1"), 0);
    assert_int_equal(count("192.0.2.1"), UINT16_MAX);
}

static int start(void **state) {
    (void)state;
    return crypto_start();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_is_a_24_or_a_64),
        cmocka_unit_test(each_kind_has_its_own_count),
        cmocka_unit_test(what_proves_right_is_taken_back),
        cmocka_unit_test(what_is_forgotten_starts_anew_under_another_key),
        cmocka_unit_test(the_place_depends_on_the_key),
        cmocka_unit_test(a_counter_stays_at_its_end),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
