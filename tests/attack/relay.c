#include "relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "clock.h"
#include "tests/support/testing.h"

enum { PAIRS_MAX = 16, NOTED_MAX = 20000, PIECE = 65536, PAUSE_US = 50, STEP_MS = 100 };

struct pair {
    int fds[2]; // client, server; -1: free
    struct relay_connection *seen;
    int last; // which side spoke last
};

static struct {
    pthread_t thread;
    int listening[2];
    unsigned targets[2];
    struct pair pairs[PAIRS_MAX];
    struct relay_connection seen[NOTED_MAX];
    atomic_size_t count, open;
    atomic_bool is_over;
} self;

static int listen_somewhere(unsigned *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, PAIRS_MAX) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        fail_msg("the relay cannot listen");
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static int dial(unsigned port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void take(size_t door) {
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    int one = 1;
    int client = accept4(self.listening[door], (struct sockaddr *)&from, &len, SOCK_CLOEXEC);
    int server = client >= 0 ? dial(self.targets[door]) : -1;
    for (size_t i = 0; i < PAIRS_MAX && server >= 0 && self.count < NOTED_MAX; i++) {
        if (self.pairs[i].seen != NULL)
            continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct relay_connection *seen = &self.seen[self.count];
        *seen = (struct relay_connection){
            .door = door == 0 ? DOOR_DESK : DOOR_BALLOT, .at = clock_now(), .port = ntohs(from.sin_port)};
        self.pairs[i] = (struct pair){{client, server}, seen, 1};
        self.open++;
        self.count++;
        return;
    }
    close(client);
    close(server);
}

static void end(struct pair *pair) {
    close(pair->fds[0]);
    close(pair->fds[1]);
    pair->seen = NULL;
    self.open--;
}

// Passes on what one side says.
static void pass(struct pair *pair, int from) {
    static uint8_t piece[PIECE];
    ssize_t len = read(pair->fds[from], piece, sizeof piece);
    if (len <= 0) {
        end(pair);
        return;
    }
    *(from == 0 ? &pair->seen->up : &pair->seen->down) += (uint32_t)len;
    pair->seen->turns += pair->last != from;
    pair->last = from;
    for (ssize_t done = 0; done < len;) {
        ssize_t part = send(pair->fds[1 - from], piece + done, (size_t)(len - done), MSG_NOSIGNAL);
        if (part <= 0) {
            end(pair);
            return;
        }
        done += part;
    }
}

static void *work(void *context) {
    (void)context;
    while (!self.is_over) {
        struct pollfd polls[2 + 2 * PAIRS_MAX];
        for (size_t i = 0; i < 2; i++)
            polls[i] = (struct pollfd){.fd = self.listening[i], .events = POLLIN};
        for (size_t i = 0; i < 2 * PAIRS_MAX; i++)
            polls[2 + i] = (struct pollfd){.fd = self.pairs[i / 2].seen != NULL ? self.pairs[i / 2].fds[i % 2] : -1,
                                           .events = POLLIN};
        if (poll(polls, 2 + 2 * PAIRS_MAX, STEP_MS) <= 0)
            continue;
        for (size_t i = 0; i < 2 * PAIRS_MAX; i++)
            if (polls[2 + i].revents != 0 && self.pairs[i / 2].seen != NULL)
                pass(&self.pairs[i / 2], (int)(i % 2));
        for (size_t i = 0; i < 2; i++)
            if (polls[i].revents != 0)
                take(i);
    }
    return NULL;
}

void relay_start(unsigned desk_port, unsigned ballot_port, unsigned ret_ports[2]) {
    self.targets[0] = desk_port;
    self.targets[1] = ballot_port;
    for (size_t i = 0; i < 2; i++)
        self.listening[i] = listen_somewhere(&ret_ports[i]);
    self.is_over = false;
    if (pthread_create(&self.thread, NULL, work, NULL) != 0)
        fail_msg("the relay cannot start");
}

void relay_stop(void) {
    self.is_over = true;
    pthread_join(self.thread, NULL);
    for (size_t i = 0; i < PAIRS_MAX; i++)
        if (self.pairs[i].seen != NULL)
            end(&self.pairs[i]);
    close(self.listening[0]);
    close(self.listening[1]);
}

size_t relay_count(void) {
    while (self.open > 0)
        usleep(PAUSE_US);
    return self.count;
}

const struct relay_connection *relay_get(size_t number) {
    assert_in_range(number, 0, self.count - 1);
    return &self.seen[number];
}

void relay_forget(void) {
    self.count = 0;
}
