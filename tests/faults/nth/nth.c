// Loaded into candourd (LD_PRELOAD): its n-th write kills it, or its n-th allocation fails. nth.h says when.
#include "nth.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static struct nth *aim;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("NTH_FILE");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0 || strcmp(program_invocation_short_name, "candourd") != 0)
        return;
    void *map = mmap(NULL, sizeof *aim, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        return;
    aim = map;
    atomic_compare_exchange_strong(&aim->process, &(int){NTH_FIRST}, getpid());
}

static int is_due(enum nth_kind kind) {
    return aim != NULL && aim->kind == (int)kind && aim->process == getpid() && --aim->left == 0;
}

// ---------------------------------------------------------------- writes

#define WRITES(type, name, parameters, arguments)                                                                      \
    type name parameters {                                                                                             \
        static type(*real) parameters;                                                                                 \
        if (real == NULL)                                                                                              \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                 \
        if (is_due(NTH_WRITE))                                                                                         \
            raise(SIGKILL);                                                                                            \
        return real arguments;                                                                                         \
    }
WRITES(ssize_t, write, (int fd, const void *bytes, size_t len), (fd, bytes, len))
WRITES(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
WRITES(ssize_t, send, (int fd, const void *bytes, size_t len, int flags), (fd, bytes, len, flags))
WRITES(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRITES(ssize_t, sendto, (int fd, const void *bytes, size_t len, int flags, const struct sockaddr *to, socklen_t to_len),
       (fd, bytes, len, flags, to, to_len))
WRITES(int, connect, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
WRITES(int, fsync, (int fd), (fd))
WRITES(int, fdatasync, (int fd), (fd))
WRITES(int, rename, (const char *from, const char *to), (from, to))
WRITES(int, unlink, (const char *path), (path))

// ---------------------------------------------------------------- memory
// dlsym allocates, so it cannot be asked for these; glibc has them under a second name.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static int has_memory(void) {
    if (!is_due(NTH_ALLOC))
        return 1;
    errno = ENOMEM;
    return 0;
}

void *malloc(size_t size) {
    return has_memory() ? __libc_malloc(size) : NULL;
}

void *calloc(size_t count, size_t size) {
    return has_memory() ? __libc_calloc(count, size) : NULL;
}

void *realloc(void *old, size_t size) {
    return has_memory() ? __libc_realloc(old, size) : NULL;
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size) {
    void *memory = has_memory() ? __libc_memalign(alignment, size) : NULL;
    if (memory == NULL)
        return ENOMEM;
    *ret_memory = memory;
    return 0;
}
