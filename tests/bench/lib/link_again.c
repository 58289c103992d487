// The client's code itself, so that its static functions can be called; the library's own copy is then not linked.
#include "client/link.c"

#include "link_again.h"

void link_hang_up(struct link *link) {
    hang_up(link);
}

void link_settle(struct link *link) {
    int rc = link_socket_push(SSL_get_wbio(link->ssl)); // if not, the next request tells
    (void)rc;
}

int link_again(struct link *link, struct problem *ret_problem) {
    hang_up(link);
    int rc = connect_link(link, ret_problem);
    if (rc == 0)
        link_settle(link);
    return rc;
}
