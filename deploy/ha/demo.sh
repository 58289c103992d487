#!/bin/sh
# usage: deploy/ha/demo.sh [TIMES]      (make ha-demo; as root)
# Builds the whole of docs/high-availability.md on this machine, in network namespaces: three database hosts with Patroni
# and etcd, two Candour hosts behind HAProxy. Runs two whole rounds through it, while the lead changes, then
# breaks the database hosts TIMES times (1) in each way while raters cast, and compares every receipt with the database.
# At the end the same with a cluster that does not wait for a second host: it must lose ballots. Leaves nothing behind.
set -eu

fail() {
    echo "ha-demo: $*" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || fail 'network namespaces need root: sudo make ha-demo'
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"
times=${1:-1}
folder=$(mktemp -d "/tmp/candour-ha.XXXXXX")
command=
clean_up() {
    status=$?
    trap '' INT TERM HUP
    trap - EXIT
    [ -z "$command" ] || ! kill "$command" 2>/dev/null || wait "$command" 2>/dev/null || true
    deploy/ha/cluster.sh "$folder" down
    rm -rf "$folder"
    exit $status
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The pair of versions that loses answers is refused.
sed 's/^etcd:/etcd3:/' deploy/ha/patroni.yml.in >"$folder/etcd3.yml"
! deploy/ha/versions.sh "$folder/etcd3.yml" 3.0.2 2>/dev/null || fail 'Patroni 3.0.2 with etcd3 was not refused.'

# In the background, so that a signal to this script alone is heard at once; Ctrl-C still reaches all of it.
cluster() { # WORD...
    env --default-signal=INT,QUIT deploy/ha/cluster.sh "$folder" "$@" &
    command=$!
    wait $command
    command=
}
in_cluster() { # COMMAND...: beside a Candour whose database is the cluster
    eval "$(deploy/ha/cluster.sh "$folder" env)"
    cluster run deploy/sandbox.sh "$@"
}
echo 'Three database hosts are starting.'
cluster up
cluster guarded
echo 'Two rounds run through them, while the lead changes.'
export CANDOUR_DEMO_OUTPUT="$folder/output"
in_cluster deploy/ha/round.sh "$folder"
echo 'These reports go when the cluster does.'
cluster whole
in_cluster tests/ha/failover.sh "$folder" "$times"
cluster down
rm -rf "${folder:?}"/*
echo 'The control: a cluster that acknowledges alone.'
cluster up --asynchronous
in_cluster tests/ha/failover.sh "$folder" --control
