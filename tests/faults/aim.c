#include "aim.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support/sandbox.h"
#include "tests/support/testing.h"

static struct nth *shared(void) {
    static struct nth *map;
    if (map != NULL)
        return map;
    int fd = open(sandbox_variable("NTH_FILE"), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, sizeof *map), 0);
    map = mmap(NULL, sizeof *map, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    assert_true(map != MAP_FAILED);
    return map;
}

void aim_at(int process, enum nth_kind kind, long number) {
    struct nth *aim = shared();
    aim->kind = NTH_NONE;
    aim->left = number;
    aim->process = process;
    if (number > 0)
        aim->kind = (int)kind;
}

long aim_left(void) {
    return shared()->left;
}
