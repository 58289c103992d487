// Brings the database to the state this program needs: the migrations of sql/migrations, forward only, each in one
// transaction and recorded with the SHA-256 of its text.
#ifndef CANDOUR_MIGRATE_H
#define CANDOUR_MIGRATE_H

#include <stddef.h>

#include "base.h"

struct config;
struct db_sync;

// candourd migrate: both sides. Says what it did. 0, or 1 with a sentence on stderr.
int migrate_run(const struct config *config);
// How many migrations of a side ("desk", "ballot") are not yet recorded. -1, with a sentence: the database is newer
// than this program, a migration was changed after it had been applied, or the record cannot be read.
MUST_CHECK int migrate_pending(struct db_sync *db, const char *side, char *ret_sentence, size_t sentence_size);

#endif
