#!/usr/bin/env bash
# usage: tests/ha/failover.sh CLUSTER TIMES           (see deploy/ha/demo.sh, which starts it)
#        tests/ha/failover.sh CLUSTER --control
# The database host that leads is switched over, killed, frozen and cut off from its peers, TIMES times each, while
# raters cast through HAProxy and two Candour hosts. No receipt may be for a ballot that is lost. The longest time
# between two receipts is printed beside what is allowed. --control: the same with a cluster that does not wait for a
# second host; the checker must see that it loses ballots.
cluster_folder=$1 times=$2
. "$(dirname "$0")/../faults/lib.sh"
cluster() {
    "$root/deploy/ha/cluster.sh" "$cluster_folder" "$@"
}
allowed_switchover=5 allowed_loss=30 # seconds; for a loss, Patroni's ttl and ten more

# The longest pause between receipts, in ms, from the beginning of an event until it is over and so many have come that
# some were begun after it.
gap_while() { # COMMAND...
    local longest=0 more=0 before now
    "$@" >"$work/event.log" 2>&1 &
    before=${EPOCHREALTIME/./}
    while [ $more -lt 40 ]; do
        ask go 1
        [ "$reply" = ok ] || give_up 'no receipts come any more' "$(cat "$work/event.log")"
        now=${EPOCHREALTIME/./}
        [ $((now - before)) -le $longest ] || longest=$((now - before))
        before=$now
        kill -0 $! 2>/dev/null || more=$((more + 1))
    done
    wait $! || bad 'the event could be made' "$(cat "$work/event.log")"
    gap=$((longest / 1000))
}
another_leads() { # HOST
    local leader
    leader=$(cluster primary) && [ "$leader" != "$1" ]
}
mend() { # EVENT HOST
    case $1 in
    killed) cluster start "$2" ;;
    frozen) cluster thaw "$2" ;;
    'cut off') cluster heal "$2" ;;
    esac
    cluster whole || give_up 'the cluster does not become whole again'
}
many_times() { # EVENT ACTION ALLOWED-SECONDS
    local turn first gaps='' too_long
    begin
    for ((turn = 1; turn <= times; turn++)); do
        first=$(cluster primary) || give_up 'nobody leads'
        under_load
        gap_while cluster "$2" "$first"
        gaps+=" $gap"
        mend "$1" "$first"
        compare
    done
    nothing_lost "$times times the leading host is $1"
    too_long=$(tr ' ' '\n' <<<"$gaps" | awk -v max="$3" '$1 > max * 1000')
    [ -z "$too_long" ] && ok "... and no pause is longer than $3 s" || bad "... and no pause is longer than $3 s" "$too_long ms"
    echo "shown: the leading host is $1 $times times: $lost ballots lost; longest pauses in ms, of which $3000 are allowed:$gaps"
}

cluster whole || give_up 'the cluster is not whole'
export CANDOUR_DESK=127.0.0.1:7360 CANDOUR_BALLOT=127.0.0.1:7361
"$root/deploy/ha/hosts.sh" start || give_up 'no two hosts'
tally_start 12 500 # 312 ballots, some thirty a second: enough until the next comparison
if [ "$times" = --control ]; then
    begin
    for ((turn = 1; turn <= 5 && lost == 0; turn++)); do
        first=$(cluster primary) || give_up 'nobody leads'
        under_load
        cluster partition "$first"
        until_true 90 another_leads "$first" || give_up 'nobody else leads'
        mend 'cut off' "$first"
        compare
    done
    something_lost 'a cluster that does not wait for a second host'
else
    many_times 'switched over' switchover $allowed_switchover
    many_times killed kill $allowed_loss
    many_times frozen freeze $allowed_loss
    many_times 'cut off' partition $allowed_loss
    begin
    for ((turn = 1; turn <= times; turn++)); do
        under_load
        "$root/deploy/ha/hosts.sh" kill $((turn % 2 + 1))
        under_load
        "$root/deploy/ha/hosts.sh" again $((turn % 2 + 1))
        compare
    done
    nothing_lost "$times times a Candour host dies behind HAProxy"
    tally_end
fi
"$root/deploy/ha/hosts.sh" stop
finish
