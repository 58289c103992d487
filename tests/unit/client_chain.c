// The chain of the audit trail: the hash of PROTOCOL.md, and what is found in a chain that does not fit.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "client/chain.h"
#include "crypto.h"

// Worked out with: printf 'candour-audit-1' and the fields as PROTOCOL.md, 13 has them, through sha256sum.
#define FIRST_HEAD  "1:daa3ff34ed58aba1c9f6e06a6ff65f7b42530607e4e72662c0365ebe124f37d5"
#define SECOND_HEAD "2:e3dd55d181e8c9b5d3db9b8e7daad89c593c9b4ba735f888fa89cc0c11bca0af"

static const uint8_t actor[16] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
                                  0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00};
static const uint8_t person[16] = {0x0f, 0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78,
                                   0x87, 0x96, 0xa5, 0xb4, 0xc3, 0xd2, 0xe1, 0xf0};

static ProtobufCBinaryData bytes(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
}

struct two {
    Candour__AuditLine first, second;
    struct chain_head heads[2];
};

static struct two two_lines(void) {
    struct two two;
    candour__audit_line__init(&two.first);
    two.first.number = 3;
    two.first.at = 1700000000;
    two.first.action = bytes("round created");
    two.first.object = bytes("Spring");
    two.first.has_actor_id = two.first.has_link = two.first.has_hash = 1;
    two.first.actor_id = (ProtobufCBinaryData){sizeof actor, (uint8_t *)actor};
    two.first.has_person_id = 1;
    two.first.person_id = (ProtobufCBinaryData){sizeof person, (uint8_t *)person};
    two.first.link = 1;
    candour__audit_line__init(&two.second);
    two.second.number = 5;
    two.second.at = 1700000060;
    two.second.action = bytes("round closed");
    two.second.object = bytes("Fr\xc3\xbchling");
    two.second.has_link = two.second.has_hash = 1;
    two.second.link = 2;
    assert_int_equal(chain_head_read(FIRST_HEAD, &two.heads[0]), 0);
    assert_int_equal(chain_head_read(SECOND_HEAD, &two.heads[1]), 0);
    return two;
}

// The findings in a chain of both lines.
static size_t verify(struct two *two, struct chain *chain) {
    struct findings findings = {0};
    two->first.hash = (ProtobufCBinaryData){32, two->heads[0].hash};
    two->second.hash = (ProtobufCBinaryData){32, two->heads[1].hash};
    chain_add(chain, &two->first, &findings);
    chain_add(chain, &two->second, &findings);
    chain_end(chain, &findings);
    size_t count = findings.count;
    findings_free(&findings);
    return count;
}

static void the_hash_is_that_of_the_protocol(void **state) {
    (void)state;
    struct two two = two_lines();
    struct chain chain = {.lines = 0};
    char head[CHAIN_HEAD_BYTES];
    assert_int_equal(verify(&two, &chain), 0);
    assert_int_equal(chain.lines, 2);
    chain_head_text(&chain.head, head);
    assert_string_equal(head, SECOND_HEAD);
}

static void one_fault_is_one_finding(void **state) {
    (void)state;
    for (int fault = 0; fault < 9; fault++) {
        struct two two = two_lines();
        struct chain chain = {.lines = 0};
        switch (fault) {
        case 0:
            two.first.at++;
            break;
        case 1:
            two.first.number++;
            break;
        case 2:
            two.first.has_actor_id = 0;
            break;
        case 7:
            two.first.has_person_id = 0;
            break;
        case 3:
            two.first.object = bytes("Sprin");
            break;
        case 4:
            two.first.action = bytes("round createdS"), two.first.object = bytes("pring");
            break;
        case 5:
            two.second.link = 3;
            break;
        case 6:
            two.first.has_is_gone = two.first.is_gone = 1;
            break;
        default:
            chain.wanted = (struct chain_head){.link = 3};
            break;
        }
        if (verify(&two, &chain) != 1)
            fail_msg("fault %d", fault);
    }
}

static void a_waiting_line_is_late_only_when_its_time_is(void **state) {
    (void)state;
    for (int late = 0; late < 2; late++) {
        struct two two = two_lines();
        struct chain chain = {.lines = 0};
        struct findings findings = {0};
        assert_int_equal(verify(&two, &chain), 0);
        Candour__AuditLine waiting = two.second;
        waiting.has_link = waiting.has_hash = 0;
        waiting.at -= CHAIN_LATE_S + late;
        chain_add(&chain, &waiting, &findings);
        chain_end(&chain, &findings);
        assert_int_equal(findings.count, late);
        assert_int_equal(chain.waiting, 1);
        findings_free(&findings);
    }
}

static void many_late_lines_are_one_finding(void **state) {
    (void)state;
    struct two two = two_lines();
    struct chain chain = {.lines = 0};
    struct findings findings = {0};
    assert_int_equal(verify(&two, &chain), 0);
    for (int i = 0; i < 60; i++) {
        Candour__AuditLine waiting = two.second;
        waiting.number = 10 + i;
        waiting.has_link = waiting.has_hash = 0;
        waiting.at -= CHAIN_LATE_S + 1;
        chain_add(&chain, &waiting, &findings);
    }
    chain_end(&chain, &findings);
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].line, 10);
    assert_string_equal(findings.list[0].sentence, "60 lines (10, 11, 12, 13, ...) are not in the chain, though later "
                                                   "lines are: they were put in afterwards.");
    findings_free(&findings);
}

static void an_earlier_head_is_met(void **state) {
    (void)state;
    struct two two = two_lines();
    struct chain chain = {.wanted = two.heads[0]};
    assert_int_equal(verify(&two, &chain), 0);
    chain = (struct chain){.wanted = two.heads[0]};
    chain.wanted.hash[31] ^= 1;
    assert_int_equal(verify(&two, &chain), 1);
}

static void other_heads_are_refused(void **state) {
    (void)state;
    static const char *const wrong[] = {"", "1", "1:", ":", "0:", "-1:", "x:"};
    struct chain_head head;
    char text[CHAIN_HEAD_BYTES + 64];
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(chain_head_read(wrong[i], &head), -1);
        snprintf(text, sizeof text, "%s%s", wrong[i], strchr(FIRST_HEAD, ':') + 1);
        if (i > 1)
            assert_int_equal(chain_head_read(text, &head), i == 2 ? 0 : -1);
    }
    snprintf(text, sizeof text, "%s0", FIRST_HEAD);
    assert_int_equal(chain_head_read(text, &head), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_that_of_the_protocol),
        cmocka_unit_test(one_fault_is_one_finding),
        cmocka_unit_test(a_waiting_line_is_late_only_when_its_time_is),
        cmocka_unit_test(many_late_lines_are_one_finding),
        cmocka_unit_test(an_earlier_head_is_met),
        cmocka_unit_test(other_heads_are_refused),
    };
    return crypto_start() != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
