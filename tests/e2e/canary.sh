#!/usr/bin/env bash
# Whatever goes wrong with a request, no log tells what was in it or who sent it: e-mail addresses, sign-in codes, network
# addresses, names of ballots and what raters wrote are canaries, and everything that can fail is made to fail.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
. "$(dirname "$0")/lib_search.sh"
export PATH=$PATH:/usr/sbin
address=127.0.0.77 # of raters, who come through a proxy of theirs
trap 'kill ${proxy_pid-} ${lock_pid-} ${haproxy_pid-} 2>/dev/null' EXIT

proxy_started() {
    for try in $(seq 20); do
        proxy=127.0.0.1:$((20000 + RANDOM % 10000))
        microsocks -i 127.0.0.1 -p "${proxy#*:}" -b $address >/dev/null 2>&1 &
        proxy_pid=$!
        until_true 1 bash -c ": </dev/tcp/127.0.0.1/${proxy#*:}" && kill -0 $proxy_pid 2>/dev/null && return
    done
    mistake 'microsocks does not start'
}
patience=60
rater() { # EMAIL WORD...: may fail
    CANDOUR_HOME=$homes/$1 timeout $patience "$CANDOUR" "${@:2}" --no-input </dev/null >>"$work/words" 2>&1
}
come() { # EMAIL [CODE]
    echo "${2-$(code_of "$1")}" | CANDOUR_HOME=$homes/$1 timeout $patience "$CANDOUR" sign-in --server "$server" \
        --ca "$CANDOUR_CA" --email "$1" --socks "$proxy" --secret-file - --no-input >>"$work/words" 2>&1
}
# One answer of this rater, with a canary for a comment.
write() { # EMAIL
    local leader group file canary
    IFS=$'\t' read -r _ leader _ _ group _ file < <(grep "^$1	" "$data/casts" | grep '	give	' | head -n 1)
    canary=canary$(openssl rand -hex 8)
    echo "$canary" >>"$work/texts"
    jq --arg text "$canary" '.comments = {"1": $text}' "$data/$file.json" >"$work/answers.json"
    rater "$1" give "$leader" --group "$group" --answers "$work/answers.json" --now --yes
}
# A transaction that holds this table for a while.
held() { # TABLE SECONDS
    psql -XAtq -c "BEGIN; LOCK TABLE $1 IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep($2)" >/dev/null 2>&1 &
    lock_pid=$!
    sleep 0.5
}

# ---------------------------------------------------------------- a round, with canaries in it
round_data 12
check 'a round is made' round_made
check 'it collects' round_collecting
proxy_started
mapfile -t people < <(deed_of give | cut -f 1 | sort -u | head -n 6)
for person in "${people[@]}"; do code_of "$person"; done >"$work/codes"
come "${people[0]}" AAAA-AAAA-AAAA
come "${people[0]}" "$(code_of "${people[1]}")"
sql 'ALTER TABLE desk.session ADD CONSTRAINT planted CHECK (token_hash IS NULL) NOT VALID'
come "${people[0]}"
sql 'ALTER TABLE desk.session DROP CONSTRAINT planted'
held desk.session 4
come "${people[1]}"
wait $lock_pid
for person in "${people[@]}"; do check 'a rater signs in' come "$person"; done
forward 90060

# ---------------------------------------------------------------- what goes wrong
check 'a ballot is stored' write "${people[0]}"
patience=8 # a client asks again for a minute
# PostgreSQL names the row that breaks a rule, unless it is told to be terse.
broken() { # EMAIL
    sql 'ALTER TABLE ballot.ballot ADD CONSTRAINT planted CHECK (sequence < 0) NOT VALID'
    write "$1"
    sql 'ALTER TABLE ballot.ballot DROP CONSTRAINT planted'
}
broken "${people[1]}"
held ballot.ballot 4
write "${people[2]}"
wait $lock_pid
held ballot.ballot 30
write "${people[3]}" &
sleep 2
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'candour_ballot'" >/dev/null
kill -ABRT $(pgrep -P "$(cat "$CANDOURD_PID_FILE")") # every worker, with a ballot at hand
sleep 1
kill $lock_pid
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK%'" >/dev/null
"$root/deploy/sandbox-server.sh" wait
wait %% 2>/dev/null
"$root/deploy/sandbox-database.sh" kill
write "${people[4]}" &
sleep 1
"$root/deploy/sandbox-database.sh" start
wait $!
"$root/deploy/sandbox-server.sh" wait
patience=60
for person in "${people[@]:1:4}"; do rater "$person" send --now --yes; done
ends 'in the end everything is stored' 0 '^[5-9]$' sql 'SELECT count(*) FROM ballot.ballot'
"$root/deploy/sandbox-server.sh" restart # which says all counters

# ---------------------------------------------------------------- the same behind HAProxy
# As deploy/ha sets it up, and with everything logged that it then has to say.
balanced() { # LOG SETTING...: HAProxy in front of both doors, with these among its defaults
    local log=$1
    shift
    for try in $(seq 20); do
        desk_port=$((20000 + RANDOM % 10000)) ballot_port=$((20000 + RANDOM % 10000))
        { printf 'global\n    log stdout format raw local0\n' && sed "s,@LISTEN@:7360,127.0.0.1:$desk_port,
            s,@LISTEN@:7361,127.0.0.1:$ballot_port,; s,@HOST[12]@:7360,$CANDOUR_DESK,; s,@HOST[12]@:7361,$CANDOUR_BALLOT," \
            "$root/deploy/ha/haproxy.cfg.in"; } >"$work/haproxy.cfg"
        for setting; do sed -i "s,^defaults\$,&\n    $setting," "$work/haproxy.cfg"; done
        haproxy -db -f "$work/haproxy.cfg" >"$log" 2>&1 &
        haproxy_pid=$!
        until_true 2 bash -c ": </dev/tcp/127.0.0.1/$ballot_port" && kill -0 $haproxy_pid 2>/dev/null && return
    done
    mistake "HAProxy does not start: $(cat "$log")"
}
# A ballot of nonsense and a canary from the raters' network, whatever becomes of it.
nonsense() {
    python3 - "$address" "$ballot_port" "$1" <<'EOT' >>"$work/words" 2>&1
import socket, ssl, sys
address, port, text = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()
for is_tls in True, False:
    s = socket.create_connection(("127.0.0.1", port), 5, (address, 0))
    s.settimeout(2)
    if is_tls:
        context = ssl._create_unverified_context()
        context.set_alpn_protocols(["candour-ballot/1"])
        s = context.wrap_socket(s)
    s.sendall(text * 9)
    try:
        s.recv(1)
    except OSError:
        pass
    s.close()
EOT
}
through_haproxy() { # LOG SETTING...: leaves what it logged
    local server canary
    canary=canary$(openssl rand -hex 8)
    echo "$canary" >>"$work/texts"
    balanced "$@"
    server=127.0.0.1:$desk_port
    come "${people[5]}" AAAA-AAAA-AAAA
    come "${people[5]}"
    nonsense "$canary"
    "$root/deploy/sandbox-server.sh" stop
    until_true 10 grep -q 'has no server available' "$1" || mistake "HAProxy does not notice: $(cat "$1")"
    nonsense "$canary"
    "$root/deploy/sandbox-server.sh" start
    kill $haproxy_pid
    wait $haproxy_pid
}
through_haproxy "$work/haproxy.log"

# ---------------------------------------------------------------- and what is told of it
names | grep -v -- '-$' >"$work/names"
tokens "$data/people.csv"
{ cat "$work/codes" && tr -d - <"$work/codes"; } | grep . >"$work/code.list"
{ cat "$work/texts" && hex <"$work/texts"; } >"$work/text.list"
told() { # LIST: how many lines of the logs hold any of it
    logs | grep -ciFf "$1"
}
logs() {
    cat "$CANDOUR_SANDBOX/candourd.log" "$CANDOUR_SANDBOX/postgres.log" "$work/haproxy.log"
}
check 'the logs tell of what went wrong' eval '[ "$(logs | grep -c "violates check constraint\|lock timeout\|statement_failed\|worker_ended\|terminating connection")" -ge 4 ]'
same 'no line has an address of a network' 0 "$(logs | grep -cF $address)"
same 'nor a person' 0 "$(told "$found/people.text")"
same 'nor a code' 0 "$(told "$work/code.list")"
same 'nor the name of a ballot' 0 "$(told "$found/ballots.text")"
same 'nor what a rater wrote' 0 "$(told "$work/text.list")"
same 'no process may leave a core' '' "$(for pid in $(pgrep -P "$(cat "$CANDOURD_PID_FILE")"); do
    grep 'Max core file size' "/proc/$pid/limits" | grep -v ' 0  *0 '; done)"
pattern=$(cat /proc/sys/kernel/core_pattern)
folders=("$CANDOUR_SANDBOX" "$root")
case $pattern in
/*) folders+=("$(dirname "$pattern")") ;;
'|'*) for folder in /var/lib/systemd/coredump /var/crash; do [ ! -d $folder ] || folders+=($folder); done ;;
esac
cores() {
    find "${folders[@]}" -maxdepth 1 -type f -newer "$CANDOUR_SANDBOX/initdb.log" -name '*core*'
}
same 'and none was left' '' "$(cores)"
# Where another program takes cores away, or the machine forbids them, there is nothing to compare with.
if [ "${pattern#[/|]}" = "$pattern" ] && [ "$(ulimit -Hc)" != 0 ]; then
    bash -c 'cd "$1" && ulimit -c unlimited && kill -ABRT $$' _ "$CANDOUR_SANDBOX" 2>/dev/null
    check 'control: another program leaves one' eval '[ -n "$(cores)" ]'
    rm -f "$CANDOUR_SANDBOX"/core*
fi

# ---------------------------------------------------------------- the control: a server that is not set as the guide says
sql "ALTER SYSTEM SET log_error_verbosity = 'default'"
sql 'ALTER SYSTEM SET log_min_error_statement = error'
sql 'ALTER SYSTEM SET log_connections = on'
sql 'SELECT pg_reload_conf()' >/dev/null
until_true 5 eval '[ "$(sql "SHOW log_error_verbosity")" = default ]'
patience=8
broken "${people[5]}"
names | grep -v -- '-$' >"$work/names"
tokens "$data/people.csv"
{ cat "$work/texts" && hex <"$work/texts"; } >"$work/text.list"
through_haproxy "$work/haproxy.control" 'option tcplog' 'log global'
check 'control: HAProxy with other settings does, too' grep -qF $address "$work/haproxy.control"
check 'control: of a server with other settings the log does tell' test "$(told "$work/text.list")" -gt 0
finish
