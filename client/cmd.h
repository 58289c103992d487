// What every command uses while it runs: the vault, the desk, the person in front of it, and how it prints.
#ifndef CANDOUR_CMD_H
#define CANDOUR_CMD_H

#include <stdbool.h>
#include <stdio.h>

#include "candour.pb-c.h"
#include "command.h"
#include "exit.h"
#include "findings.h"
#include "link.h"
#include "rater.h"
#include "table.h"
#include "vault.h"

struct json_t;

struct run {
    struct invocation given;
    bool json, plain, quiet, yes, no_input; // the flags of every command
    struct vault *vault;                    // open when the command needs it
    struct link *desk;                      // NULL: not connected so far
    Candour__HelloReply *hello;             // with desk
    struct problem problem;
};

// ---- the desk

// Takes the language from --language into the vault, "none" takes it out, and uses the one there is.
MUST_CHECK int cmd_set_language(struct run *run);
// Takes the SOCKS proxy from --socks or CANDOUR_SOCKS into the vault, if there is one; "none" takes it out. Whatever
// connects later goes through it.
MUST_CHECK int cmd_set_proxy(struct run *run);
// Takes the server and the file of certificates into the vault, without saving it; NULL: as it is. ca "none": the
// authorities of this computer. -1: not an address, no such file, or there are rounds of another server.
MUST_CHECK int cmd_set_server(struct run *run, const char *server, const char *ca);
// Connects (rater_desk), unless that was done; a stranger may be let in for signing in. cmd_end closes all.
MUST_CHECK int cmd_desk(struct run *run, bool must_be_signed_in);
// The reply to a request, connecting first; NULL: run->problem. The caller frees it with link_reply_free.
MUST_CHECK void *cmd_call(struct run *run, enum operation operation, const ProtobufCMessage *request);
// Collects credentials and tells how it went; the desk is connected.
MUST_CHECK int cmd_collect(struct run *run);
void cmd_end(struct run *run);

// Bytes for a message. Text stays the caller's.
ProtobufCBinaryData cmd_text(const char *text);

// ---- printing

// On stderr, unless --quiet.
PRINTF(2, 3) void cmd_tell(const struct run *run, const char *format, ...);
// A bar on stderr, where that is a terminal that can draw one: "Sending [####....] 50 %". done == total takes it away.
void cmd_progress(const struct run *run, const char *what, size_t done, size_t total);
// On stderr in any case.
PRINTF(1, 2) void cmd_warn(const char *format, ...);
// The end of a command that changed something: the server's sentence on stderr, or as {"schema": "candour/done/1",
// "command": "round new", "detail": "..."} on stdout.
void cmd_done(const struct run *run, const ProtobufCBinaryData *detail);
PRINTF(2, 3) void cmd_done_text(const struct run *run, const char *format, ...);
// On stderr: the commands that come next for the person whose vault is open, as far as this computer knows; nothing
// while no server is known, and with --quiet or --json.
void cmd_hint(const struct run *run);
// On stderr, of each round that is not finished: until when answers are given, and sent.
void cmd_tell_dates(const struct run *run);
// {"schema": schema}, and printing it.
void cmd_print_json(struct json_t *root);
// The one or the other, as the person asked; a table without rows is not printed. Frees root.
void cmd_print_list(const struct run *run, struct json_t *root, const struct table *table);
// Prints and frees.
void cmd_print_table(const struct run *run, struct table *table);
// "draft", "collecting"
const char *cmd_state(uint32_t state);

// ---- the person

enum { CMD_LINE_BYTES = 1024 };

// One line from stdin after a question on stderr, without its line feed; is_secret: not shown while it is typed.
// -1: EXIT_USAGE when nobody can be asked (instead names the flag to use) or the input ended.
MUST_CHECK int cmd_prompt(struct run *run, const char *question, bool is_secret, const char *instead,
                          char ret_line[CMD_LINE_BYTES]);
// A yes or no that --yes answers. -1: EXIT_FAILED, nothing was done; EXIT_USAGE when nobody can be asked.
MUST_CHECK PRINTF(2, 3) int cmd_yes(struct run *run, const char *question, ...);
// A severe action: its word (a round's name) typed, or given by --confirm. --yes does not do.
MUST_CHECK int cmd_confirm(struct run *run, const char *word, const char *what);
// For vault_open; context: run.
int cmd_passphrase(void *context, char ret_passphrase[VAULT_PASSPHRASE_BYTES]);
// For rater_collect; context: run.
struct rater_talk cmd_talk(struct run *run);

// "peer", "direct reports", as files and people write it; 0: none of them.
Candour__Group cmd_group(const char *text);
// A whole number given by a flag; *number stays as it is when the flag was not given. -1: EXIT_USAGE.
MUST_CHECK int cmd_number(struct run *run, const char *flag, uint32_t min, uint32_t max, uint32_t *number);

// A time given by a flag that must be there; now: what "now" and "+3d" mean. -1: EXIT_USAGE.
MUST_CHECK int cmd_time(struct run *run, const char *flag, int64_t now, int64_t *ret_at);

// ---- files

// Sends rows that were read from a file, and shows what came of it; with problems already found, shows them and sends
// nothing. -1: EXIT_PARTLY when rows were rejected; then nothing was stored.
MUST_CHECK int cmd_import(struct run *run, struct findings *problems, enum operation operation,
                          const ProtobufCMessage *request, bool dry_run);
// Tells how a file was read, where that is not as expected.
struct csv_file;
void cmd_tell_file(const struct run *run, const struct csv_file *file);

// How a file becomes the field "rows" of a request.
struct cmd_file {
    const struct csv_column *columns;
    size_t column_count;
    int (*check)(struct run *run,
                 const struct csv_file *file); // of the whole; -1: run->problem. NULL: nothing to check
    // Fills one row, which is of the field's message and initialised; what is wrong with it goes to problems.
    void (*read)(const struct csv_file *file, size_t i, ProtobufCMessage *row, struct findings *problems);
    enum operation operation;
};
// Reads the file and does cmd_import with the request, all of which but its rows is filled in.
MUST_CHECK int cmd_import_file(struct run *run, const char *path, const struct cmd_file *how,
                               ProtobufCMessage *request);

// A pager for long text when stdout is a terminal; otherwise stdout itself.
FILE *cmd_pager_open(void);
void cmd_pager_close(FILE *out);
// A report on the terminal, with a pager; ends the outline. -1: there is none, for want of memory.
struct outline;
MUST_CHECK int cmd_show(struct run *run, struct outline *outline);

#endif
