# Sourced by the benchmarks beside it, after ../e2e/lib.sh.
. "$root/tests/e2e/lib_seed.sh"
tools=${CANDOUR_BUILD:-build/plain}/tests/bench/tools
load=$tools/load
rounds=${BENCH_ROUNDS:-3}

stop() { # WORDS: what was measured counts for nothing
    echo "$*" >&2
    exit 1
}
bench() { # METRIC VALUE UNIT
    echo "bench: $*"
}
milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}
calc() { # EXPRESSION of awk
    awk "BEGIN { printf \"%.6g\", $1 }"
}
# CPU time so far of processes, all their threads, in microseconds.
cpu_us() { # PID...
    local files= pid
    for pid; do files="$files /proc/$pid/task/*/schedstat"; done
    # shellcheck disable=SC2086
    cat $files 2>/dev/null | awk '{ sum += $1 } END { printf "%.0f", sum / 1000 }'
}
# The workers of a kind: desk, ballot, clerk.
workers() { # KIND [PID of the daemon]
    local pid child
    pid=${2-$(cat "$CANDOURD_PID_FILE")}
    # shellcheck disable=SC2013
    for child in $(cat "/proc/$pid/task/$pid/children"); do
        case $(cat "/proc/$child/comm") in "$1"-*) echo "$child" ;; esac
    done
}
# Runs the load generator with what it is told; sets rate, p50_ms and p99_ms. What fails counts for nothing.
run_load() { # WORD...
    local line
    line=$("$load" "$@" 2>"$work/load.log") || {
        sort "$work/load.log" | uniq -c | sort -rn | head -n 5 >&2
        stop "the load failed: $* ($line)"
    }
    eval "$line"
}
# A round that collects and answers now, LEADERS with 12 people asked about each, and its keys and rights.
seed_open_round() { # NAME LEADERS
    admin_sign_in && seed_people "$2" 500 || return
    awk -v leaders="$2" -v raters=500 'BEGIN {
        print "subject e-mail,rater e-mail,group"
        for (i = 1; i <= leaders; i++) {
            printf "leader%d@example.org,leader%d@example.org,self\n", i, i
            for (k = 0; k <= 10; k++)
                printf "leader%d@example.org,rater%d@example.org,%s\n", i, (i * 7 + k) % raters + 1, \
                    k == 0 ? "manager" : k <= 4 ? "peer" : k <= 7 ? "report" : "other"
        }
    }' >"$seeded/raters.csv"
    as "$admin" round new "$1" --framework 'Ten competencies' --collect-from now --answer-from now --close +1d --grace 1m &&
        as "$admin" round load "$1" "$seeded/raters.csv" &&
        as "$admin" round advance "$1" --to collecting --confirm "$1" && until_true 60 seeded_box "$1" || return
    read_rights "$1"
    sleep 4 # each worker of the ballot box looks for new rounds every three seconds
}
# Leaves a round's keys in $round_file, and in $rights_file one line for each right to cast a ballot: as many for each
# group as it has raters, or EACH.
read_rights() { # NAME [EACH]
    round_file=$work/round rights_file=$work/rights
    {
        sql "SELECT replace(r.id::text, '-', '') || ' ' || encode(sha256(m.text), 'hex') || ' ' ||
            encode(k.box_public, 'hex') || ' ' || encode(k.box_secret, 'hex') || ' ' ||
            encode(k.credential_secret, 'hex') || ' ' || r.bucket
            FROM ballot.round r JOIN ballot.manifest m ON m.round = r.id AND m.version = 0
            JOIN ballot.round_key k ON k.round = r.id JOIN desk.round d ON d.id = r.id AND d.name = '$1'"
        od -An -v -tx1 "$CANDOUR_SANDBOX/ballot.kek" | tr -d ' \n'
    } >"$round_file"
    sql "SELECT replace(subject::text, '-', '') || ' ' || grp FROM ballot.quota, generate_series(1, ${2:-raters})
        WHERE round = (SELECT id FROM desk.round WHERE name = '$1') ORDER BY random()" >"$rights_file"
}
# Ballots for the first COUNT rights, in $ballots_file; made on all processors.
prepare_ballots() { # COUNT
    ballots_file=$work/ballots
    local parts part each pids=
    parts=$(nproc)
    each=$((($1 + parts - 1) / parts))
    for part in $(seq 0 $((parts - 1))); do
        "$load" prepare "$round_file" "$rights_file" "$ballots_file.$part" $((part * each)) \
            $((part + 1 < parts ? each : $1 - part * each)) &
        pids="$pids $!"
    done
    for part in $pids; do wait "$part" || return; done
    : >"$ballots_file"
    for part in $(seq 0 $((parts - 1))); do
        cat "$ballots_file.$part" >>"$ballots_file" && rm "$ballots_file.$part" || return
    done
}
# The sandbox's daemon reads a clock file for every request. For benchmarks it runs without, at the real time, with as
# many workers as there are processors; no step of the tests may then move the clock.
plain_daemon() {
    forward() { :; }
    sed -i -e '/^clock_file/d' -e "s/^workers = .*/workers = $(nproc)/" -e 's/^connections_max = .*/connections_max = 500/' \
        -e 's/^memory_max_mib = .*/memory_max_mib = 16384/' "$CANDOURD_CONF"
    "$root/deploy/sandbox-server.sh" restart
}
