// Witnesses: who asks for their signatures neither collects nor casts without them.
#include <stdlib.h>
#include <string.h>

#include "client/language.h"
#include "code.h"
#include "trust.h"
#include "witness.h"

enum { KEY_BYTES = 32, SIGNED_BYTES = KEY_BYTES + 64 };

static bool is_listed(const Vault__Vault *data, const uint8_t key[KEY_BYTES]) {
    for (size_t i = 0; i < data->n_witness_keys; i++)
        if (data->witness_keys[i].len == KEY_BYTES && memcmp(data->witness_keys[i].data, key, KEY_BYTES) == 0)
            return true;
    return false;
}

static bool is_counted(const Vault__Round *round, size_t before, const uint8_t *key) {
    for (size_t i = 0; i < before; i++)
        if (memcmp(round->witnesses[i].data, key, KEY_BYTES) == 0)
            return true;
    return false;
}

// Different keys of the list whose signature over the root is here.
static unsigned count(const Vault__Vault *data, const Vault__Round *round) {
    unsigned valid = 0;
    for (size_t i = 0; i < round->n_witnesses; i++) {
        const uint8_t *one = round->witnesses[i].data;
        if (round->witnesses[i].len == SIGNED_BYTES && round->root.len == 32 && is_listed(data, one) &&
            !is_counted(round, i, one))
            valid += witness_verify(one, round->root.data, one + KEY_BYTES) == 0;
    }
    return valid;
}

int trust_witnessed(struct vault *vault, const Vault__Round *round, struct problem *ret_problem) {
    const Vault__Vault *data = vault_data(vault);
    unsigned valid = count(data, round);
    if (valid >= data->witnesses_needed)
        return 0;
    char fingerprint[CODE_FINGERPRINT_TEXT_BYTES] = "-";
    if (round->root.len == 32)
        code_fingerprint(round->root.data, fingerprint);
    return problem_set(
        ret_problem, EXIT_RULE,
        _("STOP: %u of the %u witnesses that this computer asks for have signed the rules of the round "
          "%s. Nothing was collected or sent for it. They may not have signed yet: try again later, with "
          "candour assignments list --refresh. If it stays so, ask them whether they signed the "
          "fingerprint %s. If they signed another one, do not answer in this round, and tell someone you "
          "trust outside the team that runs the server."),
        valid, data->witnesses_needed, round->name, fingerprint);
}

static int keep(const Vault__Vault *data, Vault__Round *round, const Candour__Witness *witness) {
    uint8_t one[SIGNED_BYTES];
    if (witness->key.len != KEY_BYTES || witness->signature.len != SIGNED_BYTES - KEY_BYTES || round->root.len != 32)
        return 0;
    memcpy(one, witness->key.data, KEY_BYTES);
    memcpy(one + KEY_BYTES, witness->signature.data, SIGNED_BYTES - KEY_BYTES);
    if (!is_listed(data, one) || is_counted(round, round->n_witnesses, one) ||
        witness_verify(one, round->root.data, one + KEY_BYTES) != 0)
        return 0;
    return vault_add_bytes(&round->witnesses, &round->n_witnesses, one, sizeof one);
}

int trust_fetch_witnesses(struct vault *vault, Vault__Round *round, struct link *desk, struct problem *ret_problem) {
    const Vault__Vault *data = vault_data(vault);
    if (count(data, round) >= data->witnesses_needed)
        return 0;
    Candour__GetWitnesses request = CANDOUR__GET_WITNESSES__INIT;
    request.round = round->id;
    ProtobufCMessage *message;
    if (link_call(desk, OPERATION_GET_WITNESSES, &request.base, &message, ret_problem) != 0)
        return -1;
    const Candour__GetWitnessesReply *reply = (const Candour__GetWitnessesReply *)message;
    int result = 0;
    for (size_t i = 0; i < reply->n_witnesses && result == 0; i++)
        result = keep(data, round, reply->witnesses[i]);
    link_reply_free(message);
    if (result != 0)
        return problem_no_memory(ret_problem);
    if (vault_save(vault, ret_problem) != 0)
        return -1;
    return trust_witnessed(vault, round, ret_problem);
}
