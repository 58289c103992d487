#!/usr/bin/env bash
# What the whole daemon keeps in memory (proportional set size of all its processes, the highest of a look every 50 ms)
# while 1,000 clients cast ballots at once, each over a connection of its own, beside the worst case that it prints when
# it starts, with the limits that it has by itself.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib.sh"
clients=1000 casts=5000

daemon_kib() {
    local pid child files
    pid=$(cat "$CANDOURD_PID_FILE")
    files="/proc/$pid/smaps_rollup"
    # shellcheck disable=SC2013
    for child in $(cat "/proc/$pid/task/$pid/children"); do files="$files /proc/$child/smaps_rollup"; done
    # shellcheck disable=SC2086
    awk '/^Pss:/ { sum += $2 } END { print sum }' $files
}
# Of the ballot box, open now.
connections() {
    local hex
    hex=$(printf '%04X' "${CANDOUR_BALLOT##*:}")
    awk -v port=":$hex" '$4 == "01" && substr($2, length($2) - 4) == port' /proc/net/tcp | wc -l
}
watch() { # FILE: notes into it, as long as there is FILE.on
    while [ -e "$1.on" ] && [ -s "$CANDOURD_PID_FILE" ]; do
        echo "$(daemon_kib) $(connections)"
        sleep 0.05
    done >"$1"
}
measure() {
    local at=$1 most
    : >"$work/seen.on"
    watch "$work/seen" &
    run_load cast "$round_file" "$ballots_file" "$at" $casts $clients kept
    rm "$work/seen.on"
    wait
    most=$(awk '$1 > kib { kib = $1 } $2 > open { open = $2 } END { print kib, open + 0 }' "$work/seen")
    [ "${most#* }" -ge $clients ] || stop "only ${most#* } connections were open at once"
    bench busy_memory "$(calc "${most% *} / 1024")" MiB
    bench busy_memory_said "$said" MiB
    bench busy_cast_rate "$rate" per_s
}

plain_daemon
sed -i '/^connections_max/d' "$CANDOURD_CONF"
"$root/deploy/sandbox-server.sh" restart
said=$(sed -n 's/.* worst_case_mib=\([0-9]*\).*/\1/p' "$CANDOUR_SANDBOX/candourd.log" | tail -n 1)
seed_open_round 'Bench busy' $((rounds * casts / 12 + 1)) >"$work/seed.log" 2>&1 || stop "no round: $(tail -n 3 "$work/seed.log")"
prepare_ballots $((rounds * casts)) || stop 'no ballots'
bench idle_daemon_memory "$(calc "$(daemon_kib) / 1024")" MiB
for round in $(seq "$rounds"); do measure $(((round - 1) * casts)); done
