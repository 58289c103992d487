// Nominations: a leader suggests who is asked, the line manager or HR decides.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/render/words.h"
#include "commands.h"
#include "json.h"
#include "language.h"
#include "nomination.h"
#include "output.h"

enum { CHANGES_MAX = 100, NAME_BYTES = 400 }; // a name, an address, a round's name

// Everything that the desk told, and what of it is meant.
struct view {
    Candour__ListNominationsReply **pages;
    size_t page_count;
    char round[NAME_BYTES], leader[NAME_BYTES]; // leader "": me
};

static void free_view(struct view *view) {
    for (size_t i = 0; i < view->page_count; i++)
        link_reply_free(&view->pages[i]->base);
    free(view->pages);
}

static int add_page(struct run *run, struct view *view, Candour__ListNominationsReply *page) {
    Candour__ListNominationsReply **pages = realloc(view->pages, (view->page_count + 1) * sizeof(void *));
    if (pages == NULL) {
        link_reply_free(&page->base);
        return problem_no_memory(&run->problem);
    }
    view->pages = pages;
    view->pages[view->page_count++] = page;
    return 0;
}

// The caller ends the view with free_view, also after a failure.
static int read_view(struct run *run, bool to_decide, struct view *view) {
    Candour__ListNominations request = CANDOUR__LIST_NOMINATIONS__INIT;
    const char *round = command_value(&run->given, "round");
    request.to_decide = to_decide;
    request.has_round = round != NULL;
    if (round != NULL)
        request.round = cmd_text(round);
    for (bool has_more = true; has_more;) {
        request.has_offset = request.offset > 0;
        Candour__ListNominationsReply *page = cmd_call(run, OPERATION_LIST_NOMINATIONS, &request.base);
        if (page == NULL || add_page(run, view, page) != 0)
            return -1;
        request.offset += (uint32_t)page->n_nominations;
        has_more = page->n_nominations > 0 && request.offset < page->total;
    }
    return 0;
}

static const Candour__Nomination *next_of(const struct view *view, size_t *page, size_t *at) {
    while (*page < view->page_count && *at == view->pages[*page]->n_nominations) {
        ++*page;
        *at = 0;
    }
    return *page < view->page_count ? view->pages[*page]->nominations[(*at)++] : NULL;
}
#define FOR_EACH(one, view)                                                                                            \
    for (size_t page_ = 0, at_ = 0, once_ = 1; once_; once_ = 0)                                                       \
        for (const Candour__Nomination *one; (one = next_of(view, &page_, &at_)) != NULL;)

static void copy(char ret_text[NAME_BYTES], const ProtobufCBinaryData *bytes) {
    output_clean(bytes->data, bytes->len, true, ret_text, NAME_BYTES);
}

static bool is_same(const ProtobufCBinaryData *bytes, const char *text) {
    return bytes->len == strlen(text) && strncasecmp((const char *)bytes->data, text, bytes->len) == 0;
}

// By a part of the name, or the whole address.
static bool is_meant(const ProtobufCBinaryData *name, const ProtobufCBinaryData *email, const char *text) {
    char cleaned[NAME_BYTES];
    copy(cleaned, name);
    return is_same(email, text) || strcasestr(cleaned, text) != NULL;
}

// The one round that is meant.
static int choose_round(struct run *run, struct view *view) {
    const Candour__ListNominationsReply *first = view->pages[0];
    if (first->n_rounds == 0)
        return problem_set(&run->problem, EXIT_NOT_FOUND,
                           _("No round nominates now in which you take part. You get a letter when one does."));
    if (first->n_rounds > 1)
        return problem_set(&run->problem, EXIT_USAGE, _("More than one round nominates now. Name one: --round NAME"));
    copy(view->round, &first->rounds[0]->name);
    return 0;
}

// The leader and the round that somebody who decides means.
static int choose_leader(struct run *run, struct view *view, const char *text) {
    FOR_EACH(one, view) {
        char email[NAME_BYTES], round[NAME_BYTES];
        if (!is_meant(&one->leader_name, &one->leader_email, text))
            continue;
        copy(email, &one->leader_email);
        copy(round, &one->round);
        if (view->leader[0] != '\0' && (strcmp(view->leader, email) != 0 || strcmp(view->round, round) != 0))
            return problem_set(
                &run->problem, EXIT_USAGE,
                "More than one leader is called so: %s (%s), %s (%s). Write the address, or add --round.", view->leader,
                view->round, email, round);
        memcpy(view->leader, email, sizeof email);
        memcpy(view->round, round, sizeof round);
    }
    if (view->leader[0] == '\0')
        return problem_set(&run->problem, EXIT_NOT_FOUND,
                           "No leader of this name is yours to decide about. See: candour nominations list");
    return 0;
}

static bool is_of(const struct view *view, const Candour__Nomination *one) {
    return is_same(&one->round, view->round) && (view->leader[0] == '\0' || is_same(&one->leader_email, view->leader));
}

// ---------------------------------------------------------------- showing

static const char *state_word(Candour__NominationState state) {
    switch (state) {
    case CANDOUR__NOMINATION_STATE__WAITING:
        return _("waits");
    case CANDOUR__NOMINATION_STATE__APPROVED:
        return _("approved");
    default:
        return _("declined");
    }
}

static json_t *round_json(const Candour__NominatingRound *round) {
    json_t *limits = json_object();
    for (size_t i = 0; i < round->n_limits; i++)
        json_object_set_new(limits, words_group_key(round->limits[i]->group),
                            json_pack("{s:I, s:I}", "least", (json_int_t)round->limits[i]->least, "most",
                                      (json_int_t)round->limits[i]->most));
    return json_pack("{s:o, s:o, s:b, s:o}", "name", json_bytes(&round->name), "collect_from",
                     json_time(round->collect_from), "opens_itself", round->opens_itself, "limits", limits);
}

static json_t *nomination_json(const Candour__Nomination *one) {
    static const char *const states[] = {"", "waiting", "approved", "declined"};
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:s, s:I, s:o}", "round", json_bytes(&one->round), "leader",
                     json_bytes(&one->leader_name), "leader_email", json_bytes(&one->leader_email), "name",
                     json_bytes(&one->rater_name), "email", json_bytes(&one->rater_email), "group",
                     words_group_key(one->group), "state", states[one->state < ARRAY_LEN(states) ? one->state : 0],
                     "leaders", (json_int_t)one->leaders, "reason",
                     one->has_reason ? json_bytes(&one->reason) : json_null());
}

static void view_json(const struct view *view, const char *leader, bool only_waiting) {
    json_t *root = json_start("candour/nominations/1"), *rounds = json_array(), *list = json_array();
    for (size_t i = 0; i < view->pages[0]->n_rounds; i++)
        json_array_append_new(rounds, round_json(view->pages[0]->rounds[i]));
    FOR_EACH(one, view)
    if ((leader == NULL || is_meant(&one->leader_name, &one->leader_email, leader)) &&
        (!only_waiting || one->state == CANDOUR__NOMINATION_STATE__WAITING))
        json_array_append_new(list, nomination_json(one));
    json_object_set_new(root, "rounds", rounds);
    json_object_set_new(root, "nominations", list);
    cmd_print_json(root);
}

static void tell_limits(const struct run *run, const struct view *view) {
    enum { UNLIMITED = 1000 };
    for (size_t i = 0; i < view->pages[0]->n_rounds; i++) {
        const Candour__NominatingRound *round = view->pages[0]->rounds[i];
        char name[NAME_BYTES], wanted[256] = "";
        for (size_t k = 0; k < round->n_limits; k++) {
            const Candour__GroupLimit *limit = round->limits[k];
            size_t used = strlen(wanted);
            if (limit->least > 0 || limit->most < UNLIMITED)
                snprintf(wanted + used, sizeof wanted - used, "%s%s %u-%u", used > 0 ? ", " : "",
                         words_group_key(limit->group), limit->least, limit->most);
        }
        copy(name, &round->name);
        if (wanted[0] != '\0')
            cmd_tell(run, _("%s wants, for each leader: %s."), name, wanted);
    }
}

static size_t show(const struct run *run, const struct view *view, const char *leader, bool is_own, bool only_waiting) {
    static const char *const headings[] = {N_("about"), N_("name"),        N_("e-mail"), N_("group"),
                                           N_("state"), N_("asked about"), N_("reason")};
    const char *own[ARRAY_LEN(headings)];
    for (size_t i = 0; i < ARRAY_LEN(headings); i++)
        own[i] = _(headings[i]);
    struct table table = {.headings = own + is_own, .columns = ARRAY_LEN(headings) - is_own};
    size_t waiting = 0;
    FOR_EACH(one, view) {
        if ((leader != NULL && !is_meant(&one->leader_name, &one->leader_email, leader)) ||
            (only_waiting && one->state != CANDOUR__NOMINATION_STATE__WAITING))
            continue;
        waiting += one->state == CANDOUR__NOMINATION_STATE__WAITING;
        if (!is_own)
            table_add_text(&table, one->leader_name.data, one->leader_name.len);
        table_add_text(&table, one->rater_name.data, one->rater_name.len);
        table_add_text(&table, one->rater_email.data, one->rater_email.len);
        table_add(&table, "%s", words_group_key(one->group));
        table_add(&table, "%s", state_word(one->state));
        table_add(&table, "%u", one->leaders);
        table_add_text(&table, one->reason.data, one->has_reason ? one->reason.len : 0);
    }
    if (table.count > 0)
        table_print(stdout, &table, run->plain);
    table_free(&table);
    return waiting;
}

int cmd_raters_list(struct run *run) {
    struct view view = {0};
    int result = read_view(run, false, &view);
    if (result == 0 && view.pages[0]->n_rounds == 0)
        result = choose_round(run, &view);
    if (result == 0 && run->json) {
        view_json(&view, NULL, false);
    } else if (result == 0) {
        show(run, &view, NULL, true, false);
        tell_limits(run, &view);
        cmd_tell(run, _("Next: candour raters suggest, candour raters nominate. Your line manager or HR decides."));
    }
    free_view(&view);
    return result;
}

int cmd_nominations_list(struct run *run) {
    struct view view = {0};
    const char *leader = run->given.arguments[0];
    bool only_waiting = command_has(&run->given, "waiting");
    int result = read_view(run, true, &view);
    if (result == 0 && view.pages[0]->n_rounds == 0)
        result = choose_round(run, &view);
    if (result == 0 && run->json) {
        view_json(&view, leader, only_waiting);
    } else if (result == 0) {
        size_t waiting = show(run, &view, leader, false, only_waiting);
        tell_limits(run, &view);
        cmd_tell(run,
                 waiting > 0
                     ? _("%zu to decide. Next: candour nominations approve LEADER, or candour nominations change")
                     : _("%zu to decide."),
                 waiting);
    }
    free_view(&view);
    return result;
}

// ---------------------------------------------------------------- finding people

static json_t *suggestions_json(const Candour__SuggestionsReply *reply) {
    json_t *root = json_start("candour/suggestions/1"), *list = json_array();
    for (size_t i = 0; i < reply->n_suggestions; i++) {
        const Candour__Suggestion *one = reply->suggestions[i];
        json_t *object =
            json_pack("{s:o, s:o, s:o, s:o}", "name", json_bytes(&one->name), "email", json_bytes(&one->email),
                      "job_title", json_bytes(&one->job_title), "unit", json_bytes(&one->unit));
        json_object_set_new(object, "group", one->has_group ? json_string(words_group_key(one->group)) : json_null());
        json_object_set_new(object, "leaders", one->has_leaders ? json_integer(one->leaders) : json_null());
        json_array_append_new(list, object);
    }
    json_object_set_new(root, "people", list);
    json_object_set_new(root, "has_more", json_boolean(reply->has_more));
    return root;
}

static void show_people(struct run *run, const Candour__SuggestionsReply *reply, bool is_suggested) {
    const char *headings[] = {_("name"), _("e-mail"), _("job title"), _("unit"), _("group"), _("asked about")};
    struct table table = {.headings = headings, .columns = is_suggested ? 6 : 4};
    if (run->json) {
        cmd_print_json(suggestions_json(reply));
        return;
    }
    for (size_t i = 0; i < reply->n_suggestions; i++) {
        const Candour__Suggestion *one = reply->suggestions[i];
        table_add_text(&table, one->name.data, one->name.len);
        table_add_text(&table, one->email.data, one->email.len);
        table_add_text(&table, one->job_title.data, one->job_title.len);
        table_add_text(&table, one->unit.data, one->unit.len);
        if (is_suggested) {
            table_add(&table, "%s", words_group_key(one->group));
            table_add(&table, "%u", one->leaders);
        }
    }
    if (table.count > 0)
        table_print(stdout, &table, run->plain);
    table_free(&table);
    if (reply->n_suggestions == 0)
        cmd_tell(run, is_suggested ? _("There is nobody to suggest. Find people by: candour people find PART")
                                   : _("Nobody is found. Write another part of the name or the address."));
    else if (reply->has_more)
        cmd_tell(run, _("There are more. A longer part of a name finds fewer: candour people find PART"));
}

int cmd_raters_suggest(struct run *run) {
    struct view view = {0};
    Candour__SuggestRaters request = CANDOUR__SUGGEST_RATERS__INIT;
    Candour__SuggestionsReply *reply = NULL;
    const char *leader = run->given.arguments[0];
    int result = read_view(run, leader != NULL, &view);
    if (result == 0)
        result = leader != NULL ? choose_leader(run, &view, leader) : choose_round(run, &view);
    if (result == 0) {
        request.round = cmd_text(view.round);
        request.has_leader = leader != NULL;
        request.leader = cmd_text(view.leader);
        reply = cmd_call(run, OPERATION_SUGGEST_RATERS, &request.base);
        result = reply != NULL ? 0 : -1;
    }
    if (result == 0) {
        show_people(run, reply, true);
        cmd_tell(run,
                 _("Whoever is asked about few leaders has more time. Next: candour raters nominate PERSON --group "
                   "GROUP"));
        link_reply_free(&reply->base);
    }
    free_view(&view);
    return result;
}

static Candour__SuggestionsReply *find_people(struct run *run, const char *part) {
    Candour__FindPeople request = CANDOUR__FIND_PEOPLE__INIT;
    request.part = cmd_text(part);
    return cmd_call(run, OPERATION_FIND_PEOPLE, &request.base);
}

int cmd_people_find(struct run *run) {
    if (strlen(run->given.arguments[0]) < 3)
        return problem_set(&run->problem, EXIT_USAGE, _("Write at least three letters of a name or an address."));
    Candour__SuggestionsReply *reply = find_people(run, run->given.arguments[0]);
    if (reply == NULL)
        return -1;
    show_people(run, reply, false);
    link_reply_free(&reply->base);
    return 0;
}

// An address, or a part of a name that only one person has.
static int find_person(struct run *run, const char *text, char ret_email[NAME_BYTES]) {
    if (strchr(text, '@') != NULL) {
        snprintf(ret_email, NAME_BYTES, "%s", text);
        return 0;
    }
    if (strlen(text) < 3)
        return problem_set(&run->problem, EXIT_USAGE, _("Write at least three letters of a name or an address."));
    Candour__SuggestionsReply *reply = find_people(run, text);
    if (reply == NULL)
        return -1;
    int result = 0;
    if (reply->n_suggestions == 1)
        copy(ret_email, &reply->suggestions[0]->email);
    else if (reply->n_suggestions == 0)
        result = problem_set(&run->problem, EXIT_NOT_FOUND, _("Nobody is called \"%s\". See: candour people find PART"),
                             text);
    else
        result = problem_set(
            &run->problem, EXIT_USAGE,
            _("More than one person is called \"%s\". Write the address; see: candour people find PART"), text);
    link_reply_free(&reply->base);
    return result;
}

// ---------------------------------------------------------------- changing

static int read_group(struct run *run, Candour__Group *ret_group) {
    const char *text = command_value(&run->given, "group");
    *ret_group = text != NULL ? cmd_group(text) : (Candour__Group)0;
    if (*ret_group != 0 && *ret_group != CANDOUR__GROUP__SELF)
        return 0;
    return problem_set(&run->problem, EXIT_USAGE, _("Say in which group: --group manager, peer, report or other."));
}

static int send_changes(struct run *run, const struct view *view, Candour__NominationChange *changes, size_t count) {
    Candour__ChangeNominations request = CANDOUR__CHANGE_NOMINATIONS__INIT;
    Candour__NominationChange *list[CHANGES_MAX];
    for (size_t i = 0; i < count; i++)
        list[request.n_changes++] = &changes[i];
    request.round = cmd_text(view->round);
    request.has_leader = view->leader[0] != '\0';
    request.leader = cmd_text(view->leader);
    request.changes = list;
    request.dry_run = command_has(&run->given, "dry-run");
    ProtobufCMessage *reply;
    Candour__Status status;
    if (cmd_desk(run, true) != 0 ||
        link_exchange(run->desk, OPERATION_CHANGE_NOMINATIONS, &request.base, &reply, &status, &run->problem) != 0)
        return -1;
    const Candour__ChangeNominationsReply *changed = (const Candour__ChangeNominationsReply *)reply;
    int result = 0;
    if (status != CANDOUR__STATUS__OK && changed->n_results == 0)
        result = link_refused(OPERATION_CHANGE_NOMINATIONS, reply, status, &run->problem);
    else if (changed->n_results != count)
        result = problem_set(&run->problem, EXIT_FAILED,
                             "The server's reply cannot be read. Use a client of the same version.");
    else if (status != CANDOUR__STATUS__OK)
        result = nomination_refused(&request, changed, &run->problem);
    else
        nomination_tell(run, &request, changed);
    link_reply_free(reply);
    return result;
}

static int send_change(struct run *run, const struct view *view, Candour__NominationStep step, const char *email,
                       Candour__Group group) {
    Candour__NominationChange change = CANDOUR__NOMINATION_CHANGE__INIT;
    change.step = step;
    change.rater = cmd_text(email);
    change.has_group = group != 0;
    change.group = change.has_group ? group : CANDOUR__GROUP__OTHER;
    const char *reason =
        step == CANDOUR__NOMINATION_STEP__DROP && view->leader[0] != '\0' ? command_value(&run->given, "reason") : NULL;
    change.has_reason = reason != NULL;
    if (reason != NULL)
        change.reason = cmd_text(reason);
    return send_changes(run, view, &change, 1);
}

int cmd_raters_nominate(struct run *run) {
    struct view view = {0};
    Candour__Group group;
    char email[NAME_BYTES];
    if (read_group(run, &group) != 0)
        return -1;
    int result = read_view(run, false, &view);
    if (result == 0)
        result = choose_round(run, &view);
    if (result == 0)
        result = find_person(run, run->given.arguments[0], email);
    if (result == 0)
        result = send_change(run, &view, CANDOUR__NOMINATION_STEP__NOMINATE, email, group);
    free_view(&view);
    return result;
}

// Of those in the list about the chosen leader.
static int find_rater(struct run *run, const struct view *view, const char *text, char ret_email[NAME_BYTES]) {
    size_t found = 0;
    FOR_EACH(one, view)
    if (is_of(view, one) && is_meant(&one->rater_name, &one->rater_email, text)) {
        found++;
        copy(ret_email, &one->rater_email);
    }
    if (found == 1)
        return 0;
    return found == 0 ? problem_set(&run->problem, EXIT_NOT_FOUND, _("Nobody in the list is called \"%s\"."), text)
                      : problem_set(&run->problem, EXIT_USAGE,
                                    _("More than one person in the list is called \"%s\". Write the address."), text);
}

int cmd_raters_remove(struct run *run) {
    struct view view = {0};
    char email[NAME_BYTES];
    int result = read_view(run, false, &view);
    if (result == 0)
        result = choose_round(run, &view);
    if (result == 0)
        result = find_rater(run, &view, run->given.arguments[0], email);
    if (result == 0)
        result = send_change(run, &view, CANDOUR__NOMINATION_STEP__DROP, email, (Candour__Group)0);
    free_view(&view);
    return result;
}

// Those that wait, as they were just read: nobody is approved unseen.
static int approve_waiting(struct run *run, const struct view *view) {
    Candour__NominationChange changes[CHANGES_MAX];
    size_t count = 0;
    FOR_EACH(one, view) {
        if (!is_of(view, one) || one->state != CANDOUR__NOMINATION_STATE__WAITING || count == CHANGES_MAX)
            continue;
        Candour__NominationChange *change = &changes[count++];
        candour__nomination_change__init(change);
        change->step = CANDOUR__NOMINATION_STEP__APPROVE;
        change->rater = one->rater_email;
    }
    if (count == 0)
        return problem_set(&run->problem, EXIT_NOT_FOUND,
                           "Nothing waits about this leader. See: candour nominations list");
    return send_changes(run, view, changes, count);
}

int cmd_nominations_approve(struct run *run) {
    struct view view = {0};
    char email[NAME_BYTES];
    int result = read_view(run, true, &view);
    if (result == 0)
        result = choose_leader(run, &view, run->given.arguments[0]);
    if (result == 0 && run->given.argument_count == 1) {
        result = approve_waiting(run, &view);
    } else if (result == 0) {
        result = find_rater(run, &view, run->given.arguments[1], email);
        if (result == 0)
            result = send_change(run, &view, CANDOUR__NOMINATION_STEP__APPROVE, email, (Candour__Group)0);
    }
    free_view(&view);
    return result;
}

// Somebody who is in the list, or anybody whom this adds.
int cmd_nominations_change(struct run *run) {
    struct view view = {0};
    bool is_removal = command_has(&run->given, "remove");
    Candour__Group group = (Candour__Group)0;
    char email[NAME_BYTES];
    const char *person = run->given.arguments[1];
    if (is_removal && command_has(&run->given, "group"))
        return problem_set(&run->problem, EXIT_USAGE, "Choose one: --group, or --remove.");
    if (!is_removal && read_group(run, &group) != 0)
        return -1;
    int result = read_view(run, true, &view);
    if (result == 0)
        result = choose_leader(run, &view, run->given.arguments[0]);
    if (result == 0)
        result = find_rater(run, &view, person, email);
    if (result != 0 && run->problem.code == EXIT_NOT_FOUND && view.leader[0] != '\0' && !is_removal)
        result = find_person(run, person, email);
    if (result == 0)
        result = send_change(
            run, &view, is_removal ? CANDOUR__NOMINATION_STEP__DROP : CANDOUR__NOMINATION_STEP__NOMINATE, email, group);
    free_view(&view);
    return result;
}
