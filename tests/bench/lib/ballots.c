#include "ballots.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ballot.h"
#include "credential.h"
#include "crypto.h"

enum { WRAPPED_BYTES = 32 + CRYPTO_WRAP_OVERHEAD };

static int read_hex(FILE *in, uint8_t *ret_bytes, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (fscanf(in, i == 0 ? " %2hhx" : "%2hhx", &ret_bytes[i]) != 1)
            return -1;
    return 0;
}

static int unwrap(const uint8_t kek[32], const char *what, const uint8_t id[16], const uint8_t *wrapped,
                  uint8_t ret_secret[32]) {
    uint8_t about[64];
    size_t len = strlen(what) + 1;
    memcpy(about, what, len);
    memcpy(about + len, id, 16);
    return crypto_unwrap(kek, (struct crypto_span){about, len + 16}, wrapped, WRAPPED_BYTES, ret_secret);
}

int ballots_round_read(const char *path, struct ballots_round *ret_round) {
    struct ballots_round r;
    uint8_t kek[32], box[WRAPPED_BYTES], credential[WRAPPED_BYTES];
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return -1;
    int rc = read_hex(in, r.id, sizeof r.id) != 0 || read_hex(in, r.root, sizeof r.root) != 0 ||
                     read_hex(in, r.box_public, sizeof r.box_public) != 0 || read_hex(in, box, sizeof box) != 0 ||
                     read_hex(in, credential, sizeof credential) != 0 || fscanf(in, "%u", &r.bucket) != 1 ||
                     read_hex(in, kek, sizeof kek) != 0 || unwrap(kek, "box", r.id, box, r.box_secret) != 0 ||
                     unwrap(kek, "credential", r.id, credential, r.credential_secret) != 0
                 ? -1
                 : 0;
    fclose(in);
    if (rc == 0)
        *ret_round = r;
    return rc;
}

void ballots_make(const struct ballots_round *round, const struct ballots_right *right, uint8_t *ret_sealed) {
    static const char text[] = "Listens before deciding, and says plainly why. Should hand over more, and earlier: the "
                               "team waits for answers that others could give.";
    uint8_t seed[32], vk[32], sign_secret[64], y[64], ratings[BALLOTS_ITEMS], info[CREDENTIAL_INFO_BYTES], leaf[32];
    crypto_random(seed, sizeof seed);
    crypto_sign_pair(seed, vk, sign_secret);
    credential_info(right->group, round->id, right->subject, round->root, info);
    crypto_random(ratings, sizeof ratings);
    for (size_t i = 0; i < sizeof ratings; i++)
        ratings[i] = (uint8_t)(1 + ratings[i] % 5);
    uint8_t *plain = malloc(round->bucket);
    Candour__Comment comment = CANDOUR__COMMENT__INIT, *comments = &comment;
    comment.text = (ProtobufCBinaryData){sizeof text - 1, (uint8_t *)(uintptr_t)text};
    Candour__Ballot ballot = CANDOUR__BALLOT__INIT;
    ballot.round = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)round->id};
    ballot.subject = (ProtobufCBinaryData){16, (uint8_t *)(uintptr_t)right->subject};
    ballot.group = right->group;
    ballot.vk = (ProtobufCBinaryData){sizeof vk, vk};
    ballot.y = (ProtobufCBinaryData){sizeof y, y};
    ballot.sequence = 1;
    ballot.ratings = (ProtobufCBinaryData){sizeof ratings, ratings};
    ballot.comments = &comments;
    ballot.n_comments = 1;
    if (plain == NULL || credential_evaluate(round->credential_secret, info, sizeof info, vk, sizeof vk, y) != 0 ||
        ballot_pack(&ballot, sign_secret, round->bucket, plain, leaf) != 0 ||
        crypto_seal(round->box_public, plain, round->bucket - CRYPTO_SEAL_OVERHEAD, ret_sealed) != 0)
        abort();
    free(plain);
}

int ballots_map(const char *path, const uint8_t **ret_ballots, size_t *ret_bytes) {
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    void *map = fstat(fd, &about) == 0 && about.st_size > 0
                    ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0)
                    : MAP_FAILED;
    close(fd);
    if (map == MAP_FAILED)
        return -1;
    *ret_ballots = map;
    *ret_bytes = (size_t)about.st_size;
    return 0;
}
