// A postman: sends what waits in the outbox of the desk's database (sql/migrations/desk/*_mail.sql), one mail after
// the other, from a process of its own that knows addresses and nothing of ballots. There may be several, on several
// hosts. A mail is claimed, then marked as handed over when the mail server has said yes to its recipient and before
// its text leaves, then marked with what became of it. Who dies before the text left has sent nothing; who dies between
// the last byte and the mark leaves a mail of which nobody can tell (docs/operator.md says what is done then).
#ifndef CANDOUR_POSTMAN_H
#define CANDOUR_POSTMAN_H

#include "base.h"

struct worker;

enum { POSTMAN_BYTES = 4 * 1024 * 1024 }; // of memory at most, beside what any process has

// Called once in its process, with worker->kek read. 0, or -1 with a log line. It blocks while a mail is on its way.
MUST_CHECK int postman_start(struct worker *worker);
void postman_stop(void);

#endif
