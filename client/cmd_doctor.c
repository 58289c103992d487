// What is wrong here, and what to do about it. Contacts the desk, or with --ballot-box a ballot box, never both: two
// contacts that fall together would show which connection without a name is whose.
#include <jansson.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cast.h"
#include "clock.h"
#include "commands.h"
#include "json.h"
#include "language.h"
#include "output.h"
#include "trust.h"

enum { CHECKS_MAX = 32, CLOCK_WARNING_S = 60, CLOCK_WRONG_S = 600 };

enum state { STATE_OK, STATE_WARNING, STATE_WRONG, STATE_COUNT };
static const char *const states[STATE_COUNT] = {N_("ok"), N_("warning"), N_("wrong")};

struct checks {
    struct check {
        const char *name;
        enum state state;
        char sentence[sizeof((struct problem *)0)->sentence];
    } list[CHECKS_MAX];
    size_t count;
};

// The format is N_("..."), translated here.
PRINTF(4, 5) static void add(struct checks *checks, const char *name, enum state state, const char *format, ...) {
    if (checks->count == CHECKS_MAX)
        return;
    struct check *check = &checks->list[checks->count++];
    *check = (struct check){.name = name, .state = state};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(check->sentence, sizeof check->sentence, _(format), arguments);
    va_end(arguments);
}

// A sentence that is in the person's language already.
static void add_problem(struct checks *checks, const char *name, const struct problem *problem) {
    add(checks, name, STATE_WRONG, "%s", problem->sentence);
}

// ---------------------------------------------------------------- this computer

static void check_terminal(struct checks *checks) {
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    const char *charset = locale != (locale_t)0 ? nl_langinfo_l(CODESET, locale) : "";
    const char *term = getenv("TERM");
    if (strcmp(charset, "UTF-8") == 0)
        add(checks, "locale", STATE_OK, N_("Text is UTF-8."));
    else
        add(checks, "locale", STATE_WARNING,
            N_("The locale of this terminal is not UTF-8, and names with accents may look wrong. Set LANG to a locale "
               "that ends in .UTF-8, such as C.UTF-8."));
    if (locale != (locale_t)0)
        freelocale(locale);
    if (isatty(STDERR_FILENO) && (term == NULL || term[0] == '\0'))
        add(checks, "terminal", STATE_WARNING, N_("TERM is not set: there is no colour and no progress bar."));
}

static void check_settings(struct checks *checks, const Vault__Vault *data) {
    if (data->server == NULL)
        add(checks, "server", STATE_WARNING,
            N_("No server is known. It stands in your letter: candour sign-in --server HOST:PORT"));
    else
        add(checks, "server", STATE_OK, N_("The server is %s."), data->server);
    if (data->ca_file != NULL && data->ca_file[0] != '\0' && access(data->ca_file, R_OK) != 0)
        add(checks, "certificates", STATE_WRONG,
            N_("The file of certificates to trust, %s, cannot be read. Name it again: candour config --ca FILE"),
            data->ca_file);
    if (data->socks != NULL && data->socks[0] != '\0')
        add(checks, "proxy", STATE_OK, N_("Everything goes through the SOCKS5 proxy %s."), data->socks);
    if (data->server != NULL && !data->has_session)
        add(checks, "sign-in", STATE_WARNING, N_("Nobody is signed in: candour sign-in"));
}

static void check_round(struct checks *checks, const Vault__Round *round, int64_t now, size_t *due) {
    bool has_credential = false;
    for (size_t i = 0; i < round->n_assignments; i++) {
        const Vault__Assignment *one = round->assignments[i];
        has_credential = has_credential || one->y.len > 0;
        if (one->queued != NULL && one->queued->refusal != NULL)
            add(checks, "answers", STATE_WRONG, N_("The answer about %s was refused. See why: candour queue"),
                one->subject_name);
        else if (one->queued != NULL && one->queued->due <= now && round->stopped == NULL)
            ++*due;
    }
    if (round->stopped != NULL)
        add(checks, "round", STATE_WRONG,
            N_("The round %s was stopped: %s. Nothing of it is sent. Show this to somebody you trust outside the team "
               "that runs the server."),
            round->name, round->stopped);
    else if (has_credential && !round->recovery_shown && !vault_is_finished(round))
        add(checks, "recovery code", STATE_WARNING,
            N_("Nobody has written down the recovery code of %s yet. Without it a broken computer ends your answers: "
               "candour recovery-code show"),
            round->name);
}

static void check_rounds(struct checks *checks, struct vault *vault) {
    const Vault__Vault *data = vault_data(vault);
    size_t due = 0, waiting = cast_waiting(vault);
    for (size_t i = 0; i < data->n_rounds; i++)
        check_round(checks, data->rounds[i], clock_now(), &due);
    if (due > 0)
        add(checks, "queue", STATE_WARNING, N_("Answers whose time has come wait here, %zu of %zu: candour send"), due,
            waiting);
    else
        add(checks, "queue", STATE_OK, N_("Answers that wait for their time: %zu."), waiting);
}

// ---------------------------------------------------------------- a server

static void check_clock(struct checks *checks, int64_t server) {
    int64_t off = clock_now() - server, distance = off < 0 ? -off : off;
    enum state state = distance < CLOCK_WARNING_S ? STATE_OK : distance < CLOCK_WRONG_S ? STATE_WARNING : STATE_WRONG;
    if (state == STATE_OK)
        add(checks, "clock", state, N_("The clock agrees with the server's."));
    else
        add(checks, "clock", state,
            off < 0 ? N_("The clock is %lld s behind the server's. Set it right: answers go by it.")
                    : N_("The clock is %lld s ahead of the server's. Set it right: answers go by it."),
            (long long)distance);
}

static void check_desk(struct run *run, struct checks *checks) {
    struct problem problem = {0};
    if (vault_data(run->vault)->server == NULL)
        return;
    if (rater_desk(run->vault, false, &run->desk, &run->hello, &problem) != 0) {
        add_problem(checks, "desk", &problem);
        return;
    }
    add(checks, "desk", STATE_OK, N_("The desk answers over TLS, with a certificate that this computer trusts."));
    check_clock(checks, run->hello->time);
    if (vault_data(run->vault)->has_session && !run->hello->signed_in)
        add(checks, "sign-in", STATE_WARNING, N_("Your sign-in has ended: candour sign-in"));
    if (run->hello->purpose == CANDOUR__PURPOSE__DEMO)
        add(checks, "purpose", STATE_WARNING, N_("This is a demonstration server. Do not write anything real."));
}

// TLS and the pinned key, and not one request.
static void check_ballot_box(struct run *run, struct checks *checks) {
    const Vault__Vault *data = vault_data(run->vault);
    struct problem problem = {0};
    size_t asked = 0;
    for (size_t i = 0; i < data->n_rounds; i++) {
        struct manifest newest;
        struct link_target target;
        struct link *link = NULL;
        if (vault_is_finished(data->rounds[i]) || trust_newest(data->rounds[i], &newest, &problem) != 0)
            continue;
        trust_box_target(run->vault, &newest, &target);
        manifest_free(&newest);
        asked++;
        if (link_open(&target, &link, &problem) != 0)
            add_problem(checks, "ballot box", &problem);
        else
            add(checks, "ballot box", STATE_OK, N_("A ballot box of %s answers over TLS, with the key of its rules."),
                data->rounds[i]->name);
        link_close(link);
    }
    if (asked == 0)
        add(checks, "ballot box", STATE_WARNING,
            N_("No round is known here that has a ballot box: candour assignments list --refresh"));
}

// ---------------------------------------------------------------- all of it

static void show(const struct run *run, const struct checks *checks) {
    static const char *const headings[] = {N_("check"), N_("state"), N_("what")};
    struct table table = {.headings = headings, .columns = ARRAY_LEN(headings)};
    json_t *root = json_start("candour/doctor/1"), *list = json_array();
    json_object_set_new(root, "version", json_string(CANDOUR_VERSION));
    json_object_set_new(root, "checks", list);
    for (size_t i = 0; i < checks->count; i++) {
        const struct check *check = &checks->list[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "check", check->name, "state", states[check->state],
                                              "sentence", json_text(check->sentence, strlen(check->sentence))));
        table_add(&table, "%s", check->name);
        table_add(&table, "%s", states[check->state]);
        table_add(&table, "%s", check->sentence);
        if (run->json || run->plain || (run->quiet && check->state == STATE_OK))
            continue;
        char line[sizeof check->sentence + 64];
        snprintf(line, sizeof line, "%s: %s", _(states[check->state]), check->sentence);
        output_style(stdout, check->state == STATE_OK ? OUTPUT_PLAIN : OUTPUT_WARNING);
        output_sentence(stdout, line);
        output_style(stdout, OUTPUT_PLAIN);
    }
    if (run->json)
        cmd_print_json(root);
    else
        json_decref(root);
    if (run->plain && !run->json)
        table_print(stdout, &table, true);
    table_free(&table);
}

int cmd_doctor(struct run *run) {
    struct checks checks = {.count = 0};
    struct problem problem = {0};
    bool is_box = command_has(&run->given, "ballot-box"), is_offline = command_has(&run->given, "offline");
    if (is_box && is_offline)
        return problem_set(&run->problem, EXIT_USAGE, "--offline and --ballot-box do not go together.");
    add(&checks, "version", STATE_OK, N_("This is candour %s."), CANDOUR_VERSION);
    check_terminal(&checks);
    if (vault_open(NULL, cmd_passphrase, run, &run->vault, &problem) != 0) {
        add_problem(&checks, "vault", &problem);
    } else {
        add(&checks, "vault", STATE_OK,
            vault_is_sealed(run->vault) ? N_("The folder %s is yours alone, and sealed by a passphrase.")
                                        : N_("The folder %s is yours alone. Its file is not sealed; if others use this "
                                             "account: candour passphrase set"),
            vault_directory(run->vault));
        if (cmd_set_language(run) != 0 || cmd_set_proxy(run) != 0)
            return -1;
        check_settings(&checks, vault_data(run->vault));
        if (is_box)
            check_ballot_box(run, &checks);
        else if (!is_offline)
            check_desk(run, &checks);
        check_rounds(&checks, run->vault);
    }
    show(run, &checks);
    size_t wrong = 0;
    for (size_t i = 0; i < checks.count; i++)
        wrong += checks.list[i].state == STATE_WRONG;
    if (wrong == 0)
        return 0;
    return problem_set(&run->problem, EXIT_FAILED, "Some things are wrong here: %zu. Each says what to do.", wrong);
}
