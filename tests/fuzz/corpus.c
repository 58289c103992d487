// usage: corpus FOLDER
// Writes the inputs that the fuzz targets begin with, FOLDER/TARGET/NAME: real messages, files and exchanges, the same
// in every run.
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "ballot.h"
#include "code.h"
#include "fuzz.h"
#include "home.h"
#include "operations.h"
#include "tests/support/sample.h"
#include "tests/support/sample_organisation.h"
#include "tests/support/sample_report.h"

static const char *folder;

// What an input is made of.
static uint8_t bytes[1 << 20];
static size_t len;

static void put(const void *more, size_t more_len) {
    FUZZ_MUST(more_len <= sizeof bytes - len);
    memcpy(bytes + len, more, more_len);
    len += more_len;
}
static void put_byte(unsigned byte) {
    put(&(uint8_t){(uint8_t)byte}, 1);
}
static void put_short(size_t number) {
    put_byte((unsigned)(number >> 8));
    put_byte((unsigned)number);
}
static void put_message(const ProtobufCMessage *message) {
    size_t size = protobuf_c_message_get_packed_size(message);
    FUZZ_MUST(size <= sizeof bytes - len);
    len += protobuf_c_message_pack(message, bytes + len);
}

static void save(const char *target, const char *name, unsigned number) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, target);
    mkdir(path, 0755);
    snprintf(path, sizeof path, "%s/%s/%s-%u", folder, target, name, number);
    FILE *file = fopen(path, "w");
    FUZZ_MUST(file && fwrite(bytes, 1, len, file) == len && fclose(file) == 0);
    len = 0;
}

// ---------------------------------------------------------------- proto

static void write_ballots(void) {
    static const uint8_t seed[32] = {1};
    uint8_t id[16] = {1}, vk[32], secret[64], y[64] = {2}, ratings[30];
    Candour__Ballot ballot = CANDOUR__BALLOT__INIT;
    Candour__Comment comment = CANDOUR__COMMENT__INIT, *comments[] = {&comment};
    crypto_sign_pair(seed, vk, secret);
    memset(ratings, 3, sizeof ratings);
    ratings[4] = BALLOT_NOT_OBSERVED;
    ballot.round = ballot.subject = (ProtobufCBinaryData){sizeof id, id};
    ballot.group = CANDOUR__GROUP__PEER;
    ballot.vk = (ProtobufCBinaryData){sizeof vk, vk};
    ballot.y = (ProtobufCBinaryData){sizeof y, y};
    ballot.sequence = 1;
    ballot.ratings = (ProtobufCBinaryData){sizeof ratings, ratings};
    comment.text = (ProtobufCBinaryData){12, (uint8_t *)"Good: caf\xc3\xa9."};
    for (unsigned with = 0; with < 2; with++) {
        ballot.n_comments = with;
        ballot.comments = comments;
        for (unsigned kind = 2; kind < 4; kind++) { // signed, honest
            put_byte(kind);
            put_byte(with);
            put_message(&ballot.base);
            save("ballot", "ballot", 10 * kind + with);
        }
    }
    static uint8_t plain[BALLOT_BUCKET_MIN], leaf[32];
    FUZZ_MUST(ballot_pack(&ballot, secret, BALLOT_BUCKET_MIN, plain, leaf) == 0);
    put_byte(1);
    put_byte(0);
    put(plain, BALLOT_BUCKET_MIN - CRYPTO_SEAL_OVERHEAD);
    save("ballot", "plain", 0);
    put_byte(4);
    put_byte(0);
    for (unsigned i = 0; i < 5; i++)
        put(leaf, sizeof leaf);
    save("ballot", "leaves", 0);
}

static void put_manifest(const struct manifest *m) {
    size_t text_len;
    char *text = manifest_write(m, &text_len);
    FUZZ_MUST(text);
    put(text, text_len);
    free(text);
}

static void write_manifests(struct client_round *r) {
    struct manifest next = r->manifest;
    size_t text_len;
    char *text = manifest_write(&r->manifest, &text_len);
    put_manifest(&r->manifest);
    save("manifest", "first", 0);
    next.version = 1;
    manifest_hash(text, text_len, next.previous);
    struct manifest_subject subjects[2] = {r->manifest.subjects[0], r->manifest.subjects[1]};
    next.subjects = subjects;
    subjects[1].raters[2]++;
    for (unsigned i = 0; i < 4; i++) {
        next.close += i == 1 ? 86400 : 0;
        subjects[0].retired = i == 2;
        next.rules.threshold = i == 3 ? 3 : 4; // which never may change
        put_manifest(&r->manifest);
        put_byte(0);
        put_manifest(&next);
        save("manifest", "step", i);
    }
    free(text);
}

static void write_agreed(void) {
    static const char *const texts[] = {"\1ABCD-EFGH-JKMN",
                                        "\2"
                                        "2027-01-15T08:00:00Z",
                                        "\3Anna  Caf\xc3\xa9 O'Neil",
                                        "\3ann.lee@west.example",
                                        "\0\0\0\0\x0a\7\2\1",
                                        "\5\4\4\5\1",
                                        "\6\4",
                                        "\7what is wrapped stays what it was, and is read by nobody else"};
    uint8_t secret[32] = {3};
    char code[CODE_TEXT_BYTES], recovery[CODE_RECOVERY_TEXT_BYTES];
    for (unsigned i = 0; i < ARRAY_LEN(texts); i++) {
        put(texts[i], i == 4 ? 9 : strlen(texts[i]));
        save("agreed", "text", i);
    }
    code_new(code);
    put_byte(1);
    put(code, strlen(code));
    save("agreed", "code", 0);
    code_recovery_write(secret, recovery);
    put_byte(1);
    put(recovery, strlen(recovery));
    save("agreed", "code", 1);
    put_byte(4);
    put(client_round_questions, sizeof client_round_questions - 1);
    save("agreed", "questions", 0);
}

// ---------------------------------------------------------------- files

static void write_tables(void) {
    static const char *const files[] = {
        "\0cluster,competency,definition,level,level_name,effective,ineffective\r\n"
        "Strategy,Direction,Sees far,4,Heads,Looks ahead,Looks back\r\n"
        "Strategy,Direction,Sees far,5,Directors,\"Plans, and\nacts\",\r\n",
        "\0\xef\xbb\xbf"
        "Competency;Level;Effective\nCare;4;Listens\nCare;4;Asks\nCare;5;Listens and helps\n",
        "\1"
        "E-Mail,Manager,Group,Level\nann@west.example,bo@west.example,peer,4\nbo@west.example,,self,5\n",
        "\1mail;relationship\n\"caf\xe9@x.y\";report\nann@west.example;other\n",
    };
    for (unsigned i = 0; i < ARRAY_LEN(files); i++) {
        put_byte(i / 2);
        put(files[i] + 1, strlen(files[i] + 1));
        save("table", "file", i);
    }
}

static void write_reports(void) {
    for (enum sample_report which = 0; which < SAMPLE_REPORTS; which++) {
        if (which == SAMPLE_REPORT_LARGE || which == SAMPLE_REPORT_LONG)
            continue; // more of the same
        Candour__Report *report = sample_report_make(which);
        put_byte(which == SAMPLE_REPORT_SELF ? 0x80 : 0);
        put_message(&report->base);
        save("report", "report", which);
        candour__report__free_unpacked(report, NULL);
    }
    put_byte(1);
    put_message(&sample_organisation()->base);
    save("report", "organisation", 0);
}

// ---------------------------------------------------------------- doors

// A step byte: its last digit says what, bits 4 and 5 which peer.
static void put_peer(unsigned what, unsigned peer) {
    for (unsigned byte = 0; byte < 256; byte++)
        if (byte % 10 == what && (byte >> 4 & 3) == peer) {
            put_byte(byte);
            return;
        }
    FUZZ_MUST(!"such a step");
}

static void put_request(unsigned peer, unsigned index, unsigned lie, const struct sample *sample) {
    put_peer(1, peer);
    put_byte(index);
    put_byte(lie);
    put_short(sample->len);
    put(sample->bytes, sample->len);
}

// For both targets over the doors.
static void save_doors(const char *name, unsigned number) {
    size_t all = len;
    save("gate", name, number);
    len = all;
    save("conn", name, number);
}

static void put_entry(unsigned door, unsigned who) {
    len = 0;
    put_byte(door);
    put_peer(0, 0);
    put_peer(4, 0);
    put_byte(who);
}

// Every message, by somebody who may send it, answered with this outcome of the database.
static void write_requests(void) {
    unsigned ours[3] = {0};
    for (size_t i = 0; i < operations_count; i++) {
        const struct operation_row *row = &operations[i];
        static struct sample sample, other;
        unsigned index = ours[row->door]++, who = row->role == ROLE_ADMINISTRATOR ? 2 : 1;
        if (!sample_make(row->request, 0, SAMPLE_FINE, 0, &sample))
            continue;
        if (sample.len > 5000)
            continue;
        put_entry(row->door - DOOR_DESK, who);
        put_request(0, index, 0, &sample);
        put_peer(8, 0);
        put_byte((unsigned)i);
        put_peer(6, 0);
        if (sample_make(row->request, 1, SAMPLE_FINE, 0, &other)) {
            put_request(0, index, 1 + (unsigned)i % 2, &other);
            put_peer(7, 0);
        }
        save_doors(row->name, 0);
        if (row->number != OPERATION_CAST_BALLOT)
            continue;
        put_entry(row->door - DOOR_DESK, 0); // wrong ballots, one after the other
        for (unsigned cast = 0; cast < 6; cast++) {
            put_request(0, index, 0, &sample);
            put_peer(6, 0);
            put_peer(5, 0);
            put_short(cast < 4 ? 10 : 1100);
        }
        save_doors(row->name, 1);
        put_entry(row->door - DOOR_DESK, 0); // and who waits for the answer is in others' way
        for (unsigned cast = 0; cast < 5; cast++) {
            put_request(0, index, 0, &sample);
            put_peer(6, 0);
        }
        for (unsigned peer = 1; peer < 4; peer++)
            put_peer(0, peer);
        put_peer(5, 0);
        put_short(10);
        put_peer(6, 0);
        save_doors(row->name, 2);
    }
}

// Newcomers before a full house of peers who have said half a hello, a whole one, or nothing.
static void write_crowds(void) {
    for (unsigned door = 0; door < 2; door++) {
        len = 0;
        put_byte(door);
        for (unsigned peer = 0; peer < 4; peer++) {
            put_peer(9, peer);
            put_peer(3, peer);
            put_byte(peer == 2 ? 3 : 4);
            put("\1\0\1x", peer == 2 ? 3 : 4);
            put_peer(5, 0);
            put_short(30);
        }
        put_peer(5, 0);
        put_short(600);
        put_peer(6, 0);
        save_doors("crowd", door);
    }
}

// Peers that wait for slots, are silent, slow, lie about lengths, or send what they may not.
static void write_manners(void) {
    static struct sample sample;
    FUZZ_MUST(sample_make(&candour__create_round__descriptor, 0, SAMPLE_FINE, 0, &sample));
    for (unsigned door = 0; door < 2; door++)
        for (unsigned who = 0; who < 8; who++) {
            put_entry(door, who);
            for (unsigned peer = 1; peer < 4; peer++)
                put_peer(peer == 3 ? 9 : 0, peer);
            put_peer(4, 0);
            put_byte(who);
            for (unsigned peer = 0; peer < 3; peer++)
                put_request(peer, door == 0 ? 15 + who : who % 4, who > 4 ? 100 + who : who % 3, &sample);
            put_peer(5, 0);
            put_short(2100);
            put_peer(3, 1);
            put_byte(6);
            put("\2\0\3\1\1\1", 6);
            put_peer(3, 2);
            put_byte(3);
            put(who % 2 ? "\3\0\0" : "\7\0\0", 3);
            put_peer(5, 0);
            put_short(700 * who);
            put_peer(7, 1);
            put_peer(0, 1);
            put_peer(8, 0);
            put_byte(who);
            bytes[0] = (uint8_t)(door | who << 4);
            save_doors(door ? "box" : "desk", who);
        }
}

static void write_tls(void) {
    static const uint8_t inputs[][16] = {
        {0, 0, 3, 'a', 'b', 'c', 5, 200, 6, 0, 3, 0},
        {0, 2, 3, 5, 9, 6, 0, 2, 30, 3, 0},
        {0, 1, 77, 5, 3, 6, 0},
        {1, 0, 1, 'a'},
        {2, 0, 1, 'a'},
        {3, 0, 1, 'a'},
        {4, 4, 9, 22, 3, 1, 0, 4, 1, 0, 0, 0},
        {0x28, 0, 1, 'a'},
        {0x18, 5, 255},
    };
    for (unsigned i = 0; i < ARRAY_LEN(inputs); i++) {
        put(inputs[i], sizeof inputs[i]);
        save("tls", "peer", i);
    }
    // A certificate and its key in one file, and the certificate alone.
    static const uint8_t seed[32] = {6};
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    X509 *certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate), HOME_NOW);
    ASN1_TIME_set(X509_getm_notAfter(certificate), HOME_NOW + 86400);
    X509_set_pubkey(certificate, key);
    FUZZ_MUST(X509_sign(certificate, key, NULL) > 0);
    for (unsigned i = 0; i < 4; i++) {
        BIO *pem = BIO_new(BIO_s_mem());
        char *text;
        if (i < 3)
            PEM_write_bio_X509(pem, certificate);
        if (i < 2)
            PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL);
        if (i == 3)
            PEM_write_bio_PUBKEY(pem, key);
        if (i == 1)
            BIO_write(pem, "\n", 1);
        put_byte(7);
        size_t text_len = (size_t)BIO_get_mem_data(pem, &text);
        put(text, text_len);
        save("tls", "file", i);
        BIO_free(pem);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
}

// ---------------------------------------------------------------- client

static void put_reply(const ProtobufCMessage *message) {
    put_byte(0);
    put_short(protobuf_c_message_get_packed_size(message));
    put_message(message);
}

static void put_hello(void) {
    Candour__HelloReply hello = CANDOUR__HELLO_REPLY__INIT;
    hello.has_status = hello.has_time = true;
    hello.status = CANDOUR__STATUS__OK;
    hello.time = HOME_NOW;
    put_reply(&hello.base);
}

// What each line of client.c asks for first.
static const char *const asked_by[] = {
    "WhoAmI",
    "MyAssignments",
    "MyReports",
    "MyReports",
    "MyReports",
    "GetOrganisationReport",
    "ListRounds",
    "RoundStatus",
    "RoundRisks",
    "RoundWorkload",
    "GetManifest",
    "GetManifest",
    "Letters",
    "CloseRound",
    "MyReports",
    "ListNominations",
    "ListNominations",
    "ListNominations",
    "SuggestRaters",
    "SuggestRaters",
    "FindPeople",
    "ListFrameworks",
    "ListFrameworks",
    "ReadAudit",
    "ReadAudit",
    "ReadRetention",
    "ReadRetention",
    "MailStatus",
    "MailStatus",
    "PreviewMail",
    "ReadMailTexts",
    "ReadMailTexts",
    "PersonData",
    "MyData",
    "GetManifest",
    "GetManifest",
    "Respond",
    "AddWitness",
    "",
    "",
    "SignOut",
    "CreateRound",
};
enum { LINES = ARRAY_LEN(asked_by) };

static size_t put_number(uint8_t *to, uint64_t number) {
    size_t n = 0;
    for (; number >= 0x80; number >>= 7)
        to[n++] = (uint8_t)(number | 0x80);
    to[n++] = (uint8_t)number;
    return n;
}

// A message with one value in every field, as bytes: numbers are `number`, identifiers sixteen bytes, the rest words.
static size_t fill(const ProtobufCMessageDescriptor *message, unsigned number, uint8_t *to) {
    size_t n = 0;
    for (unsigned i = 0; i < message->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->fields[i];
        bool is_message = field->type == PROTOBUF_C_TYPE_MESSAGE, is_fixed32 = field->type == PROTOBUF_C_TYPE_FIXED32;
        uint8_t inner[4096] = {1};
        size_t inner_len = is_message ? fill(field->descriptor, number, inner) : 16;
        if (field->type == PROTOBUF_C_TYPE_BYTES && !strstr(field->name, "id"))
            inner_len = (size_t)snprintf((char *)inner, sizeof inner, "%s",
                                         strstr(field->name, "mail") ? "ann@a.example"
                                         : number == 1               ? "Spring"
                                                                     : "Ann \xe2\x80\x8f Lee");
        bool is_bytes = is_message || field->type == PROTOBUF_C_TYPE_BYTES;
        n += put_number(to + n, field->id << 3 | (is_bytes ? 2 : is_fixed32 ? 5 : 0));
        if (is_bytes) {
            n += put_number(to + n, inner_len);
            memcpy(to + n, inner, inner_len);
            n += inner_len;
        } else if (is_fixed32) {
            memcpy(to + n, &(uint32_t){1}, 4);
            n += 4;
        } else {
            bool is_status = strcmp(field->name, "status") == 0;
            n += put_number(to + n, is_status || field->type == PROTOBUF_C_TYPE_BOOL ? 1
                                    : field->type == PROTOBUF_C_TYPE_INT64           ? HOME_NOW
                                                                                     : number);
        }
    }
    return n;
}

// Replies that are nothing but OK, to every command; and some with all their fields.
static void write_replies(void) {
    Candour__Outcome ok = CANDOUR__OUTCOME__INIT;
    ok.status = CANDOUR__STATUS__OK;
    for (unsigned line = 0; line < LINES; line++) {
        put_byte(line);
        put_hello();
        for (unsigned i = 0; i < 3; i++)
            put_reply(&ok.base);
        save("client", "ok", line);
    }
    for (size_t i = 0; i < operations_count; i++)
        for (unsigned line = 0; line < LINES; line++) {
            static uint8_t filled[16384];
            if (strcmp(operations[i].name, asked_by[line]) != 0)
                continue;
            put_byte(line);
            put_hello();
            for (unsigned number = 1; number < 4; number++) {
                size_t filled_len = fill(operations[i].reply, number, filled);
                put_byte(0);
                put_short(filled_len);
                put(filled, filled_len);
            }
            save("client", "reply", line);
        }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: corpus FOLDER\n", stderr);
        return 2;
    }
    folder = argv[1];
    mkdir(folder, 0755);
    struct client_round *r = home_make();
    write_ballots();
    write_manifests(r);
    write_agreed();
    write_tables();
    write_reports();
    write_requests();
    write_manners();
    write_crowds();
    write_tls();
    write_replies();
    client_round_end(r);
    return 0;
}
