#!/usr/bin/env bash
# Growth: what a ballot and a report cost with 100 leaders (1,200 ballots), with 1,000, and with 10,000 (120,000 ballots)
# beside 50 earlier rounds of 100 leaders each. A ballot's cost is the processor time, of the ballot box and of PostgreSQL,
# of anonymous casts that come when everybody has answered once, after a checkpoint (the sandbox's clock file takes a
# hundredth of it); and of storing alone, 256 waiting at a time, which is a thirtieth. A report's is that of publishing, of the clerk and of PostgreSQL, from shuffled rows to reports committed.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib_rounds.sh"

# COMMAND...: what it and PostgreSQL used meanwhile is added to used_ms
use() {
    local before own
    before=$(postgres_ms)
    TIMEFORMAT='%3U %3S'
    own=$({ time "$@" >"$work/used" 2>&1; } 2>&1) || stop "failed: $* $(tail -n 3 "$work/used")"
    used_ms=$(awk -v own="$own" "BEGIN { split(own, s, \" \"); print $used_ms + $(postgres_ms) - $before + 1000 * (s[1] + s[2]) }")
}
# Everybody has answered once.
once() {
    sql "DELETE FROM ballot.ballot b WHERE round = '$round' AND NOT EXISTS (SELECT FROM kept k WHERE k.vk = b.vk)"
    sql "UPDATE ballot.quota SET raters = 100000 WHERE round = '$round'"
    sql 'VACUUM ANALYZE ballot.quota'
    sql "VACUUM ANALYZE ballot.ballot_$round"
    sql 'CHECKPOINT'
}
# SUFFIX NAME LEADERS
ballots() {
    local at=0 i pids before own
    read_rights "$2" $((casts * (rounds + 1) / $3 / 5 + 2))
    prepare_ballots $((casts * (rounds + 1))) || stop 'no ballots'
    pids=$(workers ballot)
    for i in $(seq 0 "$rounds"); do
        once
        before=$(postgres_ms) own=$(cpu_us $pids)
        run_load cast "$round_file" "$ballots_file" $at $casts 64 fresh
        at=$((at + casts))
        # Once for nothing, so that everything is warm.
        [ "$i" -eq 0 ] || bench "ballot_cost_$1" "$(calc "(1000 * ($(postgres_ms) - $before) + $(cpu_us $pids) - $own) / $casts")" us
    done
}
# SUFFIX
stored_ballots() {
    local count=16000
    once
    used_ms=0
    use "$bench_bin/daemon_storage" "$round" "$work/groups" $count 256
    bench "ballot_stored_cost_$1" "$(awk "BEGIN { print 1000 * $used_ms / $count }")" us
}
# SUFFIX NAME LEADERS: those of few leaders several times, for processor time is not counted finely
reports() {
    local times=$((1000 / $3))
    [ $times -gt 0 ] || times=1
    used_ms=0
    for time in $(seq $times); do
        unpublish "$2"
        use "$bench_bin/daemon_publish" "$round" alone
    done
    bench "report_cost_$1" "$(awk "BEGIN { print 1000 * $used_ms / $times / $3 }")" us
}
# Fifty closed rounds with the shuffled answers and reports of NAME.
earlier_rounds() { # NAME
    sql "SET session_replication_role = replica;
        CREATE TEMP TABLE copies AS SELECT r.id AS old, gen_random_uuid() AS id, i FROM desk.round r, generate_series(1, 50) i
            WHERE r.name = '$1';
        CREATE TEMP TABLE pairs AS SELECT c.old, c.id AS round, s.id AS from_id, gen_random_uuid() AS id
            FROM copies c JOIN desk.subject s ON s.round = c.old;
        INSERT INTO desk.round SELECT (jsonb_populate_record(r, jsonb_build_object('id', c.id, 'name', 'Earlier ' || c.i,
            'state', 'released', 'closing_step', 6, 'request', gen_random_uuid(), 'close_at', r.close_at - make_interval(days => 30 * c.i),
            'collect_from', r.collect_from - make_interval(days => 30 * c.i),
            'answer_from', r.answer_from - make_interval(days => 30 * c.i)))).*
            FROM copies c JOIN desk.round r ON r.id = c.old;
        INSERT INTO ballot.round SELECT (jsonb_populate_record(r, jsonb_build_object('id', c.id))).*
            FROM copies c JOIN ballot.round r ON r.id = c.old;
        INSERT INTO desk.subject SELECT (jsonb_populate_record(s, jsonb_build_object('round', p.round, 'id', p.id))).*
            FROM pairs p JOIN desk.subject s ON s.round = p.old AND s.id = p.from_id;
        INSERT INTO desk.assignment SELECT (jsonb_populate_record(a, jsonb_build_object('round', p.round, 'subject', p.id,
            'id', gen_random_uuid()))).* FROM pairs p JOIN desk.assignment a ON a.round = p.old AND a.subject = p.from_id;
        INSERT INTO desk.report SELECT p.round, p.id, t.body, true
            FROM pairs p JOIN desk.report t ON t.round = p.old AND t.subject = p.from_id;
        INSERT INTO ballot.shuffled_ratings SELECT p.round, p.id, t.grp, t.ratings
            FROM pairs p JOIN ballot.shuffled_ratings t ON t.round = p.old AND t.subject = p.from_id;
        INSERT INTO ballot.shuffled_comment SELECT p.round, p.id, t.grp, t.question, t.text
            FROM pairs p JOIN ballot.shuffled_comment t ON t.round = p.old AND t.subject = p.from_id"
    sql 'VACUUM ANALYZE'
}

casts=1500 # in a round
people 10000
sql 'CREATE TABLE kept (vk bytea PRIMARY KEY)'
for size in 1x:100 10x:1000 100x:10000; do
    suffix=${size%:*} leaders=${size#*:}
    open_round "Bench $suffix" "$leaders"
    seed_ballots "Bench $suffix"
    round=$(round_hex "Bench $suffix")
    sql "SELECT replace(subject::text, '-', '') || ' ' || grp FROM ballot.quota WHERE round = '$round'" >"$work/groups"
    sql "INSERT INTO kept SELECT vk FROM ballot.ballot WHERE round = '$round'"
    [ "$suffix" != 100x ] || earlier_rounds 'Bench 1x'
    sql "UPDATE ballot.quota SET ballots = raters WHERE round = '$round'"
    sleep 4 # each worker of the ballot box looks for new rounds every three seconds
    ballots "$suffix" "Bench $suffix" "$leaders"
    "$root/deploy/sandbox-server.sh" stop
    for i in $(seq "$rounds"); do
        stored_ballots "$suffix"
    done
    sql "DELETE FROM ballot.ballot b WHERE round = '$round' AND NOT EXISTS (SELECT FROM kept k WHERE k.vk = b.vk)"
    "$root/deploy/sandbox-server.sh" start
    close_round "Bench $suffix"
    "$root/deploy/sandbox-server.sh" stop
    for i in $(seq "$rounds"); do
        reports "$suffix" "Bench $suffix" "$leaders"
    done
    "$root/deploy/sandbox-server.sh" start
done
