#include "link_socket.h"

#include <errno.h>
#include <openssl/bio.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct link_socket {
    int fd;
    size_t len;
    uint8_t waiting[2 * 17 * 1024]; // any record, and more of a long request
};

int link_socket_push(BIO *bio) {
    struct link_socket *s = BIO_get_data(bio);
    size_t sent = 0;
    while (sent < s->len) {
        ssize_t n = send(s->fd, s->waiting + sent, s->len - sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    bool is_sent = sent == s->len;
    s->len = 0;
    return is_sent ? 0 : -1;
}

static int write_some(BIO *bio, const char *from, size_t len, size_t *ret_len) {
    struct link_socket *s = BIO_get_data(bio);
    if (s->len == sizeof s->waiting && link_socket_push(bio) != 0)
        return 0;
    size_t room = sizeof s->waiting - s->len, n = len < room ? len : room;
    memcpy(s->waiting + s->len, from, n);
    s->len += n;
    *ret_len = n;
    return 1;
}

static int read_some(BIO *bio, char *to, size_t len, size_t *ret_len) {
    struct link_socket *s = BIO_get_data(bio);
    ssize_t n;
    if (link_socket_push(bio) != 0)
        return 0;
    do
        n = recv(s->fd, to, len, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0)
        return 0;
    *ret_len = (size_t)n;
    return 1;
}

static long control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH; // it is not OpenSSL that knows what comes next
}

static int forget(BIO *bio) {
    free(BIO_get_data(bio));
    return 1;
}

static BIO_METHOD *method; // of the process; NULL: no memory

static void make_method(void) {
    method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "candour");
    if (method != NULL && (!BIO_meth_set_read_ex(method, read_some) || !BIO_meth_set_write_ex(method, write_some) ||
                           !BIO_meth_set_ctrl(method, control) || !BIO_meth_set_destroy(method, forget))) {
        BIO_meth_free(method);
        method = NULL;
    }
}

BIO *link_socket_new(int fd) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_method);
    struct link_socket *s = malloc(sizeof *s);
    BIO *bio = s != NULL && method != NULL ? BIO_new(method) : NULL;
    if (bio == NULL) {
        free(s);
        return NULL;
    }
    s->fd = fd;
    s->len = 0;
    BIO_set_data(bio, s);
    BIO_set_init(bio, 1);
    return bio;
}
