#!/usr/bin/env bash
# Peers that mean harm beside honest raters, all from one address: how long do honest casts, and sign-ins at the desk,
# take, and is everything that they took given back? Each kind is between two stretches of time without it, which it is
# compared with.
. "$(dirname "$0")/lib.sh"
# In the world clients have computers of their own: here all of them have one half of the processors, and the server and
# its database the other, with as many workers of each door as that has processors. In the clients' half the peers get
# what honest ones leave, which is nearly all of it: where times are judged, honest ones have real-time priority, for
# among normal ones Linux lets even idle peers finish their turn.
mapfile -t cpus < <(taskset -cp $$ | sed 's/.*: //' | tr , '\n' | awk -F- '{ for (cpu = $1; cpu <= $NF; cpu++) print cpu }')
half=$((${#cpus[@]} > 1 ? ${#cpus[@]} / 2 : 1))
taskset -cp "$(IFS=, && echo "${cpus[*]: -half}")" $$ >/dev/null
keep_apart() {
    local pid
    for pid in "$(cat "$CANDOURD_PID_FILE")" $(workers) $(database_processes); do
        taskset -apc "$(IFS=, && echo "${cpus[*]:0:half}")" "$pid" >/dev/null || are_gone "$pid" || mistake 'taskset'
    done
}
restart() { # with other settings
    server restart
    keep_apart
    under_load
    begin_measuring
}
sed -i "s/^workers = .*/workers = $half/" "$CANDOURD_CONF"
server restart
keep_apart
# 26 ballots' names in each round; to the ballot box each is a rater. All raters together cast some sixty times a second.
tally_start "$(many 6 24)" 200
first=
if [ -n "${FAULTS_ALL-}" ]; then
    first='chrt --fifo 1'
    for pid in $TALLY_PID $(pgrep -P "$TALLY_PID"); do
        chrt --fifo -p 1 "$pid" >/dev/null || mistake 'honest ones cannot go first: run this as root'
    done
fi
seconds=$(many 1 8)
peers=$(many 16 48)
# Lets honest raters cast, and people sign in, for so long: the longest of ninety-nine in a hundred, in microseconds.
honest() { # SECONDS
    local asking
    $first "$tools/hostile" honest-desk "$1" 4 >"$work/desk" &
    asking=$!
    under_load # from now on each may cast once more
    ask times
    sleep "$1"
    ask times
    read -r _ cast casts <<<"$reply"
    wait $asking || mistake 'nobody can sign in'
    read -r _ desk <"$work/desk"
}
taken() { # KIB and DESCRIPTORS of all workers
    local pid
    for pid in $(workers); do
        awk '/^VmRSS:/ { print "KIB", $2 }' "/proc/$pid/status"
        find "/proc/$pid/fd" -mindepth 1 -printf 'FD 1\n'
    done | awk '{ sum[$1] += $2 } END { print sum["KIB"], sum["FD"] }'
}
descriptors() {
    local fds
    read -r _ fds < <(taken)
    echo "$fds"
}
settled() {
    read -r kib fds < <(taken)
    [ "$fds" -le $((fds_before + 40)) ]
}
beside() { # KIND PEERS [SECONDS COMMAND]: honest ones begin when the command succeeds, but after so many seconds
    local alone_cast alone_desk attackers during
    honest "$seconds"
    alone_cast=$cast alone_desk=$desk
    chrt --idle 0 "$tools/hostile" "$1" $((seconds + 1 + ${3-0})) "$2" >"$work/times" &
    attackers=$!
    [ $# -lt 4 ] || until_true "$3" eval "$4" || mistake "hostile $1 does not succeed"
    honest "$seconds"
    beside_cast=$cast beside_desk=$desk beside_casts=$casts
    during=$(descriptors)
    wait $attackers || mistake "hostile $1"
    until_true 60 settled
    check "$1: descriptors are given back" settled
    honest "$seconds"
    alone_cast=$(((alone_cast + cast) / 2)) alone_desk=$(((alone_desk + desk) / 2))
    read -r times _ <"$work/times"
    cast_ratio=$((100 * beside_cast / alone_cast)) desk_ratio=$((100 * beside_desk / alone_desk))
    echo "shown: $(printf '%-15s %6d times; p99 of %d honest casts %d ms, without them %d ms: x %d.%02d; at the desk %d ms, %d ms: x %d.%02d; %d descriptors, then %d; %d KiB' \
        "$1" "$times" "$beside_casts" $((beside_cast / 1000)) $((alone_cast / 1000)) $((cast_ratio / 100)) $((cast_ratio % 100)) \
        $((beside_desk / 1000)) $((alone_desk / 1000)) $((desk_ratio / 100)) $((desk_ratio % 100)) "$during" "$fds" "$kib")"
}
# Memory of connections is touched when they are many for the first time, and kept for the next ones.
begin_measuring() {
    same_workers=$(workers)
    read -r kib_cold _ < <(taken)
    for kind in silent empty-fields $(many '' half-open); do "$tools/hostile" $kind "$(many 2 5)" 48 >"$work/times"; done
    until_true 20 eval '[ "$(descriptors)" -lt 150 ]'
    read -r _ fds_before < <(taken)
}
again() { # the same peers once more: GREW, in KiB
    local kib_once=$kib kind
    for kind in $kinds; do "$tools/hostile" $kind 2 "$peers" >"$work/times"; done
    until_true 60 settled || return
    grew=$((kib - kib_once))
}
# Each place's memory is touched once and kept, and which places are taken is chance: it must come to rest.
end_measuring() {
    local times=0 kib_first=$kib grew=$kib
    # A sanitizer keeps what was freed for a while.
    is_sanitized && times=6
    until again && [ "$grew" -lt 1536 ] || [ $((times += 1)) -eq 7 ]; do :; done
    is_sanitized || check 'memory comes to rest' test "$grew" -lt 1536 -a "$kib" -lt $((kib_first + 20 * 1024))
    echo "shown: memory of all workers: $kib_cold KiB before anybody came, $kib_first KiB when each kind had, then $kib KiB"
    same 'all workers live' "$same_workers" "$(workers)"
    check 'who has the right code signs in' test "$(sql 'SELECT count(*) FROM desk.session')" -gt 10
    nothing_lost "beside hostile peers"
}
median() { # COLUMN of the five ratios
    cut -d ' ' -f "$1" <<<"$ratios" | sort -n | sed -n 3p
}
# Beside these honest ones take less than twice as long. What else this machine does disturbs as well: of a kind that
# reaches that, the median of five counts.
judged() { # as beside
    beside "$@"
    [ -n "${FAULTS_ALL-}" ] && { [ "$cast_ratio" -ge 200 ] || [ "$desk_ratio" -ge 200 ]; } || return 0
    ratios="$cast_ratio $desk_ratio"
    for _ in 2 3 4 5; do
        beside "$@"
        ratios="$ratios"$'\n'"$cast_ratio $desk_ratio"
    done
    [ "$(median 1)" -lt 200 ] && [ "$(median 2)" -lt 200 ] || slow="$slow $1"
}
begin
under_load
begin_measuring
slow=
kinds="slow-writers silent key-updates empty-fields stuffing
    $(many '' 'slow-readers half-open lengths missing-fields other-protocols replay codes codes-anew passwords
        passwords-anew hasty burn')"
for kind in $kinds; do judged $kind "$peers"; done
end_measuring

if [ -n "${FAULTS_ALL-}" ]; then
    # With the usual limits most of ten thousand get no place, or not for long.
    judged idle 100
    same 'the 99th percentile of honest ones is below twice what it is without each of these' '' "$slow"
    # With room for all of them, and for a long time:
    sed -i -e '/^connections_max/d; /^memory_max_mib/d' -e 's/^\[daemon\]$/&\nconnections_max = 16384\nmemory_max_mib = 16384\nidle_ballot_ms = 600000/' \
        "$CANDOURD_CONF"
    restart
    slow=
    judged idle 100 120 '[ "$(descriptors)" -gt 10000 ]'
    same 'ten thousand idle ones do not keep honest ones waiting' '' "$slow"
    same 'all workers live' "$same_workers" "$(workers)"
    # The measurement must see a ballot box that peers can hold up: one request at a time.
    sed -i -e 's/^\[daemon\]$/&\nslots_small = 1\nballot_failures_max = 0/' "$CANDOURD_CONF"
    restart
    beside replay "$peers"
    check 'a ballot box with room for one request keeps honest ones waiting, and it is seen' test "$cast_ratio" -ge 200
    # And such a desk, with a password in it.
    sed -i -e 's/^\[daemon\]$/&\nguesses_max = 0/' "$CANDOURD_CONF"
    restart
    beside passwords "$peers"
    check 'a desk with room for one password keeps honest ones waiting, and it is seen' test "$desk_ratio" -ge 200
fi
tally_end
finish
