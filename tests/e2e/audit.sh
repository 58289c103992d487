#!/usr/bin/env bash
# The audit trail: chained, and whoever changes it with every right of the database is found.
. "$(dirname "$0")/lib.sh"
data=$root/docs/examples

verify() {
    as "$admin" audit verify "$@" 2>/dev/null
}
# The superuser changes something without the guards, verify says what, and it is put back.
tampered() { # NAME PATTERN STATEMENTS
    sql "CREATE TABLE public.audit AS TABLE desk.audit;
         CREATE TABLE public.audit_chain AS TABLE desk.audit_chain"
    sql "SET session_replication_role = replica; $3"
    ends "$1" 1 "$2" verify
    sql "SET session_replication_role = replica; DELETE FROM desk.audit; DELETE FROM desk.audit_chain;
         INSERT INTO desk.audit OVERRIDING SYSTEM VALUE SELECT * FROM public.audit;
         INSERT INTO desk.audit_chain SELECT * FROM public.audit_chain; DROP TABLE public.audit, public.audit_chain"
    check '... and nothing, when it is undone' verify
}

# ---------------------------------------------------------------- chained
check 'the administrator signs in' admin_sign_in
check 'people are imported' as "$admin" people import "$data/people.csv"
check 'a framework is imported' as "$admin" framework import "$root/frameworks/ten-competency.csv" --name Ten
for name in Spring Summer Autumn; do
    check "a round is made: $name" as "$admin" round new "$name" --framework Ten --collect-from now --answer-from now --close +14d
done
check 'every line is chained soon' until_true 20 is_chained
ends 'which audit show says' 0 'round created +Autumn +[0-9]+$' as "$admin" audit show
same 'no link is missing' 0 "$(as "$admin" audit show --json | jq '[.lines[] | select(.link == null)] | length')"
head=$(verify)
check 'verify prints a head' grep -Exq '[0-9]+:[0-9a-f]{64}' <<<"$head"
ends 'and says so as JSON' 0 "\"head\": *\"$head\"" verify --json
ends 'it takes the head again' 0 'the head you gave is in the chain' as "$admin" audit verify --head "$head"
check 'another line' as "$admin" round new Winter --framework Ten --collect-from now --answer-from now --close +14d
ends 'which may wait' 0 "^[0-9]+:" verify --head "$head"
check 'but not long' until_true 20 is_chained
check 'the older head still is in the chain' verify --head "$head"
ends 'a head of another form is refused' 2 '64 hexadecimal digits' as "$admin" audit verify --head "${head%?}"
forward 3600 # what comes now is later than all that was
check 'the administrator signs in again' admin_sign_in
check 'and that is chained' until_true 20 is_chained
office_taken # or the clerk would chain what is put in

# ---------------------------------------------------------------- tampered with
number=$(sql "SELECT number FROM desk.audit WHERE object = 'Spring'")
other=$(sql "SELECT number FROM desk.audit WHERE object = 'Summer'")
line="UPDATE desk.audit SET"
tampered 'a changed object' 'Was changed' "$line object = 'Sprung' WHERE number = $number"
tampered 'a changed action' 'Was changed' "$line action = 'round creates' WHERE number = $number"
tampered 'another actor' 'Was changed' "$line actor = (SELECT id FROM desk.person WHERE email <> '$admin' LIMIT 1) WHERE number = $number"
tampered 'the system instead of the actor' 'Was changed' "$line actor = NULL WHERE number = $number"
tampered 'another person whom it is about' 'Was changed' "$line person = (SELECT id FROM desk.person LIMIT 1) WHERE number = $number"
tampered 'another time' 'Was changed' "$line at = at + interval '1 second' WHERE number = $number"
tampered 'letters moved from one field to the next' 'Was changed' "$line action = 'round createdS', object = 'pring' WHERE number = $number"
tampered 'a line that is gone' 'Was taken away' "DELETE FROM desk.audit WHERE number = $number"
tampered 'a line that is gone with its link' 'Link.* missing' \
    "DELETE FROM desk.audit WHERE number = $number; DELETE FROM desk.audit_chain WHERE line = $number"
tampered 'a line and its link taken out, and the links after it moved up' 'Was changed' \
    "DELETE FROM desk.audit WHERE number = $number; DELETE FROM desk.audit_chain WHERE line = $number;
     UPDATE desk.audit_chain SET link = link + 1000 WHERE line > $number; UPDATE desk.audit_chain SET link = link - 1001 WHERE link > 1000"
tampered 'two lines exchanged' 'Was changed' "UPDATE desk.audit a SET at = b.at, object = b.object FROM desk.audit b
     WHERE a.number IN ($number, $other) AND b.number = $number + $other - a.number"
tampered 'two links exchanged' 'Was changed' "UPDATE desk.audit_chain SET line = CASE line WHEN $number THEN -$other ELSE -$number END
     WHERE line IN ($number, $other); UPDATE desk.audit_chain SET line = -line WHERE line < 0"
tampered 'a changed hash' 'Was changed' "UPDATE desk.audit_chain SET hash = sha256('') WHERE line = $number"
tampered 'a line put in between' 'put in afterwards' "INSERT INTO desk.audit OVERRIDING SYSTEM VALUE
     SELECT -5, at, actor, action, 'Planted' FROM desk.audit WHERE number = $number"
tampered 'a line put in and chained at the end' 'Says an earlier time' "INSERT INTO desk.audit OVERRIDING SYSTEM VALUE
     SELECT max(number) + 5, min(at), NULL, 'planted', '' FROM desk.audit; SELECT desk.chain_audit()"

# A chain that was cut or made anew fits itself: only a head that was kept shows it.
head=$(verify)
anew="DELETE FROM desk.audit_chain; SELECT desk.chain_audit()"
remade() { # NAME PATTERN STATEMENTS
    sql "CREATE TABLE public.before AS TABLE desk.audit; CREATE TABLE public.links AS TABLE desk.audit_chain"
    sql "SET session_replication_role = replica; $3" >"$work/remade"
    check "$1 fits itself" verify
    ends '... but not the head that was kept' 1 "$2" verify --head "$head"
    sql "SET session_replication_role = replica; DELETE FROM desk.audit; DELETE FROM desk.audit_chain;
         INSERT INTO desk.audit OVERRIDING SYSTEM VALUE SELECT * FROM public.before;
         INSERT INTO desk.audit_chain SELECT * FROM public.links; DROP TABLE public.before, public.links"
}
remade 'a chain that was made anew after a change' 'another one than at the head' "$line object = 'Sprung' WHERE number = $number; $anew"
remade 'a chain without its last line' 'before the head you gave' "DELETE FROM desk.audit WHERE number = (SELECT max(number) FROM desk.audit);
     DELETE FROM desk.audit_chain WHERE link = (SELECT max(link) FROM desk.audit_chain)"
office_free
finish
