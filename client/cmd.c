#include "cmd.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/language.h"
#include "client/render/terminal.h"
#include "clock.h"
#include "json.h"
#include "output.h"
#include "trust.h"
#include "when.h"

// ---------------------------------------------------------------- the desk

int cmd_set_language(struct run *run) {
    Vault__Vault *data = vault_data(run->vault);
    const char *given = command_value(&run->given, "language"), *before = data->language != NULL ? data->language : "";
    const char *now = given == NULL ? before : strcmp(given, "none") == 0 ? "" : given;
    if (now[0] != '\0' && !language_is_code(now))
        return problem_set(&run->problem, EXIT_USAGE,
                           "%s is not the code of a language. Write two letters, such as cy or en, or none.", now);
    if (now[0] != '\0')
        language_use(now);
    if (strcmp(now, before) == 0)
        return 0;
    if (vault_set_text(&data->language, now, strlen(now)) != 0)
        return problem_no_memory(&run->problem);
    return vault_save(run->vault, &run->problem);
}

int cmd_set_proxy(struct run *run) {
    Vault__Vault *data = vault_data(run->vault);
    const char *proxy = command_value(&run->given, "socks"), *before = data->socks != NULL ? data->socks : "";
    char host[LINK_ADDRESS_BYTES], port[6];
    if (proxy == NULL)
        proxy = getenv("CANDOUR_SOCKS");
    if (proxy == NULL || proxy[0] == '\0')
        return 0;
    bool is_none = strcmp(proxy, "none") == 0;
    if (!is_none && (strlen(proxy) >= LINK_ADDRESS_BYTES || link_split(proxy, host, port) != 0))
        return problem_set(&run->problem, EXIT_USAGE,
                           "%s is not the address of a SOCKS proxy. Write HOST:PORT, or none.", proxy);
    const char *now = is_none ? "" : proxy;
    if (strcmp(now, before) == 0)
        return 0;
    if (vault_set_text(&data->socks, now, strlen(now)) != 0)
        return problem_no_memory(&run->problem);
    return vault_save(run->vault, &run->problem);
}

int cmd_desk(struct run *run, bool must_be_signed_in) {
    if (run->desk != NULL)
        return 0;
    return rater_desk(run->vault, must_be_signed_in, &run->desk, &run->hello, &run->problem);
}

void *cmd_call(struct run *run, enum operation operation, const ProtobufCMessage *request) {
    ProtobufCMessage *reply = NULL;
    if (cmd_desk(run, true) != 0 || link_call(run->desk, (uint16_t)operation, request, &reply, &run->problem) != 0)
        return NULL;
    return reply;
}

int cmd_collect(struct run *run) {
    struct rater_talk talk = cmd_talk(run);
    struct rater_collected collected;
    if (rater_collect(run->vault, run->desk, &talk, &collected, &run->problem) != 0)
        return -1;
    if (collected.postponed > 0)
        cmd_tell(run,
                 ngettext("%u round could not be made ready yet. Try again in a few minutes: candour assignments list "
                          "--refresh",
                          "%u rounds could not be made ready yet. Try again in a few minutes: candour assignments list "
                          "--refresh",
                          collected.postponed),
                 collected.postponed);
    if (collected.collected > 0)
        cmd_tell(run,
                 ngettext("You can answer about %u person. Next: candour assignments list",
                          "You can answer about %u people. Next: candour assignments list", collected.assignments),
                 collected.assignments);
    return 0;
}

void cmd_end(struct run *run) {
    link_close(run->desk);
    if (run->hello != NULL)
        link_reply_free(&run->hello->base);
    vault_close(run->vault);
    run->desk = NULL;
    run->hello = NULL;
    run->vault = NULL;
}

ProtobufCBinaryData cmd_text(const char *text) {
    return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

// ---------------------------------------------------------------- printing

static void print_line(const char *before, const char *format, va_list arguments) {
    char line[2048];
    int used = snprintf(line, sizeof line, "%s", before);
    vsnprintf(line + used, sizeof line - (size_t)used, _(format), arguments);
    fflush(stdout); // what was printed before stands before
    output_sentence(stderr, line);
}

void cmd_tell(const struct run *run, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    if (!run->quiet)
        print_line("", format, arguments);
    va_end(arguments);
}

void cmd_warn(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    output_style(stderr, OUTPUT_WARNING);
    print_line(_("Warning: "), format, arguments);
    output_style(stderr, OUTPUT_PLAIN);
    va_end(arguments);
}

void cmd_done(const struct run *run, const ProtobufCBinaryData *detail) {
    if (run->json) {
        const struct command *command = run->given.command;
        json_t *root = json_start("candour/done/1");
        json_object_set_new(
            root, "command",
            json_sprintf("%s%s%s", command->noun, command->verb ? " " : "", command->verb ? command->verb : ""));
        json_object_set_new(root, "detail", json_bytes(detail));
        cmd_print_json(root);
    } else if (detail->len > 0 && !run->quiet) {
        char *text = strndup((const char *)detail->data, detail->len);
        if (text != NULL)
            output_sentence(stderr, text);
        free(text);
    }
}

void cmd_done_text(const struct run *run, const char *format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, _(format), arguments);
    va_end(arguments);
    ProtobufCBinaryData detail = cmd_text(text);
    cmd_done(run, &detail);
}

void cmd_tell_dates(const struct run *run) {
    const Vault__Vault *data = vault_data(run->vault);
    for (size_t i = 0; i < data->n_rounds; i++) {
        const Vault__Round *round = data->rounds[i];
        char end[WHEN_TEXT_BYTES], until[WHEN_TEXT_BYTES];
        int64_t close, answers_until = trust_answers_until(round, &close);
        if (answers_until == 0 || close <= clock_now() || vault_is_finished(round))
            continue;
        when_text(answers_until, until);
        when_text(close, end);
        cmd_tell(
            run,
            clock_now() < answers_until
                ? N_("%s: answers are given until %s. From then until the close, %s, they are sent: this computer "
                     "must be on.")
                : N_("%s: answering ended on %s. Until the close, %s, answers are sent: this computer must be on."),
            round->name, until, end);
    }
}

void cmd_print_json(json_t *root) {
    json_write(stdout, root);
}

void cmd_print_list(const struct run *run, json_t *root, const struct table *table) {
    if (run->json)
        cmd_print_json(root);
    else
        json_decref(root);
    if (!run->json && table->count > 0)
        table_print(stdout, table, run->plain);
}

void cmd_print_table(const struct run *run, struct table *table) {
    table_print(stdout, table, run->plain);
    table_free(table);
}

const char *cmd_state(uint32_t state) {
    static const char *const names[] = {"",          "draft",  "nominating", "collecting",
                                        "answering", "closed", "released",   "archived"};
    return state < ARRAY_LEN(names) ? names[state] : "unknown";
}

Candour__Group cmd_group(const char *text) {
    static const struct {
        const char *word;
        Candour__Group group;
    } words[] = {
        {"self", CANDOUR__GROUP__SELF},
        {"manager", CANDOUR__GROUP__MANAGER},
        {"line manager", CANDOUR__GROUP__MANAGER},
        {"boss", CANDOUR__GROUP__MANAGER},
        {"peer", CANDOUR__GROUP__PEER},
        {"peers", CANDOUR__GROUP__PEER},
        {"report", CANDOUR__GROUP__REPORT},
        {"reports", CANDOUR__GROUP__REPORT},
        {"direct report", CANDOUR__GROUP__REPORT},
        {"direct reports", CANDOUR__GROUP__REPORT},
        {"other", CANDOUR__GROUP__OTHER},
        {"others", CANDOUR__GROUP__OTHER},
        {"partner", CANDOUR__GROUP__OTHER},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcasecmp(words[i].word, text) == 0)
            return words[i].group;
    return (Candour__Group)0;
}

int cmd_number(struct run *run, const char *flag, uint32_t min, uint32_t max, uint32_t *number) {
    enum { DIGITS_MAX = 10 };
    const char *text = command_value(&run->given, flag);
    if (text == NULL)
        return 0;
    size_t digits = strspn(text, "0123456789");
    unsigned long long value = strtoull(text, NULL, 10);
    if (digits == 0 || digits > DIGITS_MAX || text[digits] != '\0' || value < min || value > max)
        return problem_set(&run->problem, EXIT_USAGE, "--%s takes a whole number from %u to %u.", flag, min, max);
    *number = (uint32_t)value;
    return 0;
}

int cmd_time(struct run *run, const char *flag, int64_t now, int64_t *ret_at) {
    const char *text = command_value(&run->given, flag);
    if (text == NULL)
        return problem_set(&run->problem, EXIT_USAGE,
                           "--%s is missing. Write a time, such as 2026-12-01T09:00Z or +3d.", flag);
    if (when_read(text, now, ret_at) != 0)
        return problem_set(&run->problem, EXIT_USAGE,
                           "--%s %s is not a time. Write 2026-12-01 (00:00 UTC), 2026-12-01T09:00Z, +3d or now.", flag,
                           text);
    return 0;
}

// ---------------------------------------------------------------- pager

FILE *cmd_pager_open(void) {
    if (!isatty(STDOUT_FILENO))
        return stdout;
    setenv("LESS", "FRX", 0);
    FILE *out =
        popen(getenv("PAGER") != NULL ? "exec $PAGER" : "command -v less >/dev/null && exec less || exec cat", "we");
    return out != NULL ? out : stdout;
}

void cmd_pager_close(FILE *out) {
    if (out != stdout)
        pclose(out);
}

int cmd_show(struct run *run, struct outline *outline) {
    if (outline == NULL)
        return problem_no_memory(&run->problem);
    FILE *out = cmd_pager_open();
    render_terminal(out, outline);
    cmd_pager_close(out);
    outline_free(outline);
    return 0;
}
