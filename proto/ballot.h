// The sealed ballot: plaintext[bucket - 48] = u32 length || Ballot || zero padding || signature[64],
// sealed[bucket] = crypto_seal(box key, plaintext). Integers are big-endian; the signature is Ed25519 by vk over
// "candour-ballot-1" || everything before it. Pure.
#ifndef CANDOUR_BALLOT_H
#define CANDOUR_BALLOT_H

#include <stddef.h>
#include <stdint.h>

#include "base.h"
#include "candour.pb-c.h"

enum {
    BALLOT_ITEMS_MAX = 200,
    BALLOT_QUESTIONS_MAX = 8,
    BALLOT_COMMENT_BYTES_MAX = 2400,
    BALLOT_COMMENT_POINTS_MAX = 1000, // code points
    BALLOT_BUCKET_MIN = 4096,
    BALLOT_BUCKET_MAX = 65536,
    BALLOT_NOT_OBSERVED = 255,
    BALLOT_SEQUENCE_NONE = 0xffffffff, // in a reply: no ballot of this name is stored
};

// Why a ballot was refused, for the client; part of the protocol, so numbers never change.
enum ballot_reason {
    BALLOT_FINE = 1,
    BALLOT_UNKNOWN_ROUND = 2,
    BALLOT_NOT_OPEN_YET = 3,
    BALLOT_CLOSED = 4,
    BALLOT_UNREADABLE = 5,      // does not open, wrong length, padding not zero, not a Ballot
    BALLOT_OTHER_ROUND = 6,     // the inner round is not the outer one
    BALLOT_UNKNOWN_SUBJECT = 7, // or group
    BALLOT_BAD_CREDENTIAL = 8,
    BALLOT_BAD_SIGNATURE = 9,
    BALLOT_BAD_RATINGS = 10,  // outside the scale, or the wrong number
    BALLOT_BAD_COMMENT = 11,  // not UTF-8, too long, unknown question
    BALLOT_QUOTA_FULL = 12,   // the group already has as many ballots as raters
    BALLOT_OLD_SEQUENCE = 13, // CONFLICT; reply carries the stored sequence
    BALLOT_TRY_AGAIN = 14,    // BUSY: outcome unknown, repeat the identical request
};

// Largest packed Ballot for items and questions, every comment full; a framework that does not fit is refused.
size_t ballot_size_max(size_t items, size_t questions);
// Room for the packed Ballot in a bucket.
size_t ballot_room(size_t bucket);

// Packs, pads and signs ballot into ret_plain[bucket - 48], and its leaf SHA-256(plaintext) into ret_leaf.
// -1: it does not fit, or ballot_unpack would find it unreadable. Sealing is crypto_seal's.
MUST_CHECK int ballot_pack(const Candour__Ballot *ballot, const uint8_t sign_secret[64], size_t bucket,
                           uint8_t *ret_plain, uint8_t ret_leaf[32]);

// Strictly reads plain[bucket - 48]: length, canonical packing (repacking gives the same bytes), zero padding, field
// lengths, an existing group, a sequence other than 0 and BALLOT_SEQUENCE_NONE, signature. Memory of *ret_ballot is
// from allocator (NULL: malloc), freed by candour__ballot__free_unpacked. Returns BALLOT_FINE, BALLOT_UNREADABLE or
// BALLOT_BAD_SIGNATURE.
MUST_CHECK enum ballot_reason ballot_unpack(const uint8_t *plain, size_t bucket, ProtobufCAllocator *allocator,
                                            Candour__Ballot **ret_ballot, uint8_t ret_leaf[32]);

// Judges the answers against the questionnaire's shape. BALLOT_FINE, BALLOT_BAD_RATINGS or BALLOT_BAD_COMMENT.
enum ballot_reason ballot_check_answers(const Candour__Ballot *ballot, size_t items, unsigned scale_max,
                                        size_t questions);

// What a receipt signs: "candour-receipt-1" || vk || sequence (u32 big-endian) || leaf.
enum { BALLOT_RECEIPT_TEXT_BYTES = 17 + 32 + 4 + 32 };
void ballot_receipt_text(const uint8_t vk[32], uint32_t sequence, const uint8_t leaf[32],
                         uint8_t ret_text[BALLOT_RECEIPT_TEXT_BYTES]);

// Root of the RFC 9162 (2.1.1) Merkle tree over count leaves of 32 bytes, in their order: leaf prefix 0x00, node
// prefix 0x01; no leaves: SHA-256 of nothing.
void ballot_tree_root(const uint8_t (*leaves)[32], size_t count, uint8_t ret_root[32]);

#endif
