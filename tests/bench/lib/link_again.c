// The client's code itself, so that its static functions can be called; the library's own copy is then not linked.
#include "client/link.c"

#include "link_again.h"

void link_hang_up(struct link *link) {
    hang_up(link);
}

int link_again(struct link *link, struct problem *ret_problem) {
    hang_up(link);
    return connect_link(link, ret_problem);
}
