#!/usr/bin/env bash
# What each database role may do is tried, not read: every statement runs as the role, and what must be refused is
# refused for want of a right (42501) or by a guard (23514). Tables and functions come from the catalogue, so that a new
# one is tried as well. Each statement is rolled back.
. "$(dirname "$0")/lib.sh"
roles='candour_desk candour_ballot candour_clerk_desk candour_clerk_ballot candour_mail candour_owner'

# ---------------------------------------------------------------- trying
# SQLSTATE (00000: done) and statement, for each statement on standard input.
try_as() { # ROLE
    tee "$work/statements" | awk '{ printf "BEGIN;\n%s;\n\\echo :SQLSTATE\nROLLBACK;\n", $0 }' |
        psql -XAtq -U "$1" -o /dev/null 2>"$work/errors" >"$work/states"
    paste "$work/states" "$work/statements"
}
denied() { # NAME STATE ROLE: each statement of standard input ends with STATE
    local tried
    tried=$(try_as "$3")
    if [ "$(wc -l <"$work/states")" -ne "$(wc -l <"$work/statements")" ] || [ ! -s "$work/statements" ]; then
        bad "$1" "not every statement was tried" "$(head -n 3 "$work/errors")"
    elif grep -v "^$2	" <<<"$tried" >"$work/wrong"; then
        bad "$1" "not refused with $2:" "$(cat "$work/wrong")"
    else
        ok "$1 ($(wc -l <"$work/statements") statements)"
    fi
}
allowed() { # NAME ROLE
    denied "$1" 00000 "$2"
}

# ---------------------------------------------------------------- statements from the catalogue
tables() { # SCHEMA: every table, partition, view and sequence
    sql "SELECT c.oid::regclass FROM pg_class c WHERE relnamespace = '$1'::regnamespace
         AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY 1"
}
# Every way to touch a table. A right on one column is enough to read or to change it, so each column is tried.
touch_tables() { # SCHEMA
    sql "SELECT unnest(ARRAY[format('SELECT %I FROM %s', attname, c.oid::regclass),
                             format('UPDATE %s SET %I = NULL', c.oid::regclass, attname),
                             format('INSERT INTO %s (%I) VALUES (NULL)', c.oid::regclass, attname)])
         FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid
         WHERE relnamespace = '$1'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0
           AND NOT attisdropped AND attgenerated = '' AND attidentity = ''"
    tables "$1" | awk '{ print "SELECT count(*) FROM " $0; print "DELETE FROM " $0; print "TRUNCATE " $0 " CASCADE"
                         print "COPY " $0 " TO STDOUT"; print "LOCK TABLE " $0 " IN ACCESS EXCLUSIVE MODE"
                         print "CREATE TRIGGER t BEFORE INSERT ON " $0 " EXECUTE FUNCTION suppress_redundant_updates_trigger()"
                         print "DROP TABLE " $0; print "ALTER TABLE " $0 " RENAME TO other" }' |
        grep -v '_seq\b' || true
    sql "SELECT unnest(ARRAY[format('SELECT nextval(%L)', c.oid::regclass), format('SELECT last_value FROM %s',
                c.oid::regclass)]) FROM pg_class c WHERE relnamespace = '$1'::regnamespace AND relkind = 'S'"
}
# Functions that the statements of a role's folder (none: -) do not call. All arguments are NULL: the right is asked for first.
call_functions() { # SCHEMA FOLDER
    sql "SELECT format('SELECT %s(%s)', p.oid::regproc,
                       (SELECT string_agg('NULL::' || format_type(t, NULL), ', ') FROM unnest(p.proargtypes) t))
         FROM pg_proc p WHERE pronamespace = '$1'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY 1" |
        grep -vFf <(called "$2" | sed 's/^/SELECT /; s/$/(/') || true
}
called() { # FOLDER: functions of our schemas that its statements call
    [ "$1" != - ] || return 0
    cat "$root"/sql/queries/"$1"/*.sql | grep -oE '\b(desk|ballot)\.[a-z_]+\(' | tr -d '(' | sort -u
}

# ---------------------------------------------------------------- something to lose
person=00000000-0000-4000-8000-000000000001 framework=00000000-0000-4000-8000-000000000002
round=00000000-0000-4000-8000-000000000003 subject=00000000-0000-4000-8000-000000000004
sql "INSERT INTO desk.person (id, email, name) VALUES ('$person', 'leader@example.org', 'Lee Leader');
     INSERT INTO desk.framework VALUES ('$framework', 'F', 1, '{a,b,c}', '{}', sha256(''));
     INSERT INTO desk.round (id, request, name, framework, demo, state, collect_from, answer_from, close_at, grace_s,
         threshold, comments_pooled, comments_by_group, tail_low, tail_high, bucket)
     VALUES ('$round', '$round', 'Spring', '$framework', true, 'released', '2020-01-01', '2020-01-02', '2020-01-03', 0,
         4, 4, 5, 1, 0, 8192);
     INSERT INTO desk.subject VALUES ('$round', '$subject', '$person', '5', 'Lee Leader');
     INSERT INTO desk.assignment (round, subject, rater, grp) VALUES ('$round', '$subject', '$person', 1);
     INSERT INTO desk.report VALUES ('$round', '$subject', 'body', true);
     INSERT INTO desk.organisation_report VALUES ('$round', 'body');
     INSERT INTO desk.audit (at, action) VALUES ('2020-01-01', 'planted');
     SELECT ballot.open_round('$round', '2020-01-02', '2020-01-03', 0, 4, 8192, 'text', '{5}', '{1}', '{3}', '{0}',
         '{$subject}', '{1}', '{1}');
     INSERT INTO ballot.ballot VALUES ('$round', sha256('vk'), '$subject', 1, 1, '\\x01', '', sha256('leaf'));
     INSERT INTO ballot.shuffled_ratings VALUES ('$round', '$subject', 1, '\\x01');
     INSERT INTO ballot.shuffled_comment VALUES ('$round', '$subject', 1, 0, 'text')" >/dev/null
check 'the audit line is chained' until_true 20 is_chained
before=$(rows)

# ---------------------------------------------------------------- the wall
for role in candour_desk candour_clerk_desk candour_mail; do
    touch_tables ballot | denied "$role cannot touch any table of the ballot box" 42501 $role
    call_functions ballot - | denied "$role cannot call any function of the ballot box" 42501 $role
done
for role in candour_ballot candour_clerk_ballot; do
    folder=${role#candour_}
    touch_tables desk | denied "$role cannot touch any table of the desk" 42501 $role
    touch_tables ballot | denied "$role cannot touch any table of the ballot box directly" 42501 $role
    call_functions desk - | denied "$role cannot call any function of the desk" 42501 $role
    call_functions ballot "$folder" | denied "$role can call no function but those of its own statements" 42501 $role
done
call_functions desk clerk_desk | denied 'candour_clerk_desk can call no function of the desk' 42501 candour_clerk_desk

touch_tables desk | denied 'candour_mail cannot touch any table of the desk directly' 42501 candour_mail
call_functions desk mail | denied 'candour_mail can call no function but those of its own statements' 42501 candour_mail

# ---------------------------------------------------------------- the clerk's two sides
# The rights that the clerk's statements need, and that it has no others.
wanted='assignment.grp SELECT
assignment.round SELECT
assignment.subject SELECT
audit INSERT
framework SELECT
framework_item SELECT
manifest INSERT
manifest SELECT
organisation_report INSERT
progress INSERT
progress SELECT
progress UPDATE
questionnaire INSERT
questionnaire SELECT
report INSERT
report.round SELECT
report.subject SELECT
round SELECT
round.close_asked UPDATE
round.close_at UPDATE
round.closing_step UPDATE
round.progress_at UPDATE
round.state UPDATE
round_key DELETE
round_key INSERT
round_key SELECT
subject.id SELECT
subject.level SELECT
subject.name SELECT
subject.round SELECT'
same 'candour_clerk_desk has the rights that its statements need, and no others' "$wanted" "$(
    sql "SELECT relname || ' ' || privilege FROM pg_class c,
         unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) privilege
         WHERE relnamespace = 'desk'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
           AND has_table_privilege('candour_clerk_desk', c.oid, privilege)
         UNION
         SELECT relname || '.' || attname || ' ' || privilege FROM pg_class c JOIN pg_attribute ON attrelid = c.oid,
         unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) privilege
         WHERE relnamespace = 'desk'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0
           AND has_column_privilege('candour_clerk_desk', c.oid, attnum, privilege)
           AND NOT has_table_privilege('candour_clerk_desk', c.oid, privilege)
         ORDER BY 1"
)"
denied 'candour_clerk_desk cannot read who rates, how people sign in, or a report' 42501 candour_clerk_desk <<'EOT'
SELECT email FROM desk.person
SELECT manager FROM desk.person
SELECT name FROM desk.person
SELECT person FROM desk.subject
SELECT rater FROM desk.assignment
SELECT blinded FROM desk.assignment
SELECT answer FROM desk.assignment
SELECT secret FROM desk.identity
SELECT token_hash FROM desk.session
SELECT body FROM desk.report
SELECT body FROM desk.organisation_report
SELECT object FROM desk.audit
SELECT * FROM desk.person
SELECT * FROM desk.assignment
EOT
denied 'candour_desk cannot make administrators, sign people in or store reports' 42501 candour_desk <<'EOT'
UPDATE desk.person SET administrator = true
INSERT INTO desk.person (email, name, administrator) VALUES ('e@example.org', 'E', true)
INSERT INTO desk.identity (person, method, identifier, secret) SELECT id, 'code', 'e', '' FROM desk.person
UPDATE desk.identity SET failures = 0
INSERT INTO desk.session SELECT sha256(''), id, true, now() FROM desk.person
INSERT INTO desk.organisation_report SELECT id, '' FROM desk.round
INSERT INTO desk.report SELECT round, id, '', true FROM desk.subject
INSERT INTO desk.manifest SELECT id, 0, '' FROM desk.round
UPDATE desk.framework_item SET effective = 'other'
UPDATE desk.round SET threshold = 3
UPDATE desk.round SET close_at = '2100-01-01'
DELETE FROM desk.assignment
EOT

# ---------------------------------------------------------------- what nobody may change
# For each role: refused for want of a right; the owner has every right and is stopped by the guard. The last ways are
# roundabout ones: a conflict, and an emptied table that the guarded one refers to.
for role in $roles; do
    state=42501
    [ $role != candour_owner ] || state=23514
    denied "$role cannot change or delete a released report" $state $role <<'EOT'
UPDATE desk.organisation_report SET body = 'other'
DELETE FROM desk.organisation_report
TRUNCATE desk.organisation_report
UPDATE desk.report SET body = 'other'
UPDATE desk.report SET subject = gen_random_uuid()
UPDATE desk.report SET round = gen_random_uuid()
DELETE FROM desk.report
TRUNCATE desk.report
TRUNCATE desk.subject CASCADE
INSERT INTO desk.report SELECT * FROM desk.report ON CONFLICT (round, subject) DO UPDATE SET body = 'other'
MERGE INTO desk.report r USING desk.subject s ON r.subject = s.id WHEN MATCHED THEN DELETE
EOT
    denied "$role cannot change or delete an audit line" $state $role <<'EOT'
UPDATE desk.audit SET action = 'other'
UPDATE desk.audit SET at = now()
UPDATE desk.audit SET actor = NULL
UPDATE desk.audit SET number = DEFAULT
DELETE FROM desk.audit
TRUNCATE desk.audit
TRUNCATE desk.person CASCADE
MERGE INTO desk.audit a USING desk.person p ON true WHEN MATCHED THEN DELETE
UPDATE desk.audit_chain SET hash = sha256('')
UPDATE desk.audit_chain SET line = line + 1
DELETE FROM desk.audit_chain
TRUNCATE desk.audit_chain
EOT
done
denied 'candour_desk cannot keep anything longer' 23514 candour_desk <<'EOT'
UPDATE desk.round SET keep_answers_days = keep_answers_days + 1
UPDATE desk.round SET keep_reports_months = keep_reports_months + 1
EOT
for role in candour_desk candour_owner; do
    denied "$role cannot take a released report back" 23514 $role <<<'UPDATE desk.report SET released = false'
done
denied 'even a superuser is stopped by the guard' 23514 postgres <<'EOT'
UPDATE desk.report SET body = 'other'
DELETE FROM desk.audit
EOT

# ---------------------------------------------------------------- the roles themselves
for role in candour_desk candour_ballot candour_clerk_desk candour_clerk_ballot candour_mail; do
    {
        sql "SELECT 'SET ROLE ' || rolname FROM pg_roles WHERE rolname <> '$role'"
        echo "SET SESSION AUTHORIZATION postgres"
        echo "SET session_replication_role = replica"
        echo "CREATE SCHEMA own"
        echo "CREATE TABLE public.own ()"
        echo "CREATE FUNCTION desk.own() RETURNS int LANGUAGE sql AS 'SELECT 1'"
        echo "CREATE FUNCTION ballot.own() RETURNS int LANGUAGE sql AS 'SELECT 1'"
        echo "ALTER ROLE $role SUPERUSER"
        echo "SELECT pg_read_file('postgresql.conf')"
        echo "COPY (SELECT 1) TO PROGRAM 'cat'"
        echo "SELECT * FROM pg_authid"
        echo "SELECT pg_ls_waldir()"
    } | denied "$role cannot become somebody else, make anything or read the server's files" 42501 $role
    same "$role sees no statement of another role" 0 "$(psql -XAtq -U $role -c "SELECT count(*) FROM pg_stat_activity
        WHERE usename <> current_user AND query NOT IN ('', '<insufficient privilege>')")"
    same "$role sees no values in the statistics of the other side" 0 "$(psql -XAtq -U $role -c "SELECT count(*) FROM pg_stats
        WHERE schemaname IN ('desk', 'ballot') AND schemaname NOT LIKE '${role##*_}'")"
done
allowed 'the control: what the roles may do is not refused' candour_desk <<'EOT'
SELECT email FROM desk.person
SELECT desk.people_version()
EOT
same 'nothing has changed' "$before" "$(rows)"
finish
