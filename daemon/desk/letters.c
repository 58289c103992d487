// Letters: new codes for people whose invitation waits. Only the keyed hash of a code is stored; the reply carries the
// code once. A client that lost the reply repeats its request, and gets letters for the same people with other codes.
#include <string.h>

#include "code.h"
#include "crypto.h"
#include "daemon/config.h"
#include "daemon/desk/answer.h"
#include "daemon/desk/handlers.h"
#include "daemon/desk/letter.h"
#include "daemon/keys.h"

enum { LETTERS_BYTES_MAX = 900 * 1024 }; // of one reply's letters; what is beyond waits for the next

struct letters_state {
    const uint8_t *round;
    struct letter form; // what is the same in all
    char fingerprint[CODE_FINGERPRINT_TEXT_BYTES];
    const struct db_result *people;
    Candour__Letter *letters; // one for each of the first `count` people
    size_t count, waiting;
};

static void letters_printed(struct request *r) {
    const struct letters_state *state = r->state;
    const struct db_result *printed = db_result(r->segment, 0);
    size_t count = (size_t)db_rows(printed), used = 0, taken = 0;
    Candour__Letter **list = answer_array(r, count, sizeof *list);
    if (list == NULL)
        return;
    // Only what this request took: whoever was printed by somebody else meanwhile has that code now.
    for (size_t i = 0; i < state->count; i++)
        for (size_t j = 0; j < count; j++)
            if (memcmp(db_get_uuid(state->people, (int)i, 0), db_get_uuid(printed, (int)j, 0), 16) == 0) {
                list[used++] = &state->letters[i];
                taken += db_get_bool(state->people, (int)i, 4);
            }
    size_t left = taken < state->waiting ? state->waiting - taken : 0;
    Candour__LettersReply reply = CANDOUR__LETTERS_REPLY__INIT;
    ANSWER_SET(reply, status, CANDOUR__STATUS__OK);
    ANSWER_SET(reply, detail,
               answer_text(r,
                           "%zu letter%s made, %zu waiting. Next: hand them out; the codes are shown only this once.",
                           used, used == 1 ? "" : "s", left));
    ANSWER_SET(reply, left, (uint32_t)left);
    reply.n_letters = used;
    reply.letters = list;
    answer_send(r, &reply.base);
}

// One letter with a new code, and the code's hash.
static void write_letter(struct request *r, int row, Candour__Letter *ret_letter, uint8_t ret_hash[32]) {
    const struct letters_state *state = r->state;
    struct letter form = state->form;
    char code[CODE_TEXT_BYTES], text[LETTER_BYTES_MAX];
    code_new(code);
    form.email = answer_column(state->people, row, 1);
    form.name = answer_column(state->people, row, 2);
    form.leaders = answer_column(state->people, row, 3);
    form.language = answer_column(state->people, row, 6);
    if (form.language.len == 0)
        form.language = text_of(r->worker->config->language);
    form.is_leader = db_get_bool(state->people, row, 5);
    form.code = code;
    size_t len = letter_write(&form, text);
    keys_secret_hash(r->worker->kek, "code", form.email.data, form.email.len, code, strlen(code), ret_hash);
    candour__letter__init(ret_letter);
    ret_letter->email = form.email;
    ret_letter->name = form.name;
    ret_letter->code = answer_text(r, "%s", code);
    ret_letter->text = (ProtobufCBinaryData){len, arena_copy(&r->arena, text, len)};
    crypto_wipe(code, sizeof code);
    crypto_wipe(text, sizeof text);
}

static void print_letters(struct request *r) {
    const Candour__Letters *message = (const Candour__Letters *)r->message;
    struct letters_state *state = r->state;
    size_t people = (size_t)db_rows(state->people), bytes = 0;
    uint8_t(*hashes)[32] = answer_array(r, people, sizeof *hashes);
    if (hashes == NULL)
        return;
    state->letters = answer_array(r, people, sizeof *state->letters);
    if (state->letters == NULL)
        return;
    while (state->count < people && bytes < LETTERS_BYTES_MAX) {
        size_t i = state->count++;
        write_letter(r, (int)i, &state->letters[i], hashes[i]);
        bytes += state->letters[i].text.len + state->letters[i].email.len + state->letters[i].name.len;
    }
    if (r->arena.full) { // before anything is marked as printed
        answer_too_large(r);
        return;
    }
    struct db_segment *s = request_query(r, QUERY_DESK_PRINT_LETTERS);
    db_uuid(s, state->round);
    db_array_begin(s, DB_UUID);
    for (size_t i = 0; i < state->count; i++)
        db_uuid(s, db_get_uuid(state->people, (int)i, 0));
    db_array_end(s);
    db_array_begin(s, DB_BYTEA);
    for (size_t i = 0; i < state->count; i++)
        db_bytes(s, hashes[i], sizeof hashes[i]);
    db_array_end(s);
    if (message->has_request)
        db_uuid(s, message->request.data);
    else
        db_null(s);
    db_bool(s, message->has_email);
    db_time(s, state->form.expires);
    db_time(s, r->now);
    db_uuid(s, r->session->person);
    request_run(r, letters_printed);
}

static void letters_found(struct request *r) {
    const Candour__Letters *message = (const Candour__Letters *)r->message;
    const struct db_result *round = db_result(r->segment, 1);
    const struct config *config = r->worker->config;
    if (db_rows(round) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND, "There is no round of this name. See: candour round list");
        return;
    }
    struct db_bytes root = db_get_bytes(round, 0, 6);
    if (!db_get_bool(round, 0, 1)) {
        request_outcome(r, CANDOUR__STATUS__REFUSED_BY_RULE,
                        "Letters are made while a round is nominating, collecting or answering, and after its close. "
                        "See: candour round status");
        return;
    }
    enum letter_kind kind = (enum letter_kind)db_get_int(round, 0, 8);
    if (root.len != 32 && kind == LETTER_INVITATION) {
        request_outcome(r, CANDOUR__STATUS__BUSY, "This round is being prepared. Try again in a minute.");
        return;
    }
    if (message->has_email && db_rows(db_result(r->segment, 2)) == 0) {
        request_outcome(r, CANDOUR__STATUS__NOT_FOUND,
                        "Nobody with this e-mail address gets a letter in this round. Check the address.");
        return;
    }
    struct letters_state *state = r->state = answer_array(r, 1, sizeof *state);
    if (state == NULL)
        return;
    if (kind == LETTER_INVITATION)
        code_fingerprint(root.data, state->fingerprint);
    state->round = db_get_uuid(round, 0, 0);
    state->people = db_result(r->segment, 2);
    state->waiting = (size_t)db_get_int(round, 0, 7);
    state->form = (struct letter){.organisation = config->organisation,
                                  .desk = config->desk.public_address,
                                  .round = message->round,
                                  .kind = kind,
                                  .fingerprint = state->fingerprint,
                                  .collect_from = db_get_time(round, 0, 2),
                                  .answer_from = db_get_time(round, 0, 3),
                                  .close = db_get_time(round, 0, 4),
                                  .expires = r->now + config->code_s,
                                  .threshold = (uint32_t)db_get_int(round, 0, 5)};
    print_letters(r);
}

// The person that was named, or NULL.
static void add_email(struct request *r, struct db_segment *s) {
    const Candour__Letters *message = (const Candour__Letters *)r->message;
    if (!message->has_email) {
        db_null(s);
        return;
    }
    ProtobufCBinaryData email = text_lower(&r->arena, message->email);
    db_text(s, email.data, email.len);
}

void letters_print(struct request *r) {
    const Candour__Letters *message = (const Candour__Letters *)r->message;
    bool has_mail = r->worker->config->mail.server[0] != '\0'; // then invitations are for people without a mailbox
    struct db_segment *s = request_query(r, QUERY_DESK_LETTERS_WANTED);
    db_text(s, message->round.data, message->round.len);
    add_email(r, s);
    s = request_query(r, QUERY_DESK_LETTERS_ROUND);
    db_text(s, message->round.data, message->round.len);
    db_time(s, r->now);
    db_bool(s, has_mail);
    s = request_query(r, QUERY_DESK_LETTERS_PEOPLE);
    db_text(s, message->round.data, message->round.len);
    db_int4(s, (int32_t)message->limit);
    if (message->has_request)
        db_uuid(s, message->request.data);
    else
        db_null(s);
    add_email(r, s);
    db_bool(s, has_mail);
    request_run(r, letters_found);
}
