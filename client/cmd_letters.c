// Letters with personal codes: one text file per person.
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "crypto.h"
#include "json.h"
#include "output.h"
#include "qr.h"

enum { LETTERS_AT_ONCE = 100, TRIES = 6, FILE_NAME_BYTES = 255 + 1 };

// "ann.lee@example.org.txt". Whatever is not plain in a file name becomes "%2F", so that two people never share one.
static int file_name(const ProtobufCBinaryData *email, char ret_name[FILE_NAME_BYTES]) {
    size_t used = 0;
    for (size_t i = 0; i < email->len; i++) {
        unsigned char c = email->data[i];
        if (used + sizeof "%2F.txt" > FILE_NAME_BYTES)
            return -1;
        if (isalnum(c) || strchr("@_-+", c) != NULL || (c == '.' && i > 0))
            ret_name[used++] = (char)c;
        else
            used += (size_t)snprintf(ret_name + used, 4, "%%%02X", c);
    }
    memcpy(ret_name + used, ".txt", sizeof ".txt");
    return used > 0 ? 0 : -1;
}

// The code by which a reader that types signs the person in: the command, and what it asks for. NULL: no memory.
static char *write_qr(struct run *run, const Candour__Letter *letter) {
    char text[1024];
    snprintf(text, sizeof text, "candour sign-in --server %s --email %.*s\n%.*s\n", vault_data(run->vault)->server,
             (int)letter->email.len, (const char *)letter->email.data, (int)letter->code.len,
             (const char *)letter->code.data);
    char *code = qr_text(text);
    crypto_wipe(text, sizeof text);
    return code;
}

static int write_letter(struct run *run, int directory, const Candour__Letter *letter) {
    char name[FILE_NAME_BYTES];
    if (file_name(&letter->email, name) != 0)
        return problem_set(&run->problem, EXIT_FAILED, "The server sent a letter without a usable address.");
    char *qr = command_has(&run->given, "qr") ? write_qr(run, letter) : strdup("");
    if (qr == NULL)
        return problem_no_memory(&run->problem);
    int file = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool is_written = file >= 0 && fchmod(file, 0600) == 0 &&
                      vault_write_all(file, letter->text.data, letter->text.len) == 0 &&
                      vault_write_all(file, qr, strlen(qr)) == 0 && fsync(file) == 0;
    int error = errno;
    free(qr);
    if (file >= 0)
        close(file);
    if (is_written)
        return 0;
    return problem_set(&run->problem, EXIT_PARTLY,
                       "The letter %s cannot be written (%s). Make room, then print that person's again: candour round "
                       "letters with --email.",
                       name, strerror(error));
}

// The same request again names the same people, so a reply that got lost loses nobody. Waits 31 s at most: a round that
// has just begun to collect is still being prepared.
static Candour__LettersReply *ask_letters(struct run *run, Candour__Letters *request) {
    for (int tries = 1;; tries++) {
        Candour__LettersReply *reply = cmd_call(run, OPERATION_LETTERS, &request->base);
        if (reply != NULL || run->problem.code != EXIT_UNREACHABLE || tries == TRIES)
            return reply;
        nanosleep(&(struct timespec){.tv_sec = 1 << (tries - 1)}, NULL);
    }
}

static int write_letters(struct run *run, int directory, unsigned *ret_count) {
    const char *email = command_value(&run->given, "email");
    uint8_t id[16];
    Candour__Letters request = CANDOUR__LETTERS__INIT;
    request.round = cmd_text(run->given.arguments[0]);
    request.limit = LETTERS_AT_ONCE;
    request.has_request = true;
    request.request = (ProtobufCBinaryData){sizeof id, id};
    request.has_email = email != NULL;
    if (email != NULL)
        request.email = cmd_text(email);
    struct problem first = {.code = EXIT_DONE};
    for (bool is_more = true; is_more;) {
        crypto_random(id, sizeof id);
        Candour__LettersReply *reply = ask_letters(run, &request);
        if (reply == NULL)
            return -1;
        // One that cannot be written does not keep the others from being written: their codes are made already.
        for (size_t i = 0; i < reply->n_letters; i++) {
            if (write_letter(run, directory, reply->letters[i]) == 0) {
                (*ret_count)++;
                continue;
            }
            cmd_warn("%s", run->problem.sentence);
            if (first.code == EXIT_DONE)
                first = run->problem;
        }
        is_more = email == NULL && reply->left > 0 && reply->n_letters > 0;
        cmd_progress(run, "Writing letters", *ret_count, *ret_count + (is_more ? reply->left : 0));
        link_reply_free(&reply->base);
    }
    if (first.code == EXIT_DONE)
        return fsync(directory) == 0 ? 0 : problem_set(&run->problem, EXIT_FAILED, "The folder cannot be saved.");
    run->problem = first;
    return -1;
}

int cmd_round_letters(struct run *run) {
    const char *out = command_value(&run->given, "out");
    if (out == NULL)
        return problem_set(&run->problem, EXIT_USAGE, "Say where the letters go: --out DIRECTORY");
    if (crypto_start() != 0)
        return problem_no_memory(&run->problem);
    if (mkdir(out, 0700) != 0 && errno != EEXIST)
        return problem_set(&run->problem, EXIT_USAGE, "The folder %s cannot be made (%s).", out, strerror(errno));
    int directory = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || faccessat(directory, ".", W_OK | X_OK, 0) != 0) {
        int error = errno;
        if (directory >= 0)
            close(directory);
        return problem_set(&run->problem, EXIT_USAGE, "The folder %s cannot be used (%s).", out, strerror(error));
    }
    unsigned count = 0;
    int result = write_letters(run, directory, &count);
    close(directory);
    if (result != 0)
        return -1;
    if (run->json) {
        json_t *root = json_start("candour/round-letters/1");
        json_object_set_new(root, "letters", json_integer(count));
        json_object_set_new(root, "folder", json_text(out, strlen(out)));
        cmd_print_json(root);
    } else if (count == 0) {
        cmd_tell(run, "No letter is waiting: everybody has been given one. A new code for one person: --email ADDRESS");
    } else {
        cmd_tell(
            run,
            "%u letter%s written to %s. Each holds a secret code: give it to its person only, then delete it. Next, "
            "when people have theirs: candour round status shows how many have signed in",
            count, count == 1 ? "" : "s", out);
    }
    return 0;
}
