#!/usr/bin/env bash
# After a whole round, and while it is open: nothing that the server keeps holds both a person and a ballot's name.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
. "$(dirname "$0")/lib_search.sh"
round_data 11
# What the ballot box and its database say; counters are said hourly, and at the end.
ballot_lines() {
    { grep 'worker=ballot-' "$CANDOUR_SANDBOX/candourd.log"; cat "$CANDOUR_SANDBOX/postgres.log"; } | grep -vE 'checkpoint|autovacuum' | wc -l
}
# ---------------------------------------------------------------- the schema
# ballot.round has the round's own dates, the same for all.
same 'no column of the ballot box has a time, a number in order or an id that holds a time' '' "$(
    sql "SELECT a.attrelid::regclass, attname, format_type(atttypid, NULL), pg_get_expr(adbin, adrelid)
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE c.relnamespace = 'ballot'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped
           AND (attidentity <> '' OR pg_get_expr(adbin, adrelid) ~ 'nextval|uuid|now|clock|time|random'
                OR (SELECT typcategory FROM pg_type t WHERE t.oid = atttypid) IN ('D', 'T')
                OR atttypid IN ('xid'::regtype, 'xid8'::regtype, 'tid'::regtype, 'pg_lsn'::regtype, 'txid_snapshot'::regtype))
           AND (a.attrelid, attname) NOT IN (('ballot.round'::regclass, 'answer_from'), ('ballot.round'::regclass, 'close_at'))"
)"
same 'the ballot box has no sequence and no trigger' '0 0' "$(
    sql "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'ballot'::regnamespace AND relkind = 'S') || ' ' ||
                (SELECT count(*) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
                 WHERE relnamespace = 'ballot'::regnamespace AND NOT tgisinternal)")"
same 'nothing refers from one schema to the other' 0 "$(
    sql "SELECT count(*) FROM pg_constraint k JOIN pg_class a ON a.oid = conrelid JOIN pg_class b ON b.oid = confrelid
         WHERE contype = 'f' AND a.relnamespace <> b.relnamespace")"
same 'PostgreSQL keeps no times of commits' off "$(sql 'SHOW track_commit_timestamp')"

# ---------------------------------------------------------------- while the round is open
check 'a round is made' round_made
check 'it collects' round_collecting
check 'raters collect their credentials' round_collected
forward 90060
lines=$(ballot_lines)
check 'raters answer' round_answered
same 'no ballot makes a line in a log' "$lines" "$(ballot_lines)"
names | grep -v -- '-$' >"$work/names"
tokens "$data/people.csv"
same 'the names that are searched for are those of the ballots in the box' "$(sql "SELECT encode(vk, 'hex') FROM ballot.ballot ORDER BY 1")" \
    "$(awk '{ print $2 }' "$work/names" | sort -u)"
same 'and their hashes' "$(sql "SELECT encode(leaf, 'hex') FROM ballot.ballot ORDER BY 1")" \
    "$(sql "SELECT encode(leaf, 'hex') FROM ballot.ballot ORDER BY 1" | grep -xFf <(awk '{ print $4 }' "$work/names"))"
search 'open'
check 'the files searched hold the people, and the ballots' eval \
    'grep -qFf "$found/people.bytes" "$found/files" && grep -qFf "$found/ballots.bytes" "$found/files"'
arrival=$(sql 'SELECT ratings FROM ballot.ballot WHERE ballot.has_rating(ratings) ORDER BY tableoid, ctid')

# ---------------------------------------------------------------- after close and release
forward 691200
check 'the round is closed' round_closed
check 'its reports are released' as "$admin" round release "$round" --confirm "$round"
check 'a leader reads the own report' eval 'sign_in "$(leader_email 1)" && as "$(leader_email 1)" report open'
sql VACUUM
search 'closed'
same 'the box of the round is gone' 0 "$(sql "SELECT count(*) FROM pg_inherits WHERE inhparent = 'ballot.ballot'::regclass")"
same 'the keys of the round are gone' '0 0' "$(sql 'SELECT (SELECT count(*) FROM desk.round_key) || '\'' '\'' || (SELECT count(*) FROM ballot.round_key)')"
same 'no ballot has a name any more: not in a row' '' "$(grep -iFf "$found/secrets" "$found/rows" | cut -c 1-200)"
same 'nor in a file' '' "$(grep -iFf "$found/secrets" "$found/files" | cut -d '|' -f 1)"
shuffled=$(sql 'SELECT ratings FROM ballot.shuffled_ratings ORDER BY ctid')
same 'the shuffled rows are those of the ballots' "$(sort <<<"$arrival")" "$(sort <<<"$shuffled")"
check 'in another order' eval '[ "$arrival" != "$shuffled" ]'
same 'written by one transaction' 1 "$(sql 'SELECT count(DISTINCT xmin::text) FROM ballot.shuffled_ratings')"
same 'and comments have no column in common with ratings but round, leader and group' 'grp round subject' "$(
    sql "SELECT string_agg(attname, ' ' ORDER BY attname) FROM pg_attribute WHERE attrelid = 'ballot.shuffled_ratings'::regclass
         AND attnum > 0 AND attname IN (SELECT attname FROM pg_attribute WHERE attrelid = 'ballot.shuffled_comment'::regclass AND attnum > 0)")"

# ---------------------------------------------------------------- the control: what is planted is found
person=$(head -n 1 "$work/people") name=$(head -n 1 "$work/ballots")
line="notice cast worker=ballot-0 email=${person^^} name=$name"
same 'control: a line in a log' "$line" "$({ cat "$found/logs" && echo "$line"; } | holding text)"
sql "UPDATE desk.assignment SET reason = 'x $name' WHERE id = (SELECT min(id::text)::uuid FROM desk.assignment)"
sql "UPDATE ballot.shuffled_comment SET text = convert_to('by $person as $name', 'UTF8') WHERE ctid = (SELECT min(ctid) FROM ballot.shuffled_comment)"
same 'control: a ballot in a row of the desk, and a person in a row of the ballot box' 2 "$(rows_of_all | holding text | wc -l)"
same 'control: and the files that these rows are in' "$(sql "SELECT './cluster/' || pg_relation_filepath(t) FROM unnest(
    '{desk.assignment,ballot.shuffled_comment}'::regclass[]) t ORDER BY 1")" "$(files | holding bytes | cut -d '|' -f 1 | sort)"
sql "BEGIN; UPDATE desk.assignment SET answer = 0; UPDATE ballot.quota SET ballots = ballots; UPDATE ballot.leaf SET position = position; COMMIT"
check 'control: a transaction on both sides' test -n "$(both_sides)"
sql "ALTER TABLE desk.session DROP CONSTRAINT session_person_fkey;
     INSERT INTO desk.session VALUES (sha256(''), '11111111-2222-1333-8444-555555555555', false, 'infinity')"
same 'control: an id of another version' 'desk.session|11111111-2222-1333-8444-555555555555' "$(other_uuids)"
finish
