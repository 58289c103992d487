#!/usr/bin/env bash
# The storage path alone: verified ballots to committed rows by the ballot box's own batches; and, right after it,
# pgbench storing the same row, one in each transaction, with 16, 32 and 64 clients, of which the best counts. Besides,
# what processor time all of PostgreSQL's processes take for a ballot.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib_rounds.sh"

clients_s=3

measure() { # METRIC_SUFFIX BALLOTS WAITING
    local ballots=$2 seconds before
    roomy_box
    before=$(postgres_ms)
    seconds=$("$bench_bin/daemon_storage" "$round" "$work/groups" "$ballots" "$3") || stop 'not stored'
    bench "storage_rate$1" "$(awk "BEGIN { print $ballots / $seconds }")" per_s
    bench "storage_pg_cpu$1" "$(awk "BEGIN { print 1000 * ($(postgres_ms) - $before) / $ballots }")" us
}
# The best rate, and what PostgreSQL took for a transaction then.
reference() {
    local clients before best=0 cpu=0 rate count
    for clients in 16 32 64; do
        sql 'TRUNCATE pgbench_ballot'
        sql 'CHECKPOINT'
        before=$(postgres_ms)
        pgbench -n -M prepared -c $clients -j 2 -T $clients_s -f "$work/ballot.pgbench" >"$work/pgbench.log" 2>&1 ||
            stop "pgbench: $(cat "$work/pgbench.log")"
        rate=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' "$work/pgbench.log")
        count=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$work/pgbench.log")
        awk "BEGIN { exit !($rate > $best) }" || continue
        best=$rate cpu=$(awk "BEGIN { print 1000 * ($(postgres_ms) - $before) / $count }")
    done
    bench pgbench_rate "$best" per_s
    bench pgbench_pg_cpu "$cpu" us
}

people 1000
open_round Bench 1000
"$root/deploy/sandbox-server.sh" stop
round=$(round_hex Bench)
sql "SELECT replace(subject::text, '-', '') || ' ' || grp FROM ballot.quota" >"$work/groups"
sql 'CREATE TABLE pgbench_ballot (LIKE ballot.ballot INCLUDING ALL)'
cat >"$work/ballot.pgbench" <<EOT
INSERT INTO pgbench_ballot (round, vk, subject, grp, sequence, ratings, comments, leaf)
VALUES ('$round', uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), gen_random_uuid(), 3, 1,
        decode(repeat('04', 53), 'hex'), decode(repeat('61', 23), 'hex'),
        uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
EOT
for i in $(seq "$rounds"); do
    measure '' 60000 512
    reference
    measure _64 20000 64
done
