# Sourced by the scripts beside it: the set checker (tally.c), and what they break.
. "$(dirname "$0")/../e2e/lib.sh"
# How much: every day a little, in `make check-faults` all of it.
many() { # LITTLE ALL
    [ -n "${FAULTS_ALL-}" ] && echo "$2" || echo "$1"
}

skipped() { # WHY
    echo "[  SKIPPED ] 1 test: $*"
    echo "shown: skipped: $*"
}

tools=$(dirname "$CANDOURD")/tests/faults
is_sanitized() {
    grep -q __asan_init "$CANDOURD"
}
# From the next start on the server is one whose writes and allocations can be made to fail. A sanitizer has an
# allocator of its own, which nobody else may replace.
loaded() {
    ! is_sanitized || {
        skipped 'the server is built with sanitizers'
        return 1
    }
    export NTH_FILE=$CANDOUR_SANDBOX/nth NTH_LIBRARY=$CANDOUR_SANDBOX/nth.so
    cp "$tools/nth.so" "$NTH_LIBRARY" # the loader takes no path with a space in it
    head -c 64 /dev/zero >"$NTH_FILE"
    server() {
        LD_PRELOAD=$NTH_LIBRARY "$root/deploy/sandbox-server.sh" "$@" || give_up "sandbox-server.sh $*"
    }
}

# ---------------------------------------------------------------- the set checker
tally_start() { # ROUNDS [REST]
    export SENT_FILE=$work/sent CODES_FILE=$work/codes
    coproc TALLY { exec "$tools/tally" "$@" 3>&1 >"$work/tally.log" 2>&1; }
    read -r -t 120 -u "${TALLY[0]}" reply && [ "$reply" = ready ] || give_up "no set checker: $(tail -n 20 "$work/tally.log")"
}
ask() { # WORDS: the answer is in $reply
    reply=
    echo "$*" >&"${TALLY[1]}"
    read -r -t 100 -u "${TALLY[0]}" reply || give_up "the set checker does not answer '$*': $(tail -n 20 "$work/tally.log")"
}
tally_end() {
    ask end
    read -r names lost doubled strange receipts repeated refused <<<"$reply"
    wait "$TALLY_PID"
    same 'the set checker ends well' 0 $?
    same 'in the end each receipt is for the ballot that is stored, and none was refused' '0 0 0 0' "$lost $doubled $strange $refused"
    echo "shown: $receipts receipts for $names ballots, $repeated attempts without one; $lost lost, $doubled doubled, $strange strange"
}

# ---------------------------------------------------------------- processes
give_up() { # WORDS
    mistake "$*"
    finish
}
server() { # WORD...
    "$root/deploy/sandbox-server.sh" "$@" || give_up "sandbox-server.sh $*"
}
database() { # WORD...
    "$root/deploy/sandbox-database.sh" "$@" || give_up "sandbox-database.sh $*"
}
workers() { # desk, desk, ballot, ballot, clerk; so long as none was replaced
    local parent
    parent=$(cat "$CANDOURD_PID_FILE")
    cat "/proc/$parent/task/$parent/children"
}
postmaster() {
    head -n 1 "$CANDOUR_SANDBOX/cluster/postmaster.pid"
}
are_gone() { # PID...
    local pid
    for pid; do ! grep -qs . "/proc/$pid/cmdline" || return; done
}
database_processes() { # the postmaster first
    local parent
    parent=$(postmaster)
    echo "$parent $(cat "/proc/$parent/task/$parent/children" 2>/dev/null)"
}
killed() { # PID...
    kill -KILL "$@" 2>/dev/null
    until_true 10 are_gone "$@" || give_up 'what was killed still runs'
}
# The dead may still be in the table of processes, which would do for these.
forgotten() {
    rm -f "$CANDOUR_SANDBOX/cluster/postmaster.pid" "$CANDOUR_SANDBOX/socket/".s.*.lock
}
# The postmaster stands still first, or it would start somebody whom nobody kills.
stands_still() { # PID
    local state=Z
    [ ! -e "/proc/$1" ] || read -r _ _ state _ <"/proc/$1/stat" && [[ $state == [TZX] ]]
}
postmaster_killed() { # PID
    kill -STOP "$1" 2>/dev/null && until_true 10 stands_still "$1"
    # shellcheck disable=SC2046
    killed "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null)
}
# All of the database, at once, without a word; also if it is dead already.
database_killed() {
    [ ! -s "$CANDOUR_SANDBOX/cluster/postmaster.pid" ] || postmaster_killed "$(postmaster)"
    forgotten
}

# ---------------------------------------------------------------- one kind of fault, many times
begin() {
    compares=0 lost=0 doubled=0 strange=0
}
# Some more ballots have just been stored, and others are on their way.
under_load() {
    compare_if_reachable
    ask go $((RANDOM % 12 + 1))
    [ "$reply" = ok ] || bad "casting goes on" "no receipt for a long time"
}
compare() {
    compare_if_reachable || give_up 'the database cannot be read'
}
compare_if_reachable() {
    local names a b c
    ask check
    [ "$reply" != unreachable ] || return
    read -r names a b c <<<"$reply"
    compares=$((compares + 1)) lost=$((lost + a)) doubled=$((doubled + b)) strange=$((strange + c))
}
# As until_true; raters, who may not revise what has not been compared, are kept at work meanwhile.
until_true_at_work() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $until ] || return
        compare_if_reachable
        sleep 0.1
    done
}
nothing_lost() { # NAME
    same "$1: nothing lost, doubled or strange" '0 0 0' "$lost $doubled $strange"
}
# A receipt may have been on its way: it is counted as well, and not later for a fault of the service.
something_lost() { # NAME
    sleep 1
    compare
    check "$1 loses ballots, and it is seen" test $lost -gt 0
    echo "shown: control, $1: $lost lost in $compares times"
}
# Settings of the database besides the usual; without any, the usual again. It is restarted.
settings() { # LINE...
    database stop
    printf '%s\n' "$@" >"$CANDOUR_SANDBOX/cluster/postgresql.auto.conf"
    database start
}
