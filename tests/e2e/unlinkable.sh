#!/usr/bin/env bash
# After a whole round, and while it is open: nothing that the server keeps holds both a person and a ballot's name. The
# names are taken from where alone they belong, the raters' own vaults. What is searched: every row of both schemas and
# of the planner's statistics, every line of the logs, and every file, byte by byte; not the write-ahead log, which
# holds all that was written in the last days (docs/operator.md says how to keep it).
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
round_data 11
found=$work/found
mkdir "$found"

# ---------------------------------------------------------------- the names
hex() { # of each line of standard input
    LC_ALL=C awk 'BEGIN { for (i = 1; i < 256; i++) code[sprintf("%c", i)] = sprintf("%02x", i) }
        { out = ""; for (i = 1; i <= length($0); i++) out = out code[substr($0, i, 1)]; print out }'
}
# A person in a line of text is an e-mail address, a name or an id; a ballot is its name (vk), credential (y) or hash
# (leaf), in hex or base64; and each of these again as the hex of a bytea. In a file, ids and ballots are bytes as well.
tokens() {
    { tail -n +2 "$data/people.csv" | cut -d, -f 1,2 | tr , '\n' &&
        sql 'SELECT id FROM desk.person UNION SELECT id FROM desk.assignment'; } >"$work/people"
    tr -d - <"$work/people" | grep -xE '[0-9a-f]{32}' >"$work/ids"
    { hex <"$work/people" && cat "$work/ids"; } >"$found/people.bytes"
    cat "$work/people" "$found/people.bytes" >"$found/people.text"
    awk '{ print $2; print $3; print $4 }' "$work/names" | sort -u >"$work/ballots"
    sql "SELECT left(encode(decode(name, 'hex'), 'base64'), 40) FROM unnest('{$(paste -sd, "$work/ballots")}'::text[]) name" >"$work/base64"
    { cat "$work/ballots" && hex <"$work/ballots"; } >"$found/ballots.bytes"
    cat "$work/base64" "$found/ballots.bytes" >"$found/ballots.text"
    awk '{ print $2; print $3 }' "$work/names" | sort -u >"$work/secrets" # what is not even published at close
    { cat "$work/secrets" && hex <"$work/secrets"; } >"$found/secrets"
}

# ---------------------------------------------------------------- what the server keeps
rows_of_all() { # one row a line
    pg_dump -a -n desk -n ballot 2>"$work/words" || mistake "pg_dump: $(cat "$work/words")"
    sql 'SELECT s::text FROM pg_statistic s'
}
logs() {
    cat "$CANDOUR_SANDBOX/candourd.log" "$CANDOUR_SANDBOX/postgres.log"
}
# Each file as one line: its path, then its bytes in hex. What is as initdb made it has nothing of ours.
files() {
    sql CHECKPOINT
    (cd "$CANDOUR_SANDBOX" && find . -type f -size +0 -newer initdb.log ! -path './homes/*' ! -path './work/*' \
        ! -path './cluster/pg_wal/*' | while IFS= read -r file; do
        printf '@%s|' "$file"
        od -An -v -tx1 "$file"
    done) | tr -d ' \n' | tr @ '\n'
}
holding() { # KIND: lines of standard input that hold both
    grep -iFf "$found/people.$1" | grep -iFf "$found/ballots.$1" | cut -c 1-200
}
search() { # WHEN
    sql ANALYZE
    both_sides >"$work/both"
    rows_of_all >"$found/rows"
    logs >"$found/logs"
    files >"$found/files"
    same "$1: no row holds a person and a ballot ($(wc -l <"$found/rows") rows)" '' "$(holding text <"$found/rows")"
    same "$1: no line of a log does ($(wc -l <"$found/logs") lines)" '' "$(holding text <"$found/logs")"
    same "$1: no file does ($(wc -l <"$found/files") files)" '' "$(holding bytes <"$found/files" | cut -d '|' -f 1)"
    same "$1: no line of a log holds any person or any ballot" '' \
        "$(grep -iFf "$found/people.text" "$found/logs"; grep -iFf "$found/ballots.text" "$found/logs")"
    same "$1: no worker of the ballot box logs an address" '' \
        "$(grep 'worker=ballot' "$found/logs" | grep -E '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+')"
    same "$1: no transaction wrote on both sides ($(cat "$work"/*.xmin | wc -l) transactions)" '' "$(cat "$work/both")"
    same "$1: every id that is stored is random (version 4)" '' "$(other_uuids)"
}
# Requests and batches are 16 random bytes of a client.
other_uuids() {
    sql "SELECT string_agg(format('SELECT %L, %I::text FROM %s WHERE %I::text !~ ''^.{14}4.{4}[89ab]''',
                                  a.attrelid::regclass, attname, a.attrelid::regclass, attname), ' UNION ALL ')
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE c.relnamespace IN ('desk'::regnamespace, 'ballot'::regnamespace) AND c.relkind IN ('r', 'p')
           AND atttypid = 'uuid'::regtype AND attnum > 0 AND attname NOT IN ('request', 'batch')" | psql -XAtq -v ON_ERROR_STOP=1 || mistake 'ids cannot be read'
}

# Transactions that wrote rows in both schemas: neighbours in time would be linked by them.
both_sides() {
    local side
    for side in desk ballot; do
        sql "SELECT string_agg(format('SELECT xmin::text FROM %s', c.oid::regclass), ' UNION ')
             FROM pg_class c WHERE relnamespace = '$side'::regnamespace AND relkind = 'r'" | psql -XAtq | sort >"$work/$side.xmin"
    done
    comm -12 "$work/desk.xmin" "$work/ballot.xmin"
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
check 'raters answer' round_answered
names | grep -v -- '-$' >"$work/names"
tokens
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
     INSERT INTO desk.session VALUES (sha256(''), '11111111-2222-1333-8444-555555555555', false, now())"
same 'control: an id of another version' 'desk.session|11111111-2222-1333-8444-555555555555' "$(other_uuids)"
finish
