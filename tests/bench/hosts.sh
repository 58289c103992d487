#!/usr/bin/env bash
# Two hosts, each a network namespace with a daemon of its own that is the ballot box only, behind HAProxy and with one
# database: server CPU per cast, and how the load is shared, beside one of these hosts behind the same HAProxy. Needs
# root, for the namespaces.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib.sh"
casts=2000 clients=64 warm=500
space=candour-$$-
processes=

end_hosts() {
    # shellcheck disable=SC2086
    [ -z "$processes" ] || kill $processes 2>/dev/null
    wait
    ip netns del "${space}1" 2>/dev/null
    ip netns del "${space}2" 2>/dev/null
}
trap end_hosts EXIT
listens() { # ADDRESS PORT
    (: </dev/tcp/"$1"/"$2") 2>/dev/null
}
# 198.18.0.0/15 is set aside for benchmarks (RFC 2544).
start_host() { # 1|2
    local conf=$work/host$1.conf
    ip netns add "$space$1" && ip link add "cb$$-$1" type veth peer name cb0 netns "$space$1" &&
        ip addr add "198.18.$1.1/30" dev "cb$$-$1" && ip link set "cb$$-$1" up &&
        ip -n "$space$1" addr add "198.18.$1.2/30" dev cb0 && ip -n "$space$1" link set cb0 up || return
    sed -e "/^\[ballot]/,/^\$/s/^listen = .*/listen = 198.18.$1.2:7361/" -e '/^addresses_file/d' "$CANDOURD_CONF" >"$conf"
    ip netns exec "$space$1" "$CANDOURD" --config "$conf" --only=ballot >"$work/host$1.log" 2>&1 &
    processes="$processes $!"
    eval "host$1=$!"
    until_true 20 listens "198.18.$1.2" 7361
}
start_haproxy() {
    cat >"$work/haproxy.conf" <<EOT
global
    maxconn 4096
defaults
    mode tcp
    balance roundrobin
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend one
    bind 127.0.0.1:$1
    default_backend one
frontend two
    bind 127.0.0.1:$2
    default_backend two
backend one
    server host1 198.18.1.2:7361
backend two
    server host1 198.18.1.2:7361
    server host2 198.18.2.2:7361
EOT
    haproxy -db -f "$work/haproxy.conf" >"$work/haproxy.log" 2>&1 &
    processes="$processes $!"
    until_true 10 listens 127.0.0.1 "$1"
}
# Connections that a host has accepted so far.
accepted() { # 1|2
    ip netns exec "$space$1" awk '$1 == "Tcp:" { for (i in name) if (name[i] == "PassiveOpens") print $i; split($0, name) }' \
        /proc/net/snmp
}
at=0
cast() { # PORT COUNT
    CANDOUR_BALLOT=127.0.0.1:$1 run_load cast "$round_file" "$ballots_file" $at "$2" $clients fresh
    at=$((at + $2))
}
measure() {
    local before first second
    before=$(cpu_us $all_workers)
    cast "$one" $casts
    bench hosts1_cpu "$(calc "($(cpu_us $all_workers) - $before) / $casts")" us
    bench hosts1_rate "$rate" per_s
    before=$(cpu_us $all_workers) first=$(accepted 1) second=$(accepted 2)
    cast "$two" $casts
    bench hosts2_cpu "$(calc "($(cpu_us $all_workers) - $before) / $casts")" us
    first=$(($(accepted 1) - first)) second=$(($(accepted 2) - second))
    bench hosts2_uneven "$(calc "50 - 100 * ($first < $second ? $first : $second) / ($first + $second)")" points
    # Two hosts that are the same few processors cannot be faster than one.
    [ "$(nproc)" -ge 6 ] && bench hosts2_rate "$rate" per_s || bench hosts2_rate_same_processors "$rate" per_s
}

[ "$(id -u)" -eq 0 ] || stop 'network namespaces need root: run make bench as root'
plain_daemon
seed_open_round 'Bench hosts' $(((2 * rounds * casts + 2 * warm) / 12 + 1)) >"$work/seed.log" 2>&1 ||
    stop "no round: $(tail -n 3 "$work/seed.log")"
prepare_ballots $((2 * rounds * casts + 2 * warm)) || stop 'no ballots'
one=7371 two=7372
until ! listens 127.0.0.1 $one && ! listens 127.0.0.1 $two; do one=$((one + 2)) two=$((two + 2)); done
start_host 1 && start_host 2 && start_haproxy $one $two || stop "the hosts do not start: $(cat "$work"/host?.log "$work/haproxy.log" | tail -n 3)"
all_workers="$(workers ballot "$host1") $(workers ballot "$host2")"
sleep 4 # a box looks for rounds every three seconds
cast $one $warm
cast $two $warm
for round in $(seq "$rounds"); do measure; done
