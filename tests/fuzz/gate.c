// The doors with the daemon's own handlers (doors.c).
#include "daemon/ballot/box.h"
#include "daemon/desk/desk.h"
#include "doors.h"

int doors_start(struct worker *worker) {
    return worker->kind == WORKER_DESK ? desk_start(worker) : ballot_start(worker);
}

server_refusal doors_refusal(enum door which) {
    return which == DOOR_BALLOT ? box_refusal : NULL;
}
