// Signing in and out, and what is kept on this computer.
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "check.h"
#include "code.h"
#include "commands.h"

#include "crypto.h"
#include "json.h"
#include "language.h"
#include "output.h"
#include "when.h"

enum { TOTP_DIGITS = 6 };

struct secret {
    char first[CMD_LINE_BYTES];  // the code from the letter, or the password
    char second[CMD_LINE_BYTES]; // the authenticator's code; "": there is none
};

// ---------------------------------------------------------------- sign-in: what is needed

static bool read_line(FILE *in, char ret_line[CMD_LINE_BYTES]) {
    if (fgets(ret_line, CMD_LINE_BYTES, in) == NULL)
        return false;
    ret_line[strcspn(ret_line, "\r\n")] = '\0';
    return ret_line[0] != '\0';
}

static int read_secret_file(struct run *run, const char *path, struct secret *ret_secret) {
    bool is_input = strcmp(path, "-") == 0;
    FILE *in = is_input ? stdin : fopen(path, "re");
    if (in == NULL)
        return problem_set(&run->problem, errno == ENOENT ? EXIT_NOT_FOUND : EXIT_USAGE,
                           "The file %s cannot be opened (%s).", path, strerror(errno));
    bool is_there = read_line(in, ret_secret->first);
    if (is_there && !read_line(in, ret_secret->second))
        ret_secret->second[0] = '\0';
    if (!is_input)
        fclose(in);
    if (!is_there)
        return problem_set(&run->problem, EXIT_USAGE,
                           "The secret file is empty. Its first line is the code from the letter; for administrators "
                           "the password, with the authenticator's code in the second line.");
    return 0;
}

static int get_secret(struct run *run, struct secret *ret_secret) {
    const char *path = command_value(&run->given, "secret-file");
    if (path != NULL)
        return read_secret_file(run, path, ret_secret);
    if (!command_has(&run->given, "administrator"))
        return cmd_prompt(run, "Code from your letter", false, "--secret-file", ret_secret->first);
    if (cmd_prompt(run, "Password", true, "--secret-file", ret_secret->first) != 0)
        return -1;
    return cmd_prompt(run, "Code from your authenticator", false, "--secret-file", ret_secret->second);
}

// A flag, or the environment; NULL: as remembered.
static const char *setting(const struct run *run, const char *flag, const char *variable) {
    const char *value = command_value(&run->given, flag);
    if (value == NULL)
        value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static int set_server(struct run *run, const Vault__Vault *data) {
    const char *server = setting(run, "server", "CANDOUR_DESK");
    if (server == NULL && data->server == NULL)
        return problem_set(&run->problem, EXIT_USAGE,
                           "Name the server: candour sign-in --server HOST:PORT. It stands in your letter.");
    return cmd_set_server(run, server, setting(run, "ca", "CANDOUR_CA"));
}

static int get_email(struct run *run, const Vault__Vault *data, char ret_email[CMD_LINE_BYTES]) {
    const char *given = command_value(&run->given, "email");
    if (given == NULL)
        given = data->email;
    if (given != NULL)
        snprintf(ret_email, CMD_LINE_BYTES, "%s", given);
    else if (cmd_prompt(run, "Your e-mail address", false, "--email", ret_email) != 0)
        return -1;
    if (!check_email(ret_email, strlen(ret_email)))
        return problem_set(&run->problem, EXIT_USAGE, "%s is not an e-mail address.", ret_email);
    // Answers of two people in one place could be mixed up, and the one could read the other's.
    if (data->n_rounds > 0 && data->email != NULL && strcasecmp(data->email, ret_email) != 0)
        return problem_set(&run->problem, EXIT_RULE,
                           "This computer keeps answers of %s. Use another user account, or remove them first: candour "
                           "wipe",
                           data->email);
    return 0;
}

// ---------------------------------------------------------------- sign-in

static int fill_proof(struct run *run, struct secret *secret, Candour__SignIn *request, Candour__CodeProof *code,
                      Candour__PasswordProof *password) {
    if (secret->second[0] == '\0') {
        char canonical[CODE_TEXT_BYTES];
        if (code_read(secret->first, strlen(secret->first), canonical) != 0)
            return problem_set(&run->problem, EXIT_USAGE,
                               "This is not a code from a letter: it has 12 letters and digits, and one of them is "
                               "wrong. Administrators add --administrator.");
        snprintf(secret->first, sizeof secret->first, "%s", canonical);
        code->code = cmd_text(secret->first);
        request->proof_case = CANDOUR__SIGN_IN__PROOF_CODE;
        request->code = code;
        return 0;
    }
    if (strlen(secret->second) != TOTP_DIGITS || strspn(secret->second, "0123456789") != TOTP_DIGITS)
        return problem_set(&run->problem, EXIT_USAGE, "The authenticator's code has six digits.");
    password->password = cmd_text(secret->first);
    password->totp = (uint32_t)strtoul(secret->second, NULL, 10);
    request->proof_case = CANDOUR__SIGN_IN__PROOF_PASSWORD;
    request->password = password;
    return 0;
}

static int keep_session(struct run *run, const char *email, const Candour__SignInReply *reply) {
    Vault__Vault *data = vault_data(run->vault);
    if (reply->session.len != LINK_SESSION_BYTES)
        return problem_set(&run->problem, EXIT_FAILED, "The server gave no session. Use a client of its version.");
    if (vault_set_bytes(&data->session, reply->session.data, reply->session.len) != 0 ||
        vault_set_text(&data->email, email, strlen(email)) != 0 ||
        vault_set_text(&data->name, reply->name.data, reply->name.len) != 0)
        return problem_no_memory(&run->problem);
    data->has_session = true;
    data->has_administrator = data->administrator = reply->administrator;
    link_set_session(run->desk, reply->session.data);
    return vault_save(run->vault, &run->problem);
}

static void tell_signed_in(struct run *run, const Candour__SignInReply *reply) {
    char name[256], until[WHEN_TEXT_BYTES];
    output_clean(reply->name.data, reply->name.len, true, name, sizeof name);
    when_text(reply->expires, until);
    cmd_done_text(run,
                  reply->administrator ? N_("You are signed in as %s, administrator, until %s.")
                                       : N_("You are signed in as %s until %s."),
                  name, until);
    if (run->hello->purpose == CANDOUR__PURPOSE__DEMO)
        cmd_warn("this is a demonstration server. Do not write anything real.");
}

static int sign_in(struct run *run, const char *email, struct secret *secret) {
    Candour__SignIn request = CANDOUR__SIGN_IN__INIT;
    Candour__CodeProof code = CANDOUR__CODE_PROOF__INIT;
    Candour__PasswordProof password = CANDOUR__PASSWORD_PROOF__INIT;
    request.email = cmd_text(email);
    if (fill_proof(run, secret, &request, &code, &password) != 0 || cmd_desk(run, false) != 0)
        return -1;
    Candour__SignInReply *reply = cmd_call(run, OPERATION_SIGN_IN, &request.base);
    if (reply == NULL)
        return -1;
    int result = keep_session(run, email, reply);
    bool is_administrator = reply->administrator;
    if (result == 0)
        tell_signed_in(run, reply);
    link_reply_free(&reply->base);
    // An administrator who is also a rater collects where they answer, with the code of their letter.
    if (result == 0 && !is_administrator)
        result = cmd_collect(run);
    if (result == 0 && is_administrator)
        cmd_tell(run, "Next: candour round list");
    else if (result == 0)
        cmd_hint(run);
    return result;
}

int cmd_sign_in(struct run *run) {
    char email[CMD_LINE_BYTES];
    struct secret secret = {{0}, {0}};
    Vault__Vault *data = vault_data(run->vault);
    int result = set_server(run, data);
    if (result == 0)
        result = get_email(run, data, email);
    if (result == 0)
        result = get_secret(run, &secret);
    if (result == 0)
        result = sign_in(run, email, &secret);
    crypto_wipe(&secret, sizeof secret);
    return result;
}

// ---------------------------------------------------------------- new-code

int cmd_new_code(struct run *run) {
    char email[CMD_LINE_BYTES];
    Vault__Vault *data = vault_data(run->vault);
    if (set_server(run, data) != 0 || get_email(run, data, email) != 0 || cmd_desk(run, false) != 0)
        return -1;
    Candour__RequestCode request = CANDOUR__REQUEST_CODE__INIT;
    request.email = cmd_text(email);
    Candour__Outcome *reply = cmd_call(run, OPERATION_REQUEST_CODE, &request.base);
    if (reply == NULL)
        return -1;
    cmd_done(run, &reply->detail);
    link_reply_free(&reply->base);
    return 0;
}

// ---------------------------------------------------------------- sign-out, whoami

int cmd_sign_out(struct run *run) {
    Vault__Vault *data = vault_data(run->vault);
    const Candour__SignOut request = CANDOUR__SIGN_OUT__INIT;
    Candour__Outcome *reply = data->has_session ? cmd_call(run, OPERATION_SIGN_OUT, &request.base) : NULL;
    if (reply != NULL)
        link_reply_free(&reply->base);
    else if (data->has_session && run->problem.code != EXIT_NOT_ALLOWED)
        cmd_warn("the server was not told, so the session ends there by its own date: %s", run->problem.sentence);
    if (vault_set_bytes(&data->session, NULL, 0) != 0)
        return problem_no_memory(&run->problem);
    data->has_session = false;
    if (vault_save(run->vault, &run->problem) != 0)
        return -1;
    cmd_done_text(run, "You are signed out. Answers that wait here are still sent: candour send");
    return 0;
}

int cmd_whoami(struct run *run) {
    const Candour__WhoAmI request = CANDOUR__WHO_AM_I__INIT;
    Candour__WhoAmIReply *reply = cmd_call(run, OPERATION_WHO_AM_I, &request.base);
    if (reply == NULL)
        return -1;
    const char *server = vault_data(run->vault)->server;
    if (run->json) {
        json_t *root = json_start("candour/whoami/1");
        json_object_set_new(root, "name", json_bytes(&reply->name));
        json_object_set_new(root, "email", json_bytes(&reply->email));
        json_object_set_new(root, "administrator", json_boolean(reply->administrator));
        json_object_set_new(root, "expires", json_time(reply->expires));
        json_object_set_new(root, "server", json_text(server, strlen(server)));
        cmd_print_json(root);
    } else {
        static const char *const headings[] = {N_("name"), N_("e-mail"), N_("administrator"), N_("signed in until"),
                                               N_("server")};
        struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
        char until[WHEN_TEXT_BYTES];
        when_text(reply->expires, until);
        table_add_text(&table, reply->name.data, reply->name.len);
        table_add_text(&table, reply->email.data, reply->email.len);
        table_add(&table, "%s", reply->administrator ? _("yes") : _("no"));
        table_add(&table, "%s", until);
        table_add(&table, "%s", server);
        cmd_print_table(run, &table);
    }
    link_reply_free(&reply->base);
    return 0;
}

// ---------------------------------------------------------------- what is kept here

int cmd_wipe(struct run *run) {
    if (cmd_confirm(run, "wipe",
                    "This removes everything Candour keeps on this computer: sign-in, drafts, answers that were not "
                    "sent, and receipts. Without a recovery code you cannot answer from another computer.") != 0 ||
        vault_wipe(run->vault, &run->problem) != 0)
        return -1;
    cmd_done_text(run, "Everything of Candour was removed from this computer.");
    return 0;
}

int cmd_passphrase_set(struct run *run) {
    char first[CMD_LINE_BYTES], again[CMD_LINE_BYTES];
    int result = cmd_prompt(run, "New passphrase", true, N_("a terminal"), first);
    if (result == 0 && first[0] == '\0')
        result = problem_set(&run->problem, EXIT_USAGE,
                             "An empty passphrase protects nothing. To remove it: candour "
                             "passphrase remove");
    if (result == 0)
        result = cmd_prompt(run, "The same again", true, N_("a terminal"), again);
    if (result == 0 && strcmp(first, again) != 0)
        result = problem_set(&run->problem, EXIT_USAGE, "The two are not the same. Nothing was changed.");
    if (result == 0)
        result = vault_set_passphrase(run->vault, first, &run->problem);
    crypto_wipe(first, sizeof first);
    crypto_wipe(again, sizeof again);
    if (result == 0)
        cmd_done_text(run, "What is kept on this computer is now sealed. Every command will ask for the passphrase.");
    return result;
}

int cmd_passphrase_remove(struct run *run) {
    if (vault_set_passphrase(run->vault, NULL, &run->problem) != 0)
        return -1;
    cmd_done_text(run, "What is kept on this computer is no longer sealed.");
    return 0;
}
