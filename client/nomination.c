#include "nomination.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "language.h"
#include "output.h"

enum { NAME_BYTES = 400, LIST_BYTES = 1000 };

static void copy(const ProtobufCBinaryData *bytes, char *ret_text, size_t size) {
    output_clean(bytes->data, bytes->len, true, ret_text, size);
}

void nomination_tell(const struct run *run, const Candour__ChangeNominations *request,
                     const Candour__ChangeNominationsReply *reply) {
    char leader[NAME_BYTES], rater[NAME_BYTES], instead[LIST_BYTES];
    unsigned done = 0, before = 0;
    for (size_t i = 0; i < reply->n_results; i++)
        *(reply->results[i]->outcome == CANDOUR__NOMINATION_OUTCOME__NOMINATION_DONE ? &done : &before) += 1;
    copy(&reply->leader, leader, sizeof leader);
    if (request->dry_run)
        cmd_done_text(run,
                      "Only tried, nothing was stored: %u changed, %u as before, about %s. Next: the same without "
                      "--dry-run.",
                      done, before, leader);
    else if (request->has_leader)
        cmd_done_text(run, "%u changed, %u as before, about %s. Next: candour nominations list", done, before, leader);
    else
        cmd_done_text(
            run, "%u changed, %u as before, about %s. Next: candour raters list. Your line manager or HR approves.",
            done, before, leader);
    for (size_t i = 0; i < reply->n_results; i++) {
        const Candour__NominationResult *one = reply->results[i];
        if (!one->has_leaders)
            continue;
        copy(&request->changes[i]->rater, rater, sizeof rater);
        copy(&one->instead, instead, sizeof instead);
        if (one->has_instead)
            cmd_tell(run, "%s is asked about %u leaders. Rather ask: %s", rater, one->leaders, instead);
        else
            cmd_tell(run, "%s is asked about %u leaders. Ask somebody else where you can.", rater, one->leaders);
    }
}

struct list {
    char text[LIST_BYTES];
    size_t used;
};

// One more sentence.
PRINTF(2, 3) static void add(struct list *list, const char *format, ...) {
    if (list->used > 0 && list->used + 1 < sizeof list->text)
        list->text[list->used++] = ' ';
    size_t room = sizeof list->text - list->used;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(list->text + list->used, room, format, arguments);
    va_end(arguments);
    list->used += len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1;
}

// Nothing, if this change is not in the way.
static void add_reason(struct list *list, Candour__NominationOutcome outcome, const char *rater) {
    switch (outcome) {
    case CANDOUR__NOMINATION_OUTCOME__NOMINATION_NOBODY:
        add(list, _("%s is not known here. Correct the address, or ask HR to add this person."), rater);
        break;
    case CANDOUR__NOMINATION_OUTCOME__NOMINATION_ONESELF:
        add(list, _("%s is the leader, who is asked about themselves in any case."), rater);
        break;
    case CANDOUR__NOMINATION_OUTCOME__NOMINATION_APPROVED:
        add(list, _("%s is approved already. Ask your line manager or HR to change it."), rater);
        break;
    case CANDOUR__NOMINATION_OUTCOME__NOMINATION_NOT_WAITING:
        add(list, _("%s was not nominated, so there is nothing to approve."), rater);
        break;
    case CANDOUR__NOMINATION_OUTCOME__NOMINATION_NOT_YOURS:
        add(list, _("%s can be approved only by the line manager or HR."), rater);
        break;
    default:
        break;
    }
}

static const char *full_sentence(Candour__Group group) {
    switch (group) {
    case CANDOUR__GROUP__MANAGER:
        return _("These are more managers than this round wants. Take somebody back first, or ask HR for a higher "
                 "maximum.");
    case CANDOUR__GROUP__PEER:
        return _("These are more peers than this round wants. Take somebody back first, or ask HR for a higher "
                 "maximum.");
    case CANDOUR__GROUP__REPORT:
        return _("These are more direct reports than this round wants. Take somebody back first, or ask HR for a "
                 "higher maximum.");
    default:
        return _("These are more other colleagues than this round wants. Take somebody back first, or ask HR for a "
                 "higher maximum.");
    }
}

int nomination_refused(const Candour__ChangeNominations *request, const Candour__ChangeNominationsReply *reply,
                       struct problem *ret_problem) {
    struct list list = {.used = 0};
    char rater[NAME_BYTES];
    add(&list, "%s", _("Nothing was stored."));
    if (reply->has_full)
        add(&list, "%s", full_sentence(reply->full));
    for (size_t i = 0; i < reply->n_results; i++) {
        copy(&request->changes[i]->rater, rater, sizeof rater);
        add_reason(&list, reply->results[i]->outcome, rater);
    }
    return problem_set(ret_problem, EXIT_RULE, "%s", list.text);
}
