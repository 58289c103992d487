// The PostgreSQL that a test finds by PGHOST, and a connection that watches and disturbs from outside.
#ifndef CANDOUR_TESTS_DB_SERVER_H
#define CANDOUR_TESTS_DB_SERVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/core/db_sync.h"

static char conninfo[512];
static struct db_sync *other;

static inline void sql(const char *text) {
    if (db_sync_script(other, text) != 0)
        fail_msg("%s", db_sync_error(other));
}

static inline void connect_other(void) {
    assert_non_null(getenv("PGHOST"));
    snprintf(conninfo, sizeof conninfo, "host=%s dbname=%s", getenv("PGHOST"),
             getenv("PGDATABASE") ? getenv("PGDATABASE") : "postgres");
    char sentence[256] = "";
    other = db_sync_open(conninfo, NULL, sentence, sizeof sentence);
    if (!other)
        fail_msg("%s", sentence);
}

#endif
