// From a claimed row of the outbox to a mail's text.
#ifndef CANDOUR_LETTERBOX_H
#define CANDOUR_LETTERBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base.h"
#include "daemon/core/db.h"
#include "daemon/mail/message.h"

struct config;

struct letterbox_mail {
    uint8_t id[16], seed[16];
    int32_t attempt, refusals;
    char to[256];
    bool makes_code;  // hash and expires go into the database before the text leaves
    uint8_t hash[32]; // of the code
    int64_t expires;  // of the code
    char text[MESSAGE_BYTES_MAX];
    size_t len;
};

// rows: of the claim. The code is made of the seed and the key alone, so that the same mail again holds the same one.
// The ids and numbers are set in any case; -1: the text could not be written, with a reason in ret_reason.
MUST_CHECK int letterbox_fill(const struct config *config, const uint8_t kek[32], const struct db_result *rows, int row,
                              int64_t now, struct letterbox_mail *ret_mail, const char **ret_reason);

#endif
