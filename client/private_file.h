// A file that a person saves and only they can read.
#ifndef CANDOUR_PRIVATE_FILE_H
#define CANDOUR_PRIVATE_FILE_H

#include <stdio.h>

#include "base.h"
#include "exit.h"

// Made, or emptied when it was there before. NULL: ret_problem. Ends with private_file_close.
FILE *private_file_open(const char *path, struct problem *ret_problem);
// -1: not all of it reached the disk, and ret_problem says so.
MUST_CHECK int private_file_close(FILE *file, const char *path, struct problem *ret_problem);

#endif
