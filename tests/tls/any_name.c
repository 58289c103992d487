// For the scanners of tests/tls/scan.sh, which offer no ALPN name of ours: loaded before OpenSSL, it takes away the
// check that an offer has one. All else of the doors' TLS stays as it is.
#include <openssl/ssl.h>

void SSL_CTX_set_client_hello_cb(SSL_CTX *context, SSL_client_hello_cb_fn check, void *argument) {
    (void)context, (void)check, (void)argument;
}
