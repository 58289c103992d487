#!/usr/bin/env bash
# The clerk killed before each statement it sends while it opens a round, and again while it closes one, and started
# again: the same result as without. Each try starts from a copy of the database as it was before.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
framework_csv=$root/frameworks/ten-competency.csv
mkdir "$data"

# ---------------------------------------------------------------- the clerk, alone and on a leash
keep() { # NAME: the database as it is now, for copies; nobody is connected
    "$root/deploy/sandbox-server.sh" stop
    office_free
    until_true 10 createdb -T "$PGDATABASE" "$1" || mistake "the database cannot be copied to $1"
}
back_to() { # NAME
    { until_true 10 dropdb --force "$PGDATABASE" && until_true 10 createdb -O candour_owner -T "$1" "$PGDATABASE"; } ||
        mistake "the database cannot be copied from $1"
}
# Whoever is traced cannot look for leaks in a sanitized build.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
# Runs a clerk until the condition holds, or until it was killed; fails in the second case. With words, strace's, on a
# leash. Each has a log of its own.
clerk() { # CONDITION [WORD...]
    local leash=() child
    log=$(mktemp "$work/clerk.XXXXXX")
    [ $# -eq 1 ] || leash=(strace -f -qq -o "$work/calls" -e trace=sendto,prctl "${@:2}")
    # shellcheck disable=SC2016
    "${leash[@]}" sh -c 'echo $$ >"$1.pid" && exec "$2" --config "$3" --only=clerk' sh "$log" "$CANDOURD" "$CANDOURD_CONF" >"$log" 2>&1 &
    until_true 30 eval "grep -q '$killed' '$log' || $1" || mistake "the clerk is not done after 30 s: $(tail -n 5 "$log")"
    child=$(cat "$log.pid")
    kill "$child"
    wait $!
    ! grep -q "$killed" "$log"
}
killed='^error worker_ended .*signal=9'
# For each statement that the clerk sends: it is killed as it is about to send it, judged by RIGHT, started again, and
# compared by WORDS with a run without a kill. Prints what differs.
killed_at_each() { # DATABASE DONE RIGHT WORDS
    local wanted number kills=0
    back_to "$1"
    clerk "$2" -e signal=none || mistake "a clerk was killed for nothing: $(cat "$log")"
    wanted=$("$4")
    # Before the first statement come those that are only prepared; strace counts every message of a process.
    awk '/sendto\(/ { count++ } /sendto\([0-9]+, "B/ { print count }' "$work/calls" >"$work/numbers"
    while read -r number; do
        back_to "$1"
        ! clerk "$2" -e "inject=sendto:signal=SIGKILL:when=$number" || break
        kills=$((kills + 1))
        "$3" || echo "killed at $number: not as it must be"
        clerk "$2" || mistake "a clerk was killed for nothing: $(cat "$log")"
        "$3" && [ "$("$4")" = "$wanted" ] || {
            echo "killed at $number, and started again:"
            diff <(echo "$wanted") <("$4")
        }
    done <"$work/numbers"
    echo $kills >"$work/kills"
}

# ---------------------------------------------------------------- opening
{
    echo 'e-mail,name'
    echo 'lena@example.org,Lena Lead'
    echo 'olaf@example.org,Olaf Other'
    for number in 1 2 3 4 5; do echo "r$number@example.org,Rater $number"; done
} >"$data/people.csv"
{
    echo 'subject e-mail,level,rater e-mail,group'
    for number in 1 2 3 4 5; do echo "lena@example.org,6,r$number@example.org,peer"; done
    for number in 1 2 3 4; do echo "olaf@example.org,4,r$number@example.org,report"; done
} >"$data/raters.csv"
sql 'ALTER SYSTEM SET autovacuum = off' # it would visit databases that are being copied
sql 'ALTER SYSTEM SET fsync = off'      # only clerks die here
sql 'SELECT pg_reload_conf()' >"$work/words"
check 'a round is made' round_made
office_taken
check 'and is to collect, but nobody opens it' eval 'as "$admin" round advance "$round" --to nominating --confirm "$round" &&
    as "$admin" round advance "$round" --to collecting --confirm "$round"'
keep before_opening

chained='(SELECT count(*) FROM desk.audit) = (SELECT count(*) FROM desk.audit_chain)' # the clerk's last work of a turn
opened() {
    [ "$(sql "SELECT (SELECT count(*) FROM desk.manifest) = 1 AND $chained")" = t ]
}
# What raters see, the ballot box has had before, in the same words and with the same key.
opened_in_order() {
    [ -z "$(sql 'SELECT round, version, text FROM desk.manifest EXCEPT SELECT round, version, text FROM ballot.manifest')" ] &&
        [ -z "$(sql 'SELECT m.round FROM ballot.manifest m LEFT JOIN ballot.round_key k USING (round) WHERE k.round IS NULL')" ]
}
counts() { # keys are random: how many rows each table has
    rows session progress audit | cut -d '|' -f 1,2
}
same 'killed anywhere while opening, the round is opened once' '' "$(killed_at_each before_opening opened opened_in_order counts)"
check "before each of its $(cat "$work/kills") statements" test "$(cat "$work/kills")" -ge 10

# ---------------------------------------------------------------- closing
"$root/deploy/sandbox-server.sh" start
check 'raters of such a round collect' eval 'as "$admin" round letters "$round" --out "$work/letters" &&
    for number in 1 2 3 4 5; do sign_in "r$number@example.org" || exit; done'
forward 90060
ratings() { # COUNT FIRST
    seq -s, "$1" | awk -F, -v first="$2" '{ for (i = 1; i <= NF; i++) printf "%s%d", (i > 1 ? ", " : ""), (first + i * i) % 5 + 1 }'
}
answered() { # one remark on each question, so that shuffling cannot give two orders
    local number said
    for number in 1 2 3 4 5; do
        said=
        [ "$number" != 2 ] || said=', "comments": {"1": "Keep this.", "2": "Change that.", "3": "And more."}'
        printf '{"ratings": [%s]%s}' "$(ratings 53 "$number")" "$said" >"$data/lena.json"
        printf '{"ratings": [%s]%s}' "$(ratings 48 "$number")" "$said" >"$data/olaf.json"
        as "r$number@example.org" give Lena --answers "$data/lena.json" --now --yes || return
        [ "$number" = 5 ] || as "r$number@example.org" give Olaf --answers "$data/olaf.json" --now --yes || return
    done
}
check 'they answer' answered
forward 864000
office_taken
check 'the round is to close, but nobody closes it' eval 'admin_sign_in && as "$admin" round close "$round" --confirm "$round"'
keep before_closing

closed() {
    [ "$(sql "SELECT state = 'closed' AND $chained FROM desk.round")" = t ]
}
# No answer is in neither place, and none leaves the box before its leaf is published.
nothing_lost() {
    [ "$(sql 'SELECT (SELECT count(*) FROM ballot.ballot) = 9 OR
        ((SELECT count(*) FROM ballot.shuffled_ratings) = 9 AND (SELECT count(*) FROM ballot.leaf) = 9)')" = t ]
}
# Leaves, root, reports, shuffled rows and all else, byte by byte; of the audit trail and its chain, which have times,
# what was done.
everything() {
    rows session progress audit audit_chain
    sql 'SELECT action, object FROM desk.audit ORDER BY 1, 2'
    sql 'SELECT count(*) FROM desk.audit_chain UNION ALL SELECT count(*) FROM ballot.round_key UNION ALL SELECT count(*) FROM desk.round_key
        UNION ALL SELECT count(*) FROM pg_inherits WHERE inhparent = '\''ballot.ballot'\''::regclass'
}
same 'killed anywhere while closing, every leaf, report and row is the same' '' "$(killed_at_each before_closing closed nothing_lost everything)"
check "before each of its $(cat "$work/kills") statements" test "$(cat "$work/kills")" -ge 20
same 'two reports are there, and neither keys nor box' '2 0 0 0' "$(sql 'SELECT (SELECT count(*) FROM desk.report) || '\'' '\'' ||
    (SELECT count(*) FROM ballot.round_key) || '\'' '\'' || (SELECT count(*) FROM desk.round_key) || '\'' '\'' || (SELECT count(*) FROM ballot.ballot)')"
# A step that was taken before writes nothing; only a transaction with a number waits for a standby.
unwritten() { # NAME...: of the ballot side's statements that get no number when they are run for the closed round
    local name id
    id=$(sql 'SELECT id FROM ballot.round')
    for name; do
        {
            echo 'BEGIN;'
            sed -E "s/[$]1::/'$id'::/g; s/[$][0-9]+::/NULL::/g" "$root/sql/queries/clerk_ballot/$name.sql"
            echo "; SELECT '$name' WHERE pg_current_xact_id_if_assigned() IS NULL; ROLLBACK;"
        } | psql -XAtq -U candour_clerk_ballot -v ON_ERROR_STOP=1 2>&1 | grep -E "$name|ERROR"
    done
}
same 'a step that is repeated waits for the standby, though nothing is written' '' \
    "$(unwritten leaves_root_put shuffle drop_box extend_round)"
same 'control: a statement that only reads does not' closed_manifest "$(unwritten closed_manifest)"
check 'no process of a candourd may be dumped' grep -q 'prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) *= 0' "$work/calls"
"$root/deploy/sandbox-server.sh" start
parent=$(cat "$CANDOURD_PID_FILE")
for pid in $parent $(cat "/proc/$parent/task/$parent/children"); do
    awk '/^Max core file size/ { print $5, $6 }' "/proc/$pid/limits"
done >"$work/limits"
same 'nor leave a core: a parent and five workers' "$(for process in 1 2 3 4 5 6; do echo 0 0; done)" "$(cat "$work/limits")"
finish
