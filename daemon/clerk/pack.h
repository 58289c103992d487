// A report as it is stored: the publisher's output with names and texts, packed as a Report message. Pure.
#ifndef CANDOUR_PACK_H
#define CANDOUR_PACK_H

#include <stdint.h>

#include "candour.pb-c.h"
#include "daemon/core/arena.h"
#include "daemon/core/db.h"
#include "daemon/report/figure.h"
#include "daemon/report/spread.h"
#include "manifest.h"
#include "questionnaire.h"

struct report_output;

struct pack_round {
    const char *name, *organisation;
    int64_t answer_from, close; // Unix seconds
    struct manifest_rules rules;
};

struct pack_comment {
    unsigned question;
    struct db_bytes text;
};
struct pack_subject {
    const char *name;
    const struct questionnaire *q;
    uint32_t invited[MANIFEST_GROUPS]; // index group - 1
    struct spread spread;
    const struct pack_comment *comments; // what the output's choice of comments counts
    const Candour__Report *previous;     // the leader's last released report to compare with; NULL: none
};

// The packed message, in the arena. NULL: the arena is full.
const struct db_bytes *pack_report(struct arena *arena, const struct pack_round *round,
                                   const struct pack_subject *subject, const struct report_output *output);

// Parts of messages, in the arena; NULL: it is full. Text is borrowed.
ProtobufCBinaryData pack_text(const char *text);
Candour__Figure *pack_figure(struct arena *arena, const struct figure *figure, const struct range *range); // or NULL
Candour__Rules *pack_rules(struct arena *arena, const struct manifest_rules *rules);
// The message as bytes, in the arena. NULL: the arena is full, perhaps since the message was made.
const struct db_bytes *pack_message(struct arena *arena, const ProtobufCMessage *message);

#endif
