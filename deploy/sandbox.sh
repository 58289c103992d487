#!/bin/sh
# usage: deploy/sandbox.sh [--keep] [--database-only] [COMMAND ARG...]
# Runs COMMAND beside a Candour of its own: a temporary folder with a PostgreSQL cluster on a unix socket, certificates,
# a configuration, an administrator and a running candourd. Stops and removes all of it when COMMAND ends or a signal
# comes. Without COMMAND it says how to connect and stays until Ctrl-C.
#   --keep            leaves the folder and says where it is
#   --database-only   the cluster, its roles and an empty database, no candourd, hence no CANDOUR_CLOCK_FILE
# COMMAND sees CANDOUR_SANDBOX (the folder), CANDOURD and CANDOUR (the programs), CANDOURD_CONF, CANDOURD_PID_FILE,
# CANDOUR_DESK, CANDOUR_BALLOT (host:port), CANDOUR_CA, CANDOUR_CLOCK_FILE, ADMIN_EMAIL, ADMIN_PASSWORD_FILE,
# ADMIN_TOTP_FILE, and PGHOST, PGPORT, PGDATABASE, PGUSER (superuser). It may use deploy/sandbox-server.sh and
# deploy/sandbox-database.sh and deploy/sandbox-mail.sh. The programs are those of CANDOUR_BUILD, build/plain if unset.
# With CANDOUR_DATABASE it makes no cluster: that is the connection string of the one to use, with {role} where a role's
# name belongs, and PGHOST and so on are then its superuser's. The database candour is made there, and dropped again.
set -eu

say() {
    echo "sandbox: $*" >&2
}
fail() {
    say "$@"
    exit 1
}

keep=no
daemon=yes
while [ $# -gt 0 ]; do
    case $1 in
    --keep) keep=yes ;;
    --database-only) daemon=no ;;
    -*) fail "there is no option '$1'. The options are --keep and --database-only." ;;
    *) break ;;
    esac
    shift
done

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
here=$root/deploy
build=${CANDOUR_BUILD:-build/plain}
case $build in
/*) ;;
*) build=$root/$build ;;
esac
export CANDOURD="${CANDOURD:-$build/candourd}" CANDOUR="${CANDOUR:-$build/candour}"
[ $daemon = no ] || [ -x "$CANDOURD" ] || fail "$CANDOURD is missing. Build it with: make"

# Nothing of the caller's own PostgreSQL, locale or service manager reaches the sandbox.
[ -n "${CANDOUR_DATABASE-}" ] || for name in $(env | sed -n 's/^\(PG[A-Z]*\)=.*/\1/p'); do unset "$name"; done
unset NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LISTEN_FDNAMES WATCHDOG_USEC CDPATH
export LC_ALL=C.UTF-8

# ---------------------------------------------------------------- the folder
# Its path goes into configuration files and must leave room in the 107 bytes of a socket's path.
make_folder() {
    CANDOUR_SANDBOX=
    case ${TMPDIR:-/tmp} in
    *[!A-Za-z0-9/._-]* | [!/]* | ??????????????????????????????????????????????????????????????*) ;;
    *) CANDOUR_SANDBOX=$(mktemp -d "${TMPDIR:-/tmp}/candour.XXXXXX") && can_be_used && return ;;
    esac
    [ -z "$CANDOUR_SANDBOX" ] || rm -r "$CANDOUR_SANDBOX"
    CANDOUR_SANDBOX=$(mktemp -d /tmp/candour.XXXXXX)
    can_be_used
}
# PostgreSQL refuses root; its own user must then be able to reach the folder, and nobody else.
can_be_used() {
    [ "$(id -u)" -eq 0 ] || return 0
    getent passwd postgres >/dev/null || fail 'the user postgres is missing. Install it with: deploy/dependencies.sh run'
    chgrp postgres "$CANDOUR_SANDBOX"
    chmod 710 "$CANDOUR_SANDBOX"
    setpriv --reuid=postgres --regid=postgres --init-groups test -x "$CANDOUR_SANDBOX"
}

# A process and all below it, the deepest last. Each is stopped first, so that no child is born unseen.
tree() {
    kill -s STOP "$1" 2>/dev/null
    echo "$1"
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree "$child"; done
}
# A dead process that nobody waited for has no command line any more.
are_running() {
    for process; do
        ! grep -qs . "/proc/$process/cmdline" || return 0
    done
    return 1
}
# shellcheck disable=SC2086
stop_command() {
    [ -n "${command-}" ] || return 0
    processes=$(tree "$command")
    for signal in TERM KILL; do
        kill -s $signal $processes 2>/dev/null
        kill -s CONT $processes 2>/dev/null
        for tenth in $(seq 50); do
            are_running $processes || return 0
            sleep 0.1
        done
    done
}
# A server built with sanitizers must not have complained, whatever COMMAND thinks.
sanitizers_are_quiet() {
    ! grep -E -A40 'ERROR: (Address|Leak)Sanitizer|runtime error:' "$CANDOUR_SANDBOX/candourd.log" 2>/dev/null >&2
}
clean_up() {
    status=$?
    trap '' INT TERM HUP
    trap - EXIT
    set +e
    [ -n "$CANDOUR_SANDBOX" ] || exit $status
    stop_command
    "$here/sandbox-server.sh" stop || status=1
    if [ -z "${CANDOUR_DATABASE-}" ]; then
        "$here/sandbox-database.sh" stop
    elif [ -e "$CANDOUR_SANDBOX/has_database" ]; then
        timeout 60 dropdb --force "$PGDATABASE" || status=1 # which a cluster without followers would keep waiting
    fi
    "$here/sandbox-mail.sh" stop
    sanitizers_are_quiet || status=1
    if [ $status -ne 0 ] && [ $status -lt 128 ] && [ -s "$CANDOUR_SANDBOX/candourd.log" ]; then
        say 'the last lines of candourd:'
        tail -n 30 "$CANDOUR_SANDBOX/candourd.log" >&2
    fi
    cd /
    if [ $keep = yes ]; then
        say "left in $CANDOUR_SANDBOX"
    else
        rm -rf "$CANDOUR_SANDBOX"
    fi
    exit $status
}
CANDOUR_SANDBOX=
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
make_folder
export CANDOUR_SANDBOX
folder=$CANDOUR_SANDBOX

# ---------------------------------------------------------------- what is in it
export CANDOURD_CONF="$folder/candourd.conf" CANDOURD_PID_FILE="$folder/candourd.pid" CANDOUR_CA="$folder/certs/ca.pem"
export CANDOUR_CLOCK_FILE="$folder/clock" ADMIN_EMAIL=admin@example.org
export ADMIN_PASSWORD_FILE="$folder/admin.password" ADMIN_TOTP_FILE="$folder/admin.totp"
[ -n "${CANDOUR_DATABASE-}" ] || export PGHOST="$folder/socket" PGPORT=5432 PGDATABASE=candour PGUSER=postgres

# A line of the configuration must not be long.
usual="host=$PGHOST port=$PGPORT dbname=$PGDATABASE user={role}"
CANDOUR_CONNECTION=$(echo "${CANDOUR_DATABASE:-$usual}" | fold -s -w 150 | sed '2,$s/^/    /')
export CANDOUR_CONNECTION
connection() { # ROLE
    echo "$CANDOUR_CONNECTION" | sed "s/{role}/$1/g"
}
# Port 0 is any free one; sandbox-server.sh writes one here when it starts, so that a restart keeps it.
write_configuration() {
    for door in desk ballot; do
        cat <<EOF
[$door]
listen = 127.0.0.1:0
public = 127.0.0.1:0
certificate = $folder/certs/server.pem
key = $folder/certs/server.key
database = $(connection candour_$door)
kek_file = $folder/$door.kek
workers = 2

EOF
    done
    cat <<EOF
[clerk]
desk_database = $(connection candour_clerk_desk)
ballot_database = $(connection candour_clerk_ballot)
interval_ms = 200
pins = $folder/certs/server.pem

[daemon]
organisation = Example Council
demo = yes
clock_file = $CANDOUR_CLOCK_FILE
addresses_file = $folder/addresses
connections_max = 400
memory_max_mib = 2048

[migrate]
desk_database = $(connection candour_owner)
ballot_database = $(connection candour_owner)
EOF
}
write_configuration >"$CANDOURD_CONF"
echo 0 >"$CANDOUR_CLOCK_FILE"
"$here/certificates.sh" "$folder/certs"
# In a session of their own: Ctrl-C is for COMMAND, servers are stopped in order.
[ -n "${CANDOUR_DATABASE-}" ] || setsid -w "$here/sandbox-database.sh" start
psql -X -q -v ON_ERROR_STOP=1 -d postgres -f "$root/sql/roles.sql"
createdb -O candour_owner "$PGDATABASE"
: >"$folder/has_database"
if [ $daemon = yes ]; then
    (umask 077 && openssl rand -base64 18 >"$ADMIN_PASSWORD_FILE")
    for step in keys migrate "admin add $ADMIN_EMAIL --name Administrator --password-file $ADMIN_PASSWORD_FILE \
        --totp-file $ADMIN_TOTP_FILE"; do
        # shellcheck disable=SC2086
        "$CANDOURD" --config "$CANDOURD_CONF" $step >"$folder/step.log" 2>&1 || {
            cat "$folder/step.log" >&2
            fail "candourd ${step%% *} failed; its words are above."
        }
    done
    setsid -w "$here/sandbox-server.sh" start
    CANDOUR_DESK=$(sed -n 's/^desk //p' "$folder/addresses")
    CANDOUR_BALLOT=$(sed -n 's/^ballot //p' "$folder/addresses")
    export CANDOUR_DESK CANDOUR_BALLOT
else
    unset CANDOUR_CA CANDOUR_CLOCK_FILE # there is no daemon that they speak of
fi

# ---------------------------------------------------------------- COMMAND
if [ $# -eq 0 ]; then
    cat <<EOF
Candour runs in $folder until you press Ctrl-C.
  desk                   ${CANDOUR_DESK-not started}
  ballot box             ${CANDOUR_BALLOT-not started}
  database               psql -h $PGHOST -U $PGUSER $PGDATABASE
  log                    $folder/candourd.log

To use it, paste this into a second terminal:
  export CANDOUR_HOME=\$(mktemp -d) PATH='$build':"\$PATH" CANDOUR_DESK=${CANDOUR_DESK-} CANDOUR_CA=$CANDOUR_CA
  candour sign-in --administrator --email $ADMIN_EMAIL
It asks for the administrator's password and for a code from the authenticator:
  cat $ADMIN_PASSWORD_FILE
  oathtool --totp -b "\$(cat $ADMIN_TOTP_FILE)"
EOF
    trap 'exit 0' INT TERM
    set -- sleep infinity
fi
# In the background so that a signal to this script alone is heard at once, yet with the terminal and with Ctrl-C.
exec 3<&0
env --default-signal=INT,QUIT "$@" <&3 3<&- &
command=$!
status=0
wait "$command" || status=$?
command=
exit $status
