// One function per operation of the desk: it is the row's `start` in desk.c. Each replies exactly once.
#ifndef CANDOUR_DESK_HANDLERS_H
#define CANDOUR_DESK_HANDLERS_H

struct db_segment;
struct request;

// session.c
void session_guard(const struct request *r, struct db_segment *s); // worker->guard
void session_hello(struct request *r);
void session_sign_in(struct request *r);
void session_sign_out(struct request *r);
void session_who_am_i(struct request *r);
// rater.c
void rater_assignments(struct request *r);
void rater_respond(struct request *r);
void rater_reminders(struct request *r);
// collect.c
void collect_credentials(struct request *r);
// published.c
void published_questionnaire(struct request *r);
void published_manifest(struct request *r);
// people.c, framework.c
void people_import(struct request *r);
void framework_import(struct request *r);
void framework_list(struct request *r);
// round.c, raters.c, round_status.c, letters.c
void round_create(struct request *r);
void round_advance(struct request *r);
void round_list(struct request *r);
void round_close(struct request *r);
void raters_load(struct request *r);
void round_status(struct request *r);
void letters_print(struct request *r);
// round_extend.c
void round_extend(struct request *r);
// witness.c
void witness_add(struct request *r);
void witness_list(struct request *r);
// nominations.c
void nominations_list(struct request *r);
void nominations_suggest(struct request *r);
void nominations_find(struct request *r);
void nominations_change(struct request *r);
// plan.c, risks.c, release.c
void plan_change(struct request *r);
void risks_list(struct request *r);
void risks_workload(struct request *r);
void release_reports(struct request *r);
void release_hold(struct request *r);
void release_coaches(struct request *r);
// mail.c
void mail_texts(struct request *r);
void mail_set_text(struct request *r);
void mail_preview(struct request *r);
void mail_status(struct request *r);
void mail_set_paper(struct request *r);
void mail_request_code(struct request *r);
// reading.c
void reading_reports(struct request *r);
void reading_report(struct request *r);
void reading_organisation(struct request *r);
void reading_audit(struct request *r);
void reading_chain(struct request *r);
void retention_read(struct request *r);
void retention_apply(struct request *r);
void data_mine(struct request *r);
void data_person(struct request *r);

#endif
