// Are the rows of a people file fit to be stored? Every address is known once, every manager is known, nobody is their
// own manager, directly or through others. Pure.
#ifndef CANDOUR_DESK_PEOPLE_CHECK_H
#define CANDOUR_DESK_PEOPLE_CHECK_H

#include "daemon/desk/problems.h"

struct people_row {
    ProtobufCBinaryData email, manager; // lower case; manager empty: none
    bool has_manager;                   // false: as stored
    uint32_t line;
};
struct people_known {
    ProtobufCBinaryData email, manager; // of somebody stored; manager empty: none
};

// Adds what is wrong to problems, sorted by line. Working memory comes from problems->arena.
void people_check(const struct people_row *rows, size_t row_count, const struct people_known *known, size_t known_count,
                  struct problems *problems);

#endif
