#include "failures.h"

#include <netinet/in.h>
#include <string.h>

#include "crypto.h"

enum { NETWORK_BYTES = 8, V4_BYTES = 3, MAPPED_AT = 12 };

void failures_forget(struct failures *f) {
    crypto_random(f->key, sizeof f->key);
    memset(f->counters, 0, sizeof f->counters);
}

// An IPv4 address may come in the clothes of an IPv6 one, and is then counted as what it is.
static size_t find_network(const struct sockaddr *from, uint8_t ret_network[NETWORK_BYTES]) {
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
    if (from->sa_family == AF_INET) {
        memcpy(ret_network, &((const struct sockaddr_in *)(const void *)from)->sin_addr, V4_BYTES);
        return V4_BYTES;
    }
    if (from->sa_family != AF_INET6)
        return 0;
    if (IN6_IS_ADDR_V4MAPPED(v6)) {
        memcpy(ret_network, v6->s6_addr + MAPPED_AT, V4_BYTES);
        return V4_BYTES;
    }
    memcpy(ret_network, v6->s6_addr, NETWORK_BYTES);
    return NETWORK_BYTES;
}

unsigned failures_count(struct failures *f, const struct sockaddr *from, enum failure kind, int more) {
    uint8_t network[NETWORK_BYTES], hash[CRYPTO_HASH_BYTES];
    size_t len = find_network(from, network);
    crypto_keyed_hash(f->key, &(struct crypto_span){network, len}, 1, hash, sizeof hash);
    uint16_t *counter = &f->counters[kind][(hash[0] << 8 | hash[1]) % FAILURES_COUNTERS];
    int count = *counter + more;
    *counter = (uint16_t)(count < 0 ? 0 : count > UINT16_MAX ? UINT16_MAX : count);
    crypto_wipe(network, sizeof network);
    crypto_wipe(hash, sizeof hash);
    return *counter;
}
