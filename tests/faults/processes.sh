#!/usr/bin/env bash
# Processes die while raters cast: clients, workers of the ballot box, the parent, all of candourd. (Clients before each
# of their steps: tests/e2e/crash.c. The clerk before each of its statements: tests/e2e/clerk.sh.)
. "$(dirname "$0")/lib.sh"
loaded || finish
server restart
tally_start 6
parent() {
    cat "$CANDOURD_PID_FILE"
}

# ---------------------------------------------------------------- clients
kills=$(many 5 200)
begin
for ((turn = 0; turn < kills; turn++)); do
    under_load
    ask kill
    [ $((turn % 5)) -ne 4 ] || compare
done
nothing_lost "$kills times a client is killed"

# ---------------------------------------------------------------- a worker, before its n-th write
# The pauses between its births grow; a new candourd begins with the shortest.
writes=$(many 3 120)
begin
for ((number = 1; number <= writes; number++)); do
    [ $((number % 4)) -ne 0 ] || server restart
    read -r _ _ victim _ < <(workers)
    ask write "$victim" "$number"
    until_true_at_work 30 are_gone "$victim" || mistake "the ballot box does not write $number times"
    under_load
    compare
done
nothing_lost "a worker is killed before each of its first $writes writes"

# ---------------------------------------------------------------- the parent, before its n-th write, until it starts
begin
for ((number = 1; number < 100; number++)); do
    server stop
    ask write -1 "$number"
    if LD_PRELOAD=$NTH_LIBRARY "$root/deploy/sandbox-server.sh" start >"$work/words" 2>&1; then
        sleep 0.5 # the last one may come when the doors are open
        ask left
        [ "$reply" -le 0 ] || break
    fi
    rm -f "$CANDOURD_PID_FILE"
    until_true 10 eval '! pgrep -f -- "$CANDOURD_CONF"' || mistake 'workers live longer than their parent'
    ask write 0 0
    server start
    under_load
    compare
done
nothing_lost "the parent is killed before each of the $((number - 1)) writes of its start"
ask write 0 0
check 'which are some' test $number -gt 2

kills=$(many 1 30)
begin
for ((turn = 0; turn < kills; turn++)); do
    under_load
    case $((turn % 2)) in
    0) server kill ;;
    1) kill -KILL "$(parent)" && until_true 10 eval '! pgrep -f -- "$CANDOURD_CONF"' && rm -f "$CANDOURD_PID_FILE" ;;
    esac
    server start
    compare
done
nothing_lost "$kills times all of candourd, or the parent, is killed"

# ---------------------------------------------------------------- memory, and a stop
failures=$(many 5 300)
begin
for ((turn = 0; turn < failures; turn++)); do
    read -r _ _ victim _ < <(workers)
    ask alloc "$victim" $((RANDOM % 400 + 1))
    until_true_at_work 30 eval 'ask left && [ "$reply" -le 0 ]' || mistake 'the ballot box does not allocate'
    same_victim=$(workers | cut -d ' ' -f 3)
    [ "$same_victim" = "$victim" ] || bad 'a worker lives when there is no memory' "$(tail -n 5 "$CANDOUR_SANDBOX/candourd.log")"
    [ $((turn % 5)) -ne 4 ] || compare
done
nothing_lost "$failures times a worker of the ballot box gets no memory"

turns=$(many 1 10)
begin
for ((turn = 0; turn < turns; turn++)); do
    under_load
    server restart
    compare
done
nothing_lost "$turns times candourd is restarted"

# The checker must see ballots that are gone.
begin
under_load
sql 'BEGIN; LOCK ballot.quota, ballot.ballot; DELETE FROM ballot.ballot; UPDATE ballot.quota SET ballots = 0; COMMIT'
compare
something_lost 'a database from which somebody removes the ballots'
tally_end
finish
