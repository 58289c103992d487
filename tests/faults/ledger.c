#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

struct ledger *ledger_new(void) {
    struct ledger *ledger =
        mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(ledger != MAP_FAILED);
    return ledger;
}

struct ledger_name *ledger_find(struct ledger *ledger, const uint8_t vk[32]) {
    for (size_t i = 0; i < ledger->count; i++)
        if (memcmp(ledger->names[i].vk, vk, 32) == 0)
            return &ledger->names[i];
    return NULL;
}

void ledger_add(struct ledger *ledger, const uint8_t vk[32]) {
    assert_in_range(ledger->count, 0, LEDGER_NAMES_MAX - 1);
    assert_null(ledger_find(ledger, vk));
    memcpy(ledger->names[ledger->count++].vk, vk, 32);
}

void ledger_sent(struct ledger_name *name, uint32_t sequence, const uint8_t leaf[32]) {
    memcpy(name->sent[sequence % LEDGER_KEPT].leaf, leaf, 32);
    name->sent[sequence % LEDGER_KEPT].sequence = sequence;
}

void ledger_acked(struct ledger *ledger, struct ledger_name *name, uint32_t sequence) {
    name->acked = sequence;
    ledger->acked++;
}

bool ledger_is_confirmed(const struct ledger_name *name) {
    return name->confirmed == name->acked;
}

// ---------------------------------------------------------------- comparison

struct row {
    unsigned count;
    bool is_as_sent;
    uint32_t sequence;
};

static void take(struct ledger *ledger, const char *line, struct row *rows, struct ledger_result *result) {
    uint8_t vk[32], leaf[32];
    char vk_hex[65], leaf_hex[65];
    uint32_t sequence;
    assert_int_equal(sscanf(line, "%64[0-9a-f]|%u|%64[0-9a-f]", vk_hex, &sequence, leaf_hex), 3);
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(sscanf(vk_hex + 2 * i, "%2hhx", &vk[i]), 1);
        assert_int_equal(sscanf(leaf_hex + 2 * i, "%2hhx", &leaf[i]), 1);
    }
    const struct ledger_name *name = ledger_find(ledger, vk);
    if (name == NULL) {
        result->strange++;
        return;
    }
    struct row *row = &rows[name - ledger->names];
    row->count++;
    row->sequence = sequence;
    row->is_as_sent = name->sent[sequence % LEDGER_KEPT].sequence == sequence &&
                      memcmp(name->sent[sequence % LEDGER_KEPT].leaf, leaf, 32) == 0;
    result->doubled += row->count > 1;
    result->strange += !row->is_as_sent;
}

// The ballots, and how far the counts of them are off.
static bool read_rows(struct ledger *ledger, struct row *rows, struct ledger_result *result) {
    char line[256];
    unsigned off;
    FILE *psql = popen("psql -XAtq -v ON_ERROR_STOP=1 -c \"SELECT encode(vk, 'hex'), sequence, encode(leaf, 'hex') "
                       "FROM ballot.ballot\" -c \"SELECT 'off', coalesce(sum(abs(q.ballots - (SELECT count(*) FROM "
                       "ballot.ballot b WHERE b.round = q.round AND b.subject = q.subject AND b.grp = q.grp))), 0) "
                       "FROM ballot.quota q\"",
                       "re");
    assert_non_null(psql);
    while (fgets(line, sizeof line, psql) != NULL)
        if (sscanf(line, "off|%u", &off) == 1)
            result->doubled += off;
        else
            take(ledger, line, rows, result);
    return pclose(psql) == 0;
}

bool ledger_compare(struct ledger *ledger, struct ledger_result *ret_result) {
    struct ledger_result result = {0};
    struct row *rows = calloc(ledger->count, sizeof *rows);
    uint32_t *acked = calloc(ledger->count, sizeof *acked);
    assert_true(rows != NULL && acked != NULL);
    for (size_t i = 0; i < ledger->count; i++)
        acked[i] = ledger->names[i].acked;
    bool is_read = read_rows(ledger, rows, &result);
    for (size_t i = 0; is_read && i < ledger->count; i++) {
        struct ledger_name *name = &ledger->names[i];
        if (acked[i] == 0)
            continue;
        bool is_lost = rows[i].count == 0 || rows[i].sequence < acked[i] || !rows[i].is_as_sent;
        result.names++;
        result.lost += is_lost;
        if (is_lost) // unless there is a newer receipt by now
            atomic_compare_exchange_strong(&name->acked, &(uint32_t){acked[i]}, rows[i].sequence);
        name->confirmed = is_lost ? rows[i].sequence : acked[i];
    }
    free(acked);
    free(rows);
    if (is_read)
        *ret_result = result;
    return is_read;
}
