#!/usr/bin/env bash
# What candourd needs behaves badly while raters cast: a database that stops, refuses, only reads, hangs, is slow, fails
# at commit or comes back elsewhere; no descriptors; a clock that jumps; a worker that hangs.
. "$(dirname "$0")/lib.sh"
other=$CANDOUR_SANDBOX/other
mkdir "$other"
[ "$(id -u)" -ne 0 ] || chown postgres:postgres "$other"
sed -i "s|host=$PGHOST |host=$PGHOST,$other |" "$CANDOURD_CONF"
export PGHOST="$PGHOST,$other"
faketime=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -n 1)
echo +0 >"$work/jump"
server() {
    LD_PRELOAD=$faketime FAKETIME_TIMESTAMP_FILE=$work/jump FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 \
        "$root/deploy/sandbox-server.sh" "$@" || give_up "sandbox-server.sh $*"
}
server restart
tally_start 6
while_it_lasts() {
    sleep "$(many 1 4)"
}
through() { # NAME BREAK MEND: several times
    local turn turns
    turns=$(many 1 10)
    begin
    for ((turn = 0; turn < turns; turn++)); do
        under_load
        $2
        while_it_lasts
        $3
        under_load
        compare
    done
    nothing_lost "$turns times $1"
}

# ---------------------------------------------------------------- the database
stop() { database stop; }
start() { database start; }
refuse() {
    sql "ALTER DATABASE $PGDATABASE CONNECTION LIMIT 0"
    sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename LIKE 'candour%'" >"$work/words"
}
admit() { sql "ALTER DATABASE $PGDATABASE CONNECTION LIMIT -1"; }
system() { # SETTING
    sql "ALTER SYSTEM SET $1" && sql 'SELECT pg_reload_conf()' >"$work/words"
}
only_read() { system 'default_transaction_read_only = on'; }
write_too() { PGOPTIONS='-c default_transaction_read_only=off' system 'default_transaction_read_only = off'; }
# shellcheck disable=SC2046
freeze() { kill -STOP $(database_processes); }
# shellcheck disable=SC2046
thaw() {
    [ -z "${FAULTS_ALL-}" ] || sleep 3 # longer than a request waits
    kill -CONT $(database_processes)
}
# On every ballot that is stored: WHEN it happens, and WHAT.
meddle() { # WHEN WHAT
    sql "CREATE FUNCTION public.meddle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN $2; RETURN NULL; END'"
    sql "CREATE CONSTRAINT TRIGGER meddle AFTER INSERT OR UPDATE ON ballot.ballot $1 FOR EACH ROW EXECUTE FUNCTION public.meddle()"
}
leave() { # casting may hold it up, even in a deadlock
    until_true 30 psql -XAtq -v ON_ERROR_STOP=1 -c 'DROP FUNCTION IF EXISTS public.meddle CASCADE' || mistake 'the trigger stays'
}
slow() { meddle '' 'PERFORM pg_sleep(0.3)'; }
fail_at_commit() {
    meddle 'DEFERRABLE INITIALLY DEFERRED' "IF random() < 0.5 THEN RAISE EXCEPTION USING errcode =
        (ARRAY[''40001'', ''53200'', ''57014'', ''58030''])[1 + floor(4 * random())]; END IF"
}
move() {
    [ "$(database_address)" = "$other" ] && settings || settings "unix_socket_directories = '$other'"
}
database_address() { sed -n 5p "$CANDOUR_SANDBOX/cluster/postmaster.pid"; }
nothing() { :; }
if [ -n "${FAULTS_ALL-}" ]; then
    through 'the database stops' stop start
    through 'the database only reads' only_read write_too
    through 'the database hangs' freeze thaw
    through 'the database is slow' slow leave
fi
through 'the database lets nobody in' refuse admit
through 'the database fails at commit' fail_at_commit leave
through 'the database comes back elsewhere' move nothing
[ "$(database_address)" != "$other" ] || settings

# ---------------------------------------------------------------- candourd's own
# Each worker of the ballot box has as many as it uses, and then loses the database.
descriptors() { # LIMIT of each: WORD or number
    local pid limit
    for pid in $(workers | cut -d ' ' -f 3,4); do
        limit=$1
        [ "$limit" != none ] || limit=$(find "/proc/$pid/fd" -mindepth 1 | wc -l)
        prlimit --pid "$pid" --nofile="$limit:" || mistake 'descriptors cannot be limited'
    done
}
exhaust() {
    descriptors none
    sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'candour_ballot'" >"$work/words"
}
relieve() { descriptors 4096; }
through 'there are no descriptors' exhaust relieve

jump() { # to within the time for answering
    echo "$((RANDOM * 10 - 3000))" | sed 's/^[0-9]/+&/' >"$work/jump"
}
if [ -n "$faketime" ]; then
    through 'the clock jumps' jump jump
    echo +0 >"$work/jump"
else
    skipped 'faketime is missing'
fi

# A worker whose loop stands still is replaced after half a minute.
if [ -n "${FAULTS_ALL-}" ]; then
    begin
    before=$(grep -c worker_hangs "$CANDOUR_SANDBOX/candourd.log")
    read -r _ _ victim _ < <(workers)
    under_load
    kill -STOP "$victim"
    until_true_at_work 60 are_gone "$victim" || bad 'a worker that hangs is killed'
    same 'a worker that hangs is noticed' $((before + 1)) "$(grep -c worker_hangs "$CANDOUR_SANDBOX/candourd.log")"
    under_load
    compare
    nothing_lost 'a worker hangs'
fi

# The checker must see it when ballots fail after the database has said that they are stored: it takes some back.
begin
under_load
sql 'CREATE TABLE public.kept AS SELECT * FROM ballot.ballot; CREATE TABLE public.counted AS SELECT * FROM ballot.quota'
ask go 20
sql 'BEGIN; LOCK ballot.quota, ballot.ballot; DELETE FROM ballot.ballot; INSERT INTO ballot.ballot SELECT * FROM public.kept;
    UPDATE ballot.quota q SET ballots = c.ballots FROM public.counted c WHERE (c.round, c.subject, c.grp) = (q.round, q.subject, q.grp); COMMIT'
compare
something_lost 'a database that goes back to an earlier state'
tally_end
finish
