#!/bin/sh
# usage: deploy/sandbox-server.sh start|stop|kill|restart|wait
# The candourd of the sandbox in CANDOUR_SANDBOX, with CANDOURD_CONF. start returns when it is ready to serve; stop
# lets it drain; kill is a crash of it and its workers at once; wait returns when it is ready (after a reload or a
# crash of a worker, say). A restart keeps the ports.
set -eu

fail() {
    echo "sandbox-server: $*" >&2
    exit 1
}
[ -d "${CANDOUR_SANDBOX:?is not set: run this inside deploy/sandbox.sh}" ] || fail "$CANDOUR_SANDBOX is no folder."
log=$CANDOUR_SANDBOX/candourd.log
addresses=$CANDOUR_SANDBOX/addresses
pid=
[ ! -s "$CANDOURD_PID_FILE" ] || pid=$(cat "$CANDOURD_PID_FILE")

# Ours and not a stranger under the same number: its command line names our configuration. A dead process has none.
is_running() {
    [ -n "$pid" ] && tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -- "$CANDOURD_CONF"
} 2>/dev/null

wait_until_ready() {
    for tenth in $(seq 300); do
        [ ! -s "$addresses" ] || return 0
        # While a process becomes another program it has no command line for a moment.
        is_running || { sleep 0.1 && is_running; } || {
            tail -n 30 "$log" >&2
            fail 'candourd ended before it was ready; its last lines are above.'
        }
        sleep 0.1
    done
    tail -n 30 "$log" >&2
    fail 'candourd was not ready within 30 s; its last lines are above.'
}
# Port 0 in the configuration becomes one that nobody has, below those (from 32768 on) that the system gives away by
# itself: while the server is down, nobody else gets it.
choose_ports() {
    grep -Eq '^(listen|public) *=.*:0$' "$CANDOURD_CONF" || return 0
    cat /proc/net/tcp* | awk -v seed="$(od -An -N4 -tu4 /dev/urandom)" '
        BEGIN { srand(seed) }
        NR == FNR { taken[substr($2, length($2) - 3)]; next }
        /^\[/ { do port = 10000 + int(rand() * 22768); while (sprintf("%04X", port) in taken) }
        /^(listen|public) *=.*:0$/ { taken[sprintf("%04X", port)]; sub(/0$/, port) }
        { print }' - "$CANDOURD_CONF" >"$CANDOURD_CONF.new"
    mv "$CANDOURD_CONF.new" "$CANDOURD_CONF"
}
start() {
    ! is_running || fail "candourd already runs as process $pid."
    rm -f "$addresses"
    choose_ports
    # A session of its own, so that Ctrl-C in the terminal does not reach it.
    env --default-signal=INT,QUIT setsid "$CANDOURD" --config "$CANDOURD_CONF" </dev/null >>"$log" 2>&1 &
    pid=$!
    echo "$pid" >"$CANDOURD_PID_FILE"
    # Until setsid has become candourd, the process has another name.
    for hundredth in $(seq 100); do
        is_running && break
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.01
    done
    wait_until_ready
}
# SIGNAL SECONDS: candourd drains for 30 s at most. What is left of its process group after that is ended with it.
end() {
    is_running || {
        rm -f "$CANDOURD_PID_FILE"
        return 0
    }
    kill -s "$1" -- "$2$pid" 2>/dev/null || true
    ended=0
    for tenth in $(seq 350); do
        is_running || break
        sleep 0.1
    done
    ! is_running || {
        echo 'sandbox-server: candourd did not stop within 35 s and was killed.' >&2
        ended=1
    }
    # Until its workers are gone as well, they hold its ports.
    for tenth in $(seq 100); do
        kill -s KILL -- "-$pid" 2>/dev/null || break
        sleep 0.1
    done
    rm -f "$CANDOURD_PID_FILE" "$addresses"
    return $ended
}

case ${1-} in
start) start ;;
stop) end TERM '' ;;
kill) end KILL - ;;
restart)
    end TERM ''
    start
    ;;
wait) wait_until_ready ;;
*) fail 'usage: deploy/sandbox-server.sh start|stop|kill|restart|wait' ;;
esac
