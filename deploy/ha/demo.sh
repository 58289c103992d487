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
clean_up() {
    status=$?
    trap '' INT TERM HUP
    trap - EXIT
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

in_cluster() { # COMMAND...: beside a Candour whose database is the cluster
    (eval "$(deploy/ha/cluster.sh "$folder" env)" && deploy/ha/cluster.sh "$folder" run deploy/sandbox.sh "$@")
}
echo 'Three database hosts are starting.'
deploy/ha/cluster.sh "$folder" up
deploy/ha/cluster.sh "$folder" guarded
echo 'Two rounds run through them, while the lead changes.'
CANDOUR_DEMO_OUTPUT=$folder/output in_cluster deploy/ha/round.sh "$folder"
deploy/ha/cluster.sh "$folder" whole
in_cluster tests/ha/failover.sh "$folder" "$times"
deploy/ha/cluster.sh "$folder" down
rm -rf "$folder"/*
echo 'The control: a cluster that acknowledges alone.'
deploy/ha/cluster.sh "$folder" up --asynchronous
in_cluster tests/ha/failover.sh "$folder" --control
