// What nth.so, loaded into a server by LD_PRELOAD, and whoever aims it share: the file NTH_FILE, mapped by both. One
// process is aimed at, and what is counted there is its calls of one kind.
#ifndef CANDOUR_TESTS_NTH_H
#define CANDOUR_TESTS_NTH_H

#include <stdatomic.h>

enum nth_kind {
    NTH_NONE,
    NTH_WRITE, // write to file or network, sync, rename, removal, connection: the process is killed before the call
    NTH_ALLOC, // of memory: the call fails, once
};
enum { NTH_FIRST = -1 }; // as process: the next candourd that starts, which is the parent

struct nth {
    _Atomic int process;
    _Atomic int kind;
    _Atomic long left; // until it happens, at zero; below zero: so many calls came afterwards
};

#endif
