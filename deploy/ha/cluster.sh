#!/bin/sh
# usage: deploy/ha/cluster.sh FOLDER up [--asynchronous]     three database hosts on this machine, and their clients' host
#        deploy/ha/cluster.sh FOLDER down                    ends all of them; the folder stays
#        deploy/ha/cluster.sh FOLDER run COMMAND ARG...      on the clients' host
#        deploy/ha/cluster.sh FOLDER primary                 prints the host that leads; fails when none does
#        deploy/ha/cluster.sh FOLDER guarded                 fails when a role's certificate opens etcd or Patroni
#        deploy/ha/cluster.sh FOLDER whole                   waits until one leads and two follow, one of them synchronously
#        deploy/ha/cluster.sh FOLDER kill|start|freeze|thaw|partition|heal HOST
#        deploy/ha/cluster.sh FOLDER switchover HOST         another one leads
# Each host is a network namespace with its own etcd, Patroni and PostgreSQL, from Debian's packages, configured by the
# files that real hosts use. Two networks: one between the database hosts, one to the clients, so that a host can be
# cut off from its peers alone (partition), which is the harder case. kill ends every process of a host at once, freeze
# stops them where they are. Needs root. FOLDER must be reachable for the user postgres.
# For PGHOST and so on, and CANDOUR_DATABASE, see `env`.
set -eu

fail() {
    echo "cluster: $*" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || fail 'network namespaces need root: sudo make ha-demo'
[ $# -gt 1 ] || fail 'usage: see the first lines of deploy/ha/cluster.sh'
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
mkdir -p "$1"
folder=$(CDPATH='' cd -- "$1" && pwd)
action=$2
shift 2
# The folder's name tells the namespaces of two clusters apart.
tag=$(echo "$folder" | cksum | cut -d' ' -f1)
hosts='db1 db2 db3'
cluster=10.77.0
clients=10.78.0
export LC_ALL=C.UTF-8

space() { # HOST: its namespace
    echo "candour-$tag-$1"
}
on() { # HOST COMMAND...
    namespace=$(space "$1")
    shift
    ip netns exec "$namespace" "$@"
}
as_postgres='setpriv --reuid=postgres --regid=postgres --init-groups'
number() { # HOST
    echo "${1#db}"
}
# Twice, for what was born meanwhile.
everyone() { # SIGNAL HOST
    # shellcheck disable=SC2046
    for time in 1 2; do kill -s "$1" $(ip netns pids "$(space "$2")") 2>/dev/null || true; done
}
end_host() { # HOST
    for tenth in $(seq 300); do
        [ -n "$(ip netns pids "$(space "$1")")" ] || return 0
        everyone KILL "$1"
        sleep 0.1
    done
    fail "processes of $1 cannot be ended."
}

# ---------------------------------------------------------------- networks
# Bridges and clients live in a namespace of their own; nothing of the machine's own network changes.
make_networks() {
    ip netns add "$(space hub)"
    on hub ip link set lo up
    for net in $cluster $clients; do
        on hub ip link add "br${net#10.}" type bridge
        on hub ip addr add "$net.254/24" dev "br${net#10.}"
        on hub ip link set "br${net#10.}" up
    done
    for host in $hosts; do
        ip netns add "$(space "$host")"
        on "$host" ip link set lo up
        for net in $cluster $clients; do
            # The host's end is named after the network, the bridge's after the host.
            on "$host" ip link add "net${net#10.}" type veth peer name "$host-${net#10.}" netns "$(space hub)"
            on "$host" ip addr add "$net.$(number "$host")/24" dev "net${net#10.}"
            on "$host" ip link set "net${net#10.}" up
            on hub ip link set "$host-${net#10.}" master "br${net#10.}" up
        done
    done
}

# ---------------------------------------------------------------- hosts
configure() {
    chgrp postgres "$folder"
    chmod 710 "$folder"
    # shellcheck disable=SC2046
    "$root/deploy/ha/certificates.sh" "$folder/certs" \
        $(for host in $hosts; do echo "$host=$cluster.$(number "$host"),$clients.$(number "$host")"; done)
    bin=$(find /usr/lib/postgresql -name bin | sort -V | tail -n 1)
    peers=$(for host in $hosts; do printf '%s=https://%s.%s:2380,' "$host" $cluster "$(number "$host")"; done)
    for host in $hosts; do
        own=$folder/$host
        mkdir -p "$own"
        for name in ca.pem roles-ca.pem "$host.pem" "$host.key" postgres.pem postgres.key replicator.pem replicator.key; do
            cp "$folder/certs/$name" "$own"
        done
        for file in patroni.yml etcd; do
            sed "s,@NAME@,$host,g; s,@CLUSTER@,$cluster.$(number "$host"),g; s,@CLIENTS@,$clients.$(number "$host"),g
                s,@CLUSTERNET@,$cluster.0/24,g; s,@CLIENTNET@,$clients.0/24,g; s,@FOLDER@,$own,g; s,@BIN@,$bin,g
                s|@PEERS@|${peers%,}|" "$root/deploy/ha/$file.in" >"$own/$file"
        done
        "$root/deploy/ha/versions.sh" "$own/patroni.yml"
        [ -z "${1-}" ] || sed -i 's/^\( *synchronous_mode[a-z_]*\): true/\1: false/' "$own/patroni.yml"
        chown -R postgres:postgres "$own"
        chmod 700 "$own"
    done
}
# In sessions of their own, so that Ctrl-C is for who called. What PostgreSQL shares in memory is gone with its host.
start_host() { # HOST
    # Patroni's own tools would take the caller's PGHOST and so on for theirs, and never find a standby ready.
    for variable in $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p'); do unset "$variable"; done
    own=$folder/$1
    # shellcheck disable=SC2046,SC2086
    on "$1" setsid env $(grep ^ETCD_ "$own/etcd") ETCD_DATA_DIR="$own/etcd.data" $as_postgres etcd </dev/null >>"$own/etcd.log" 2>&1 &
    # shellcheck disable=SC2086
    on "$1" setsid unshare --ipc --mount sh -c 'mount -t tmpfs memory /dev/shm && exec "$@"' sh \
        $as_postgres patroni "$own/patroni.yml" </dev/null >>"$own/patroni.log" 2>&1 &
}
ask() { # HOST PATH OPTION...: Patroni's answer
    host=$1 path=$2
    shift 2
    on hub curl -s -m 2 --cacert "$folder/certs/ca.pem" --cert "$folder/certs/$host.pem" --key "$folder/certs/$host.key" "$@" \
        "https://$cluster.$(number "$host"):8008/$path"
}
primary() {
    for host in $hosts; do
        if ask "$host" primary -f -o /dev/null; then
            echo "$host"
            return
        fi
    done
    return 1
}
# Before one is told that it may, nobody takes the lead of a host that is lost.
is_any_next() {
    for host in $hosts; do
        ! ask "$host" sync -f -o /dev/null || return 0
    done
    return 1
}
# A host that has yet to be rewound calls itself a replica, and even streams for a moment, on a timeline that is over.
is_whole() {
    first=$(primary) || return 1
    followers=$(ask "$first" patroni | grep -o '"application_name": "db.", "client_addr": "[0-9.]*", "state": "streaming", "sync_state": "[a-z]*"')
    timelines=$(ask "$first" cluster | grep -o '"timeline": [0-9]*')
    [ "$(echo "$followers" | grep -c streaming)" -eq 2 ] && [ "$(echo "$timelines" | sort | uniq -c | tr -d ' ' | grep -c '^3"')" -eq 1 ] &&
        { is_any_next || grep -q 'synchronous_mode: false' "$folder/$first/patroni.yml"; }
}
wait_until_whole() {
    for second in $(seq 180); do
        ! is_whole || return 0
        sleep 1
    done
    on hub true && for host in $hosts; do tail -n 5 "$folder/$host/patroni.log" >&2; done
    fail 'the three hosts did not find each other within 180 s; the last lines of their Patronis are above.'
}

case $action in
up)
    "$root/deploy/dependencies.sh" run ha
    make_networks
    configure "$@"
    for host in $hosts; do start_host "$host"; done
    wait_until_whole
    ;;
down)
    for host in $hosts hub; do
        [ -e "/run/netns/$(space "$host")" ] || continue
        end_host "$host"
        ip netns del "$(space "$host")"
    done
    ;;
run) exec ip netns exec "$(space hub)" "$@" ;;
env)
    list=$clients.1,$clients.2,$clients.3
    peers=$cluster.1,$cluster.2,$cluster.3
    certs=$folder/certs
    cat <<EOF
export CANDOUR_DATABASE='host=$list port=5432 dbname=candour user={role} sslmode=verify-full sslrootcert=$certs/ca.pem sslcert=$certs/{role}.pem sslkey=$certs/{role}.key target_session_attrs=read-write'
export PGHOST=$peers PGPORT=5432 PGUSER=postgres PGDATABASE=candour PGSSLMODE=verify-full PGSSLROOTCERT='$certs/ca.pem'
export PGSSLCERT='$certs/postgres.pem' PGSSLKEY='$certs/postgres.key' PGTARGETSESSIONATTRS=read-write PGCONNECT_TIMEOUT=2
EOF
    ;;
primary) primary ;;
guarded) # no role can speak to etcd or Patroni
    for port in 2379/version 8008/config; do
        ! on hub curl -s -m 5 -o /dev/null --cacert "$folder/certs/ca.pem" --cert "$folder/certs/candour_ballot.pem" \
            --key "$folder/certs/candour_ballot.key" "https://$cluster.1:$port" || fail "a role may ask $port."
        on hub curl -s -m 5 -o /dev/null --cacert "$folder/certs/ca.pem" --cert "$folder/certs/db1.pem" \
            --key "$folder/certs/db1.key" "https://$cluster.1:$port" || fail "a host may not ask $port."
    done
    ;;
whole) wait_until_whole ;;
kill) end_host "$1" ;;
start) start_host "$1" ;;
freeze) everyone STOP "$1" ;;
thaw) everyone CONT "$1" ;;
partition) on "$1" ip link set "net${cluster#10.}" down ;;
heal) on "$1" ip link set "net${cluster#10.}" up ;;
switchover)
    # shellcheck disable=SC2086
    on "$1" $as_postgres patronictl -c "$folder/$1/patroni.yml" switchover --master "$1" --force candour >"$folder/switchover.log" 2>&1 || {
        cat "$folder/switchover.log" >&2
        fail 'Patroni would not switch over; its words are above.'
    }
    ;;
*) fail "there is no action '$action'." ;;
esac
