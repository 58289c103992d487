#include "person.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "config.h"
#include "core/db_sync.h"

// NULL when it is done, or a sentence that lives as long as db and arena.
static const char *delete_person(struct db_sync *db, struct arena *arena, const char *email) {
    struct db_segment *s = db_segment_new(arena);
    if (!s)
        return "There is no memory.";
    db_add(s, QUERY_OWNER_DELETE_PERSON);
    db_text(s, email, strlen(email));
    db_time(s, clock_now());
    if (db_sync_run(db, s) != DB_COMMITTED)
        return db_sync_error(db)[0] ? db_sync_error(db) : "The connection to the database was lost. Try again.";
    if (db_is_null(db_result(s, 0), 0, 0))
        return NULL;
    struct db_bytes refusal = db_get_bytes(db_result(s, 0), 0, 0);
    const char *text = arena_printf(arena, "%.*s", (int)refusal.len, (const char *)refusal.data);
    return text ? text : "It was refused.";
}

// Rows that are no more, and samples of them in the planner's statistics, would hold the person for as long as nobody
// clears them: nobody else has to, where little changes.
static void clear(struct db_sync *db) {
    if (db_sync_script(db, "VACUUM (ANALYZE) desk.person, desk.identity, desk.nomination, desk.assignment") !=
        DB_COMMITTED)
        fprintf(stderr, "Old rows could not be cleared from the files: %s. Run VACUUM ANALYZE in the desk database.\n",
                db_sync_error(db));
}

int person_command(const struct config *config, int argc, char **argv) {
    static uint8_t memory[4096];
    char sentence[512] = "";
    struct arena arena;
    if (argc != 4 || strcmp(argv[0], "delete") != 0 || strcmp(argv[2], "--confirm") != 0) {
        fprintf(stderr, "usage: candourd person delete EMAIL --confirm EMAIL\n");
        return 2;
    }
    if (strcmp(argv[1], argv[3]) != 0) {
        fprintf(stderr, "%s and %s differ. Nothing was deleted.\n", argv[1], argv[3]);
        return 1;
    }
    struct db_sync *db = db_sync_open(config->migrate_desk_database, "owner", sentence, sizeof sentence);
    if (!db) {
        fprintf(stderr, "The desk database is not ready: %s. Run candourd migrate first.\n", sentence);
        return 1;
    }
    arena_start(&arena, memory, sizeof memory);
    const char *refusal = delete_person(db, &arena, argv[1]);
    if (refusal)
        fprintf(stderr, "%s Nothing was deleted.\n", refusal);
    else {
        clear(db);
        printf("%s is deleted. Backups hold the person for as long as they are kept.\n", argv[1]);
    }
    arena_reset(&arena);
    db_sync_close(db);
    return refusal ? 1 : 0;
}
