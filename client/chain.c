#include "chain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"

int chain_head_read(const char *text, struct chain_head *ret_head) {
    struct chain_head head;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != ':' || strlen(text + digits + 1) != 2 * sizeof head.hash)
        return -1;
    head.link = strtoll(text, NULL, 10);
    for (size_t i = 0; i < sizeof head.hash; i++) {
        char pair[3] = {text[digits + 1 + 2 * i], text[digits + 2 + 2 * i], '\0'};
        if (strspn(pair, "0123456789abcdefABCDEF") != 2)
            return -1;
        head.hash[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    if (head.link == 0)
        return -1;
    *ret_head = head;
    return 0;
}

void chain_head_text(const struct chain_head *head, char ret_text[CHAIN_HEAD_BYTES]) {
    int used = snprintf(ret_text, CHAIN_HEAD_BYTES, "%" PRId64 ":", head->link);
    for (size_t i = 0; i < sizeof head->hash; i++)
        used += snprintf(ret_text + used, CHAIN_HEAD_BYTES - (size_t)used, "%02x", head->hash[i]);
}

static void big_endian(uint64_t value, size_t len, uint8_t *ret_bytes) {
    for (size_t i = 0; i < len; i++)
        ret_bytes[i] = (uint8_t)(value >> 8 * (len - 1 - i));
}

static void hash(const struct chain_head *before, const Candour__AuditLine *line, uint8_t ret_hash[32]) {
    static const char tag[] = "candour-audit-1";
    uint8_t link[8], number[8], at[8], action_len[4], object_len[4], actor[16] = {0}, person[16] = {0};
    big_endian((uint64_t)before->link + 1, sizeof link, link);
    big_endian((uint64_t)line->number, sizeof number, number);
    big_endian((uint64_t)line->at, sizeof at, at);
    big_endian(line->action.len, sizeof action_len, action_len);
    big_endian(line->object.len, sizeof object_len, object_len);
    if (line->has_actor_id && line->actor_id.len == sizeof actor)
        memcpy(actor, line->actor_id.data, sizeof actor);
    if (line->has_person_id && line->person_id.len == sizeof person)
        memcpy(person, line->person_id.data, sizeof person);
    const struct crypto_span parts[] = {
        {tag, sizeof tag - 1},
        {before->hash, sizeof before->hash},
        {link, sizeof link},
        {number, sizeof number},
        {at, sizeof at},
        {actor, sizeof actor},
        {person, sizeof person},
        {action_len, sizeof action_len},
        {line->action.data, line->action.len},
        {object_len, sizeof object_len},
        {line->object.data, line->object.len},
    };
    crypto_sha256(parts, ARRAY_LEN(parts), ret_hash);
}

static uint32_t place(const Candour__AuditLine *line) {
    return line->number < 1 || line->number > UINT32_MAX ? 0 : (uint32_t)line->number;
}

static void add_late(struct chain_late *late, const Candour__AuditLine *line) {
    if (late->count < CHAIN_LATE_NAMED)
        late->numbers[late->count] = place(line);
    late->count++;
}

// One sentence, however many there are; the finding is that of the first.
static void tell_late(const struct chain_late *late, const char *one, const char *many, struct findings *findings) {
    char numbers[CHAIN_LATE_NAMED * 24] = "";
    int used = 0;
    for (size_t i = 0; i < late->count && i < CHAIN_LATE_NAMED; i++)
        used +=
            snprintf(numbers + used, sizeof numbers - (size_t)used, "%s%" PRId64, i > 0 ? ", " : "", late->numbers[i]);
    if (late->count == 1)
        findings_add(findings, (uint32_t)late->numbers[0], "%s", one);
    else if (late->count > 1)
        findings_add(findings, (uint32_t)late->numbers[0], "%zu lines (%s%s) %s", late->count, numbers,
                     late->count > CHAIN_LATE_NAMED ? ", ..." : "", many);
}

static void add_waiting(struct chain *chain, const Candour__AuditLine *line) {
    if (chain->head.link > 0 && line->at < chain->newest - CHAIN_LATE_S)
        add_late(&chain->unchained, line);
    if (chain->waiting++ == 0 || line->at < chain->oldest_waiting)
        chain->oldest_waiting = line->at;
}

void chain_add(struct chain *chain, const Candour__AuditLine *line, struct findings *findings) {
    uint8_t right[32];
    if (!line->has_link || line->hash.len != sizeof right) {
        add_waiting(chain, line);
        return;
    }
    // After a fault the stored hash leads on, so that one fault is one finding.
    hash(&chain->head, line, right);
    if (line->link != chain->head.link + 1)
        findings_add(findings, place(line),
                     "Links %" PRId64 " to %" PRId64 " of the chain are missing before this one.", chain->head.link + 1,
                     line->link - 1);
    else if (line->has_is_gone && line->is_gone)
        findings_add(findings, place(line), "Was taken away; the chain still has its hash.");
    else if (memcmp(right, line->hash.data, sizeof right) != 0)
        findings_add(findings, place(line), "Was changed, or lines before it were exchanged: its hash does not fit.");
    else if (line->at < chain->newest - CHAIN_LATE_S)
        add_late(&chain->misdated, line);
    if (!line->is_gone && line->at > chain->newest)
        chain->newest = line->at;
    chain->head.link = line->link;
    memcpy(chain->head.hash, line->hash.data, sizeof chain->head.hash);
    chain->lines++;
    if (chain->wanted.link != line->link)
        return;
    chain->has_met = true;
    if (memcmp(chain->wanted.hash, line->hash.data, sizeof chain->wanted.hash) != 0)
        findings_add(findings, place(line),
                     "The chain up to here is another one than at the head you gave: lines were changed, and the chain "
                     "was made anew.");
}

void chain_end(const struct chain *chain, struct findings *findings) {
    tell_late(
        &chain->misdated,
        "Says an earlier time than lines before it: it was put in afterwards, or the server's clock was set back.",
        "say an earlier time than lines before them: they were put in afterwards, or the server's clock was set "
        "back.",
        findings);
    tell_late(&chain->unchained, "Is not in the chain, though later lines are: it was put in afterwards.",
              "are not in the chain, though later lines are: they were put in afterwards.", findings);
    if (chain->wanted.link > 0 && !chain->has_met)
        findings_add(findings, 0,
                     "The chain ends at link %" PRId64 ", before the head you gave (%" PRId64
                     "): lines were taken away "
                     "from its end.",
                     chain->head.link, chain->wanted.link);
}
