#!/usr/bin/env bash
# 10,000 idle connections of people who are signed in at the desk: what memory one takes (proportional set size), and
# how long a busy client beside them waits. Then the same with nginx and 10,000 connections over which it has answered
# one request.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib_rounds.sh"

count=10000
ulimit -n $((count + 2000)) || stop "so many files are not allowed: $(ulimit -Hn)"

pss_kib() { # PROCESS: it and its children
    awk '$1 == "Pss:" { sum += $2 } END { print sum }' \
        $(for p in "$1" $(cat "/proc/$1/task/$1/children"); do echo "/proc/$p/smaps_rollup"; done)
}
busy() { # METRIC_SUFFIX
    local p50 p99
    echo >&"${CROWD[1]}"
    read -r -u "${CROWD[0]}" p50 p99 || stop 'the busy client failed'
    bench "busy_p50$1" "$p50" us
    bench "busy_p99$1" "$p99" us
}
# METRIC PROCESS SUFFIX IDLE_ARGUMENT...: one connection first, so that what only the first needs does not count
measure() {
    local metric=$1 process=$2 suffix=$3 before
    shift 3
    coproc CROWD { "$bench_bin/idle" "$1" 1 "${@:2}"; }
    crowd=$CROWD_PID
    read -r -u "${CROWD[0]}" _ || stop 'not connected'
    [ -z "$suffix" ] || busy ''
    before=$(pss_kib "$process")
    eval "exec ${CROWD[1]}>&-"
    wait "$crowd"
    coproc CROWD { "$bench_bin/idle" "$1" $count "${@:2}"; }
    crowd=$CROWD_PID
    read -r -u "${CROWD[0]}" _ || stop "$count connections did not come about"
    [ -z "$suffix" ] || busy "$suffix"
    bench "$metric" "$(awk "BEGIN { print ($(pss_kib "$process") - $before) / $count }")" KiB
    eval "exec ${CROWD[1]}>&-"
    wait "$crowd"
}

sed -i "s/^connections_max = .*/connections_max = $count/; s/^memory_max_mib = .*/memory_max_mib = 16384/" "$CANDOURD_CONF"
"$root/deploy/sandbox-server.sh" restart || stop 'no daemon'
session=$(sessions "$admin" | cut -d' ' -f2)

folder=$work/nginx
mkdir -p "$folder"
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
cat >"$folder/nginx.conf" <<EOT
daemon off;
worker_processes 2;
pid $folder/pid;
error_log $folder/error.log;
events { worker_connections $((count + 100)); }
http {
    ssl_certificate $CANDOUR_SANDBOX/certs/server.pem;
    ssl_certificate_key $CANDOUR_SANDBOX/certs/server.key;
    ssl_protocols TLSv1.3;
    ssl_session_tickets off;
    access_log off;
    keepalive_timeout 900;
    client_body_temp_path $folder/body;
    fastcgi_temp_path $folder/fastcgi;
    proxy_temp_path $folder/proxy;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    server {
        listen 127.0.0.1:$port ssl backlog=1024;
        location / { return 204; }
    }
}
EOT
nginx -p "$folder" -e "$folder/error.log" -c "$folder/nginx.conf" 2>"$folder/log" &
nginx=$!
trap 'kill $nginx 2>/dev/null' EXIT
until_true 10 test -s "$folder/pid" || stop "no nginx: $(cat "$folder/log")"

measure idle_memory "$(cat "$CANDOURD_PID_FILE")" _beside_idle "$CANDOUR_DESK" desk "$session"
"$root/deploy/sandbox-server.sh" stop
measure nginx_idle_memory $nginx '' 127.0.0.1:$port http
