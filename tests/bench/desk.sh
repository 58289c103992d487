#!/usr/bin/env bash
# The desk: a leader reads a released report, with its line in the audit trail committed, beside one durable row inserted
# over a kept TLS connection to PostgreSQL; and how 64 and 1,000 people at once sign in with their codes, look at what
# they are asked, collect their credentials, and read reports.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib_rounds.sh"
leaders=300 raters=1064

# A PostgreSQL that also listens on the loopback, with TLS.
open_port() {
    local cluster=$CANDOUR_SANDBOX/cluster port
    port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
    "$root/deploy/sandbox-server.sh" stop
    "$root/deploy/sandbox-database.sh" stop
    cp "$CANDOUR_SANDBOX/certs/server.pem" "$CANDOUR_SANDBOX/certs/server.key" "$cluster/"
    chmod 600 "$cluster/server.key"
    [ "$(id -u)" -ne 0 ] || chown postgres "$cluster/server.pem" "$cluster/server.key"
    cat >>"$cluster/postgresql.conf" <<EOT
listen_addresses = '127.0.0.1'
port = $port
ssl = on
ssl_cert_file = 'server.pem'
ssl_key_file = 'server.key'
ssl_min_protocol_version = 'TLSv1.3'
EOT
    sed -i "s/port=5432/port=$port/; s/^connections_max = .*/connections_max = 1200/; s/^memory_max_mib = .*/memory_max_mib = 4096/" \
        "$CANDOURD_CONF"
    export PGPORT=$port
    "$root/deploy/sandbox-database.sh" start && "$root/deploy/sandbox-server.sh" start || stop 'no servers'
}
crowd() { # WORD METRIC FILE FROM CLIENTS
    local rate p50_ms p99_ms failed line
    line=$("$bench_bin/desk" "$1" "$3" "$4" "$5" 2>"$work/crowd.log") ||
        stop "$1 with $5: $line $(sort "$work/crowd.log" | uniq -c | sort -rn | head -n 3)"
    eval "$line"
    bench "$2_rate_$5" "$rate" per_s
    bench "$2_p50_$5" "$p50_ms" ms
    bench "$2_p99_$5" "$p99_ms" ms
}

ulimit -n 4096 || stop 'so many files are not allowed'
open_port
people $leaders $raters
open_round Read $leaders
answer_and_close Read
as "$admin" round release Read --confirm Read >/dev/null 2>&1
open_round Bench $leaders
leader=$(sessions leader1@example.org | cut -d' ' -f2)
for i in $(seq "$rounds"); do
    "$bench_bin/desk" report "$leader" Read "host=127.0.0.1 port=$PGPORT dbname=candour user=postgres sslmode=require" 300 \
        >"$work/read" || stop 'no report'
    eval "$(cat "$work/read")"
    bench report_p50 "$report_ms" ms
    bench insert_p50 "$insert_ms" ms
done
as "$admin" round letters Bench --out "$work/letters" >/dev/null 2>&1
for file in "$work"/letters/rater*; do
    echo "$(basename "$file" .txt) $(sed -n 's/^ *Your code: *//p' "$file")"
done >"$work/codes"
# shellcheck disable=SC2046
sessions $(cut -d' ' -f1 "$work/codes") >"$work/sessions"
# shellcheck disable=SC2046
sessions $(sql "SELECT email FROM desk.person WHERE email LIKE 'leader%'") >"$work/leader"
for i in 1 2 3 4; do cat "$work/leader"; done >"$work/leaders" # 1,000 read 300 reports
for i in $(seq "$rounds"); do
    for clients in 64 1000; do
        crowd sign-in sign_in "$work/codes" 0 $clients
        crowd assignments assignments "$work/sessions" 0 $clients
        sql "SET session_replication_role = replica; UPDATE desk.assignment SET blinded = NULL"
        crowd collect collect "$work/sessions" 0 $clients
        crowd reading reading "$work/leaders" 0 $clients
    done
done
