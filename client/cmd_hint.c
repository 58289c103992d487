// What comes next for the person in front of this computer, as far as it knows: nobody is asked.
#include "cast.h"
#include "clock.h"
#include "cmd.h"
#include "language.h"
#include "output.h"
#include "trust.h"

enum { STATE_ANSWERING = 4, ANSWER_DECLINED = 2 };

struct outlook {
    size_t to_answer, later, missed, due, waiting, to_check;
    bool is_stopped;
};

static void look_at_round(const Vault__Round *round, struct outlook *outlook) {
    bool has_receipt = false;
    int64_t close = 0, until = trust_answers_until(round, &close), now = clock_now();
    bool has_ended = until != 0 && now >= until, is_closed = close != 0 && now >= close;
    if (round->stopped != NULL) {
        outlook->is_stopped = true;
        return;
    }
    for (size_t i = 0; i < round->n_assignments; i++) {
        const Vault__Assignment *one = round->assignments[i];
        has_receipt = has_receipt || one->receipt != NULL;
        if (one->queued != NULL && one->queued->refusal == NULL)
            ++*(one->queued->due <= now ? &outlook->due : &outlook->waiting);
        else if (!is_closed && one->y.len > 0 && one->receipt == NULL && one->answer != ANSWER_DECLINED)
            ++*(has_ended ? &outlook->missed : round->state >= STATE_ANSWERING ? &outlook->to_answer : &outlook->later);
    }
    if (has_receipt && round->state > STATE_ANSWERING && !round->checked)
        outlook->to_check++;
}

static void hint(const char *command, const char *what) {
    output_print(stderr, "  candour %s", command);
    output_print(stderr, "%*s%s\n", (int)(output_width(command) < 24 ? 24 - output_width(command) : 1), "", what);
}

void cmd_hint(const struct run *run) {
    const Vault__Vault *data = vault_data(run->vault);
    struct outlook outlook = {0};
    if (run->quiet || run->json || data->server == NULL)
        return;
    for (size_t i = 0; i < data->n_rounds; i++)
        if (!vault_is_finished(data->rounds[i]))
            look_at_round(data->rounds[i], &outlook);
    fflush(stdout);
    output_print(stderr, "\n%s\n", _("What comes next:"));
    if (outlook.is_stopped)
        hint("doctor", _("a round was stopped; it says why"));
    if (outlook.due > 0)
        hint("send", _("answers whose time has come wait here"));
    if (outlook.to_answer > 0)
        hint("give", _("answer about those who ask you"));
    if (outlook.later > 0)
        hint("assignments list", _("whom you are asked about; it opens later"));
    if (outlook.missed > 0)
        hint("assignments list", _("whom you did not answer about; it has ended"));
    if (outlook.waiting > 0)
        hint("queue", _("when your answers go out"));
    if (outlook.to_check > 0)
        hint("check", _("whether your answers were counted"));
    if (!data->has_session)
        hint("sign-in", _("nobody is signed in"));
    else if (data->administrator)
        hint("round list", "the rounds, and where each stands");
    else
        hint("report list", _("which reports you may read"));
}
