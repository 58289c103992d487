// ristretto255: the part of the crypto module that refuses what libsodium lets pass.
#include "crypto.h"

#include <sodium.h>
#include <string.h>

enum { BYTES = crypto_core_ristretto255_BYTES, WIDE_BYTES = crypto_core_ristretto255_NONREDUCEDSCALARBYTES };

int crypto_point_check(const uint8_t point[32]) {
    // libsodium takes the identity, which is all zeros, for a valid point, and 1.0.18 does not look at the highest bit.
    bool is_fine = point[BYTES - 1] <= 0x7f && crypto_core_ristretto255_is_valid_point(point) == 1;
    return is_fine && !sodium_is_zero(point, BYTES) ? 0 : -1;
}

int crypto_scalar_check(const uint8_t scalar[32]) {
    uint8_t wide[WIDE_BYTES] = {0};
    uint8_t reduced[BYTES];
    memcpy(wide, scalar, BYTES);
    crypto_core_ristretto255_scalar_reduce(reduced, wide);
    int result = sodium_memcmp(reduced, scalar, BYTES) == 0 ? 0 : -1;
    sodium_memzero(wide, sizeof wide);
    sodium_memzero(reduced, sizeof reduced);
    return result;
}

// libsodium has already written into the result when it refuses; so it goes to product first.
int crypto_point_multiply(const uint8_t scalar[32], const uint8_t point[32], uint8_t ret_point[32]) {
    uint8_t product[BYTES];
    if (crypto_scalar_check(scalar) < 0 || crypto_point_check(point) < 0 ||
        crypto_scalarmult_ristretto255(product, scalar, point) < 0)
        return -1;
    memcpy(ret_point, product, BYTES);
    sodium_memzero(product, sizeof product);
    return 0;
}

int crypto_point_base(const uint8_t scalar[32], uint8_t ret_point[32]) {
    uint8_t product[BYTES];
    if (crypto_scalar_check(scalar) < 0 || crypto_scalarmult_ristretto255_base(product, scalar) < 0)
        return -1;
    memcpy(ret_point, product, BYTES);
    sodium_memzero(product, sizeof product);
    return 0;
}

int crypto_point_add(const uint8_t a[32], const uint8_t b[32], uint8_t ret_point[32]) {
    uint8_t sum[BYTES];
    if (crypto_point_check(a) < 0 || crypto_point_check(b) < 0 || crypto_core_ristretto255_add(sum, a, b) < 0 ||
        sodium_is_zero(sum, BYTES))
        return -1;
    memcpy(ret_point, sum, BYTES);
    sodium_memzero(sum, sizeof sum);
    return 0;
}

void crypto_point_from_hash(const uint8_t wide[64], uint8_t ret_point[32]) {
    crypto_core_ristretto255_from_hash(ret_point, wide);
}

void crypto_scalar_reduce(const uint8_t wide[64], uint8_t ret_scalar[32]) {
    crypto_core_ristretto255_scalar_reduce(ret_scalar, wide);
}

int crypto_scalar_invert(const uint8_t scalar[32], uint8_t ret_scalar[32]) {
    uint8_t inverse[BYTES];
    if (crypto_scalar_check(scalar) < 0 || crypto_core_ristretto255_scalar_invert(inverse, scalar) < 0)
        return -1;
    memcpy(ret_scalar, inverse, BYTES);
    sodium_memzero(inverse, sizeof inverse);
    return 0;
}

void crypto_scalar_multiply(const uint8_t a[32], const uint8_t b[32], uint8_t ret_scalar[32]) {
    crypto_core_ristretto255_scalar_mul(ret_scalar, a, b);
}

void crypto_scalar_add(const uint8_t a[32], const uint8_t b[32], uint8_t ret_scalar[32]) {
    crypto_core_ristretto255_scalar_add(ret_scalar, a, b);
}

void crypto_scalar_subtract(const uint8_t a[32], const uint8_t b[32], uint8_t ret_scalar[32]) {
    crypto_core_ristretto255_scalar_sub(ret_scalar, a, b);
}
