#!/usr/bin/env bash
# usage: deploy/sandbox.sh tests/bench/publish.sh [LEADERS...]
# How long publishing takes: from the request to close a round until every report is stored and the round is closed, for
# rounds of 2 and of 500 leaders with 12 ballots of 53 statements each; and, in the same run, how long PostgreSQL takes
# to average the same answers by leader, group and statement. Fails above 1 s for up to 2 leaders, 30 s for up to 500.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/../e2e/lib_seed.sh"
[ $# -gt 0 ] || set -- 2 500

milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}
is_closed() { # NAME
    [ "$(sql "SELECT state FROM desk.round WHERE name = '$1'")" = closed ]
}
measure() { # NAME LEADERS
    local began took by_sql
    began=$(milliseconds)
    as "$admin" round close "$1" --confirm "$1" >/dev/null 2>&1 || return
    until is_closed "$1"; do sleep 0.01; done
    took=$(($(milliseconds) - began))
    by_sql=$(psql -XAtq <<EOT | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'
\timing on
SELECT count(*) FROM (SELECT subject, grp, i, avg(get_byte(ratings, i)) FROM ballot.shuffled_ratings s
    JOIN desk.round r ON r.id = s.round AND r.name = '$1', generate_series(0, 52) i GROUP BY 1, 2, 3) x
EOT
    )
    awk -v leaders="$2" -v took="$took" -v sql="$by_sql" \
        -v reports="$(sql "SELECT count(*) || ' ' || sum(length(body)) FROM desk.report p JOIN desk.round r ON r.id = p.round AND r.name = '$1'")" '
        BEGIN { split(reports, r, " ")
            printf "%d leaders, %d reports, %.1f MiB: %d ms; GROUP BY of the same answers: %.0f ms; ratio %.1f\n",
                leaders, r[1], r[2] / 1048576, took, sql, took / sql
            exit r[1] != leaders || took > (leaders <= 2 ? 1000 : 30000) }'
}

most=$(printf '%s\n' "$@" | sort -n | tail -n 1)
admin_sign_in >/dev/null 2>&1 && seed_people "$most" 100 >/dev/null 2>&1 || mistake 'no people'
for leaders; do
    check "$leaders leaders: a round" seed_round "Bench $leaders" "$leaders" 100 4 3 3
    measure "Bench $leaders" "$leaders" && ok "$leaders leaders" || bad "$leaders leaders"
done
finish
