// One function per command: it is the row's `run` in command_table.c.
#ifndef CANDOUR_COMMANDS_H
#define CANDOUR_COMMANDS_H

#include "cmd.h"

// cmd_session.c
int cmd_sign_in(struct run *run);
int cmd_sign_out(struct run *run);
int cmd_new_code(struct run *run);
int cmd_whoami(struct run *run);
int cmd_wipe(struct run *run);
int cmd_passphrase_set(struct run *run);
int cmd_passphrase_remove(struct run *run);
// cmd_rater.c
int cmd_assignments_list(struct run *run);
int cmd_accept(struct run *run);
int cmd_decline(struct run *run);
int cmd_remind_stop(struct run *run);
int cmd_remind_start(struct run *run);
int cmd_recovery_code_show(struct run *run);
int cmd_recover(struct run *run);
// cmd_give.c
int cmd_give(struct run *run);
int cmd_withdraw(struct run *run);
int cmd_queue(struct run *run);
int cmd_send(struct run *run);
int cmd_check(struct run *run);
// cmd_report.c
int cmd_report_list(struct run *run);
int cmd_report_open(struct run *run);
int cmd_report_save(struct run *run);
int cmd_round_export(struct run *run);
// cmd_org.c
int cmd_org_report(struct run *run);
// cmd_release.c
int cmd_report_hold(struct run *run);
int cmd_report_release(struct run *run);
int cmd_round_release(struct run *run);
int cmd_round_coaches(struct run *run);
// cmd_nominations.c
int cmd_raters_list(struct run *run);
int cmd_raters_suggest(struct run *run);
int cmd_raters_nominate(struct run *run);
int cmd_raters_remove(struct run *run);
int cmd_people_find(struct run *run);
int cmd_nominations_list(struct run *run);
int cmd_nominations_approve(struct run *run);
int cmd_nominations_change(struct run *run);
// cmd_round_plan.c
int cmd_round_plan(struct run *run);
int cmd_round_risks(struct run *run);
int cmd_round_workload(struct run *run);
// cmd_people.c
int cmd_people_import(struct run *run);
// cmd_framework.c
int cmd_framework_check(struct run *run);
int cmd_framework_import(struct run *run);
int cmd_framework_list(struct run *run);
int cmd_framework_show(struct run *run);
// cmd_round.c
int cmd_round_new(struct run *run);
int cmd_round_load(struct run *run);
int cmd_round_advance(struct run *run);
int cmd_round_close(struct run *run);
int cmd_round_release(struct run *run);
// cmd_round_extend.c
int cmd_round_extend(struct run *run);
// cmd_witness.c
int cmd_witness_key(struct run *run);
int cmd_witness_sign(struct run *run);
int cmd_witness_trust(struct run *run);
int cmd_round_witness(struct run *run);
int cmd_round_manifest(struct run *run);
// cmd_round_show.c
int cmd_round_list(struct run *run);
int cmd_round_status(struct run *run);
int cmd_round_fingerprint(struct run *run);
// cmd_letters.c
int cmd_round_letters(struct run *run);
// cmd_mail.c
int cmd_mail_status(struct run *run);
int cmd_mail_bounces(struct run *run);
int cmd_mail_preview(struct run *run);
int cmd_mail_paper(struct run *run);
int cmd_template_list(struct run *run);
int cmd_template_show(struct run *run);
int cmd_template_set(struct run *run);
int cmd_template_reset(struct run *run);
// cmd_audit.c
int cmd_audit_show(struct run *run);
int cmd_audit_verify(struct run *run);
// cmd_config.c
int cmd_config(struct run *run);
// cmd_doctor.c
int cmd_doctor(struct run *run);
// cmd_manual.c
int cmd_manual(struct run *run);
int cmd_completion(struct run *run);
// cmd_retention.c
int cmd_retention_show(struct run *run);
int cmd_retention_receipt(struct run *run);
int cmd_retention_apply(struct run *run);
// cmd_data.c
int cmd_my_data(struct run *run);
int cmd_people_data(struct run *run);

#endif
