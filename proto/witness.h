// A witness is a person or body outside the team that runs the server, who signs the root of a round's rules and never
// two roots of one round. Who asks for such signatures can be shown no rules that were made for them alone. Pure.
#ifndef CANDOUR_WITNESS_H
#define CANDOUR_WITNESS_H

#include <stdint.h>

#include "base.h"

// Ed25519 over "candour-witness-1" || root. secret: as crypto_sign_pair gives it.
void witness_sign(const uint8_t secret[64], const uint8_t root[32], uint8_t ret_signature[64]);
// 0, or -1: not by this key, or over another root.
MUST_CHECK int witness_verify(const uint8_t key[32], const uint8_t root[32], const uint8_t signature[64]);

#endif
