#!/bin/sh
# usage: deploy/sandbox-mail.sh start|use [SECURITY]|stop
# The mail server of the sandbox in CANDOUR_SANDBOX (deploy/sandbox-mail.py), with all it keeps in CANDOUR_SANDBOX/mail.
# use starts it, and candourd anew with a [mail] section that names it. A restart keeps the port.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${CANDOUR_SANDBOX:?is not set: run this inside deploy/sandbox.sh}/mail
pid=
[ ! -s "$folder/pid" ] || pid=$(cat "$folder/pid")

is_running() {
    [ -n "$pid" ] && tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -- "$folder"
} 2>/dev/null

start() {
    ! is_running || return 0
    mkdir -p -m 700 "$folder"
    CANDOUR_MAIL_PORT=$(cat "$folder/port" 2>/dev/null || echo 0)
    export CANDOUR_MAIL_PORT
    rm -f "$folder/port"
    setsid /usr/bin/python3 "$here/sandbox-mail.py" "$folder" "$CANDOUR_SANDBOX/certs" </dev/null >>"$folder/log" 2>&1 &
    pid=$!
    echo "$pid" >"$folder/pid"
    for tenth in $(seq 200); do
        [ ! -s "$folder/port" ] || return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$folder/log" >&2
    echo 'sandbox-mail: the mail server did not start; its last lines are above.' >&2
    exit 1
}
stop() {
    is_running || return 0
    kill "$pid"
    for tenth in $(seq 100); do
        is_running || break
        sleep 0.1
    done
    kill -s KILL "$pid" 2>/dev/null || true
    rm -f "$folder/pid"
}
use() {
    start
    ! grep -qx '\[mail\]' "$CANDOURD_CONF" || return 0
    cat >>"$CANDOURD_CONF" <<EOT

[mail]
server = localhost:$(cat "$folder/port")
security = ${1:-starttls}
ca_file = $CANDOUR_SANDBOX/certs/ca.pem
user = candour
password_file = $folder/password
from = candour@example.org
reply_to = hr@example.org
database = $(echo "$CANDOUR_CONNECTION" | sed 's/{role}/candour_mail/g')
connections = 4
timeout_s = 60
EOT
    "$here/sandbox-server.sh" restart
}

case ${1-} in
start | stop) "$1" ;;
use) use "${2-}" ;;
*)
    echo 'usage: deploy/sandbox-mail.sh start|use [SECURITY]|stop' >&2
    exit 2
    ;;
esac
