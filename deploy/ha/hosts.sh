#!/bin/sh
# usage: deploy/ha/hosts.sh start|stop      inside deploy/sandbox.sh, where 127.0.0.1:7360 and :7361 are free
#        deploy/ha/hosts.sh kill|again 1|2
# Two Candour hosts behind HAProxy, as haproxy.cfg.in configures it: 127.0.0.2 and 127.0.0.3 behind 127.0.0.1, which is
# what clients connect to from then on. kill is a crash of one host's candourd, again starts it again.
set -eu

fail() {
    echo "hosts: $*" >&2
    exit 1
}
[ -d "${CANDOUR_SANDBOX:?is not set: run this inside deploy/sandbox.sh}" ] || fail "$CANDOUR_SANDBOX is no folder."
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
second=$CANDOUR_SANDBOX/host2
balancer=$CANDOUR_SANDBOX/haproxy

server() { # 1|2 WORD
    [ "$1" = 1 ] || export CANDOUR_SANDBOX="$second" CANDOURD_CONF="$second/candourd.conf" CANDOURD_PID_FILE="$second/candourd.pid"
    "$here/../sandbox-server.sh" "$2"
}
# ADDRESS FOLDER: the configuration of a host, from that of the sandbox
configuration() {
    awk -v address="$1" '/^\[/ { port = $0 == "[desk]" ? 7360 : 7361 }
        /^listen =/ { print "listen = " address ":" port; next }
        /^public =/ { print "public = 127.0.0.1:" port; next }
        { print }
        /^\[daemon\]/ { print "ballot_failures_max = 0\ncode_requests_max = 0" }' "$CANDOURD_CONF" |
        sed "s,^addresses_file = .*,addresses_file = $2/addresses,"
}
case ${1-} in
start)
    mkdir "$second"
    configuration 127.0.0.3 "$second" >"$second/candourd.conf"
    configuration 127.0.0.2 "$CANDOUR_SANDBOX" >"$CANDOURD_CONF.new"
    server 1 stop
    mv "$CANDOURD_CONF.new" "$CANDOURD_CONF"
    server 1 start
    (server 2 start)
    sed 's/@LISTEN@/127.0.0.1/; s/@HOST1@/127.0.0.2/; s/@HOST2@/127.0.0.3/' "$here/haproxy.cfg.in" >"$balancer.cfg"
    setsid haproxy -D -p "$balancer.pid" -f "$balancer.cfg" || fail 'HAProxy did not start; its words are above.'
    ;;
stop)
    [ ! -s "$balancer.pid" ] || kill "$(cat "$balancer.pid")"
    (server 2 stop)
    ;;
kill) server "$2" kill ;;
again) server "$2" start ;;
*) fail 'usage: deploy/ha/hosts.sh start|stop|kill|again' ;;
esac
