#!/usr/bin/env bash
# Publishing: rounds of 1,000 and of 10,000 leaders with 12 ballots of 53 statements each, from shuffled rows to reports
# committed, by the clerk's own code; and, right after each, PostgreSQL giving the mean of each leader, group and
# statement of the same answers, stored one row each.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib_rounds.sh"

# ROUND METRIC_SUFFIX
published() {
    unpublish "$1"
    "$bench_bin/daemon_publish" "$(round_hex "$1")" >"$work/published" || stop "$1 was not published"
    awk -v suffix="$2" '$1 == "figures_ms" { print "bench: publish_figures_time" suffix, $2, "ms" }
        $1 == "publish_ms" { print "bench: publish_time" suffix, $2, "ms" }
        $1 == "memory_mib" { print "bench: publish_memory" suffix, $2, "MiB" }' "$work/published"
}
grouped() { # the result goes to whoever asked, as it must to become reports
    psql -XAtq <<'EOT' | sed -n 's/^Time: \([0-9.]*\) ms.*/bench: group_by_time \1 ms/p'
\timing on
\o /dev/null
COPY (SELECT subject, grp, item, count(rating), avg(rating) FROM answer GROUP BY subject, grp, item) TO STDOUT;
EOT
}

people 10000
for leaders in 1000 10000; do
    open_round "Bench $leaders" "$leaders"
    answer_and_close "Bench $leaders"
done
"$root/deploy/sandbox-server.sh" stop
sql "CREATE TABLE answer AS
    SELECT subject, grp, item::smallint, nullif(get_byte(ratings, item), 255)::smallint AS rating
    FROM ballot.shuffled_ratings, generate_series(0, 52) item
    WHERE round = (SELECT id FROM desk.round WHERE name = 'Bench 1000')"
sql 'VACUUM ANALYZE'
for round in $(seq "$rounds"); do
    published 'Bench 1000' ''
    grouped
    published 'Bench 10000' _10000
done
