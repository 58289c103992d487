#!/usr/bin/env bash
# Peers that mean harm beside honest raters, all from one address: how long do honest casts take, and is everything that
# they took given back? Each kind is between two stretches of time without it, which it is compared with.
. "$(dirname "$0")/lib.sh"
tally_start 6
seconds=$(many 1 8)
peers=$(many 16 48)
# Lets honest raters cast for so long; p99: the longest of ninety-nine in a hundred of their casts, in microseconds.
honest() { # SECONDS
    local until=$((SECONDS + $1))
    ask times
    while [ $SECONDS -lt $until ]; do compare && sleep 0.1; done
    under_load
    ask times
    read -r _ p99 _ <<<"$reply"
}
taken() { # KIB and DESCRIPTORS of all workers
    local pid
    for pid in $(workers); do
        awk '/^VmRSS:/ { print "KIB", $2 }' "/proc/$pid/status"
        find "/proc/$pid/fd" -mindepth 1 -printf 'FD 1\n'
    done | awk '{ sum[$1] += $2 } END { print sum["KIB"], sum["FD"] }'
}
settled() {
    read -r kib fds < <(taken)
    [ "$fds" -le $((fds_before + 40)) ]
}
same_workers=$(workers)
begin
under_load
# Memory of connections is touched when they are many for the first time, and kept for the next ones.
read -r kib_cold _ < <(taken)
for kind in silent empty-fields; do "$tools/hostile" $kind 2 48 >"$work/times"; done
until_true 20 eval '[ "$(taken | cut -d " " -f 2)" -lt 150 ]'
read -r kib_before fds_before < <(taken)
for kind in slow-writers silent key-updates empty-fields stuffing \
    $(many '' 'slow-readers lengths missing-fields other-protocols replay'); do
    honest "$seconds"
    alone=$p99
    "$tools/hostile" $kind $((seconds + 1)) "$peers" >"$work/times" &
    attackers=$!
    honest "$seconds"
    beside=$p99
    wait $attackers || mistake "hostile $kind"
    honest "$seconds"
    alone=$((alone > p99 ? alone : p99))
    until_true 20 settled
    check "$kind: descriptors are given back" settled
    echo "shown: $(printf '%-15s %6d times, p99 of honest casts %4d ms, without them %4d ms; %d KiB, %d descriptors of candourd' \
        $kind "$(cat "$work/times")" $((beside / 1000)) $((alone / 1000)) "$kib" "$fds")"
done
# A sanitizer keeps what was freed for a while.
is_sanitized || check 'memory is given back' test "$kib" -le $((kib_before + 8 * 1024))
echo "shown: memory of all workers: $kib_cold KiB before anybody came, $kib_before KiB after the first many, $kib KiB in the end"
same 'all workers live' "$same_workers" "$(workers)"
nothing_lost 'beside hostile peers'
tally_end
finish
