#!/usr/bin/env bash
# The daemon as a whole: certificates, workers that die, stopping, restarting under load, a second clerk.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
log=$CANDOUR_SANDBOX/candourd.log
certs=$CANDOUR_SANDBOX/certs

parent() {
    cat "$CANDOURD_PID_FILE"
}
workers() {
    local pid
    pid=$(parent)
    cat "/proc/$pid/task/$pid/children"
}
workers_are() { # COUNT
    [ "$(workers | wc -w)" -eq "$1" ]
}
logged() { # COUNT PATTERN [FILE]: at least so many lines
    [ "$(grep -Ec -- "$2" "${3:-$log}")" -ge "$1" ]
}
# A connection by TLS that ends at once; prints the certificate's serial number. Fails when the door does not answer.
dial() { # DOOR ADDRESS
    timeout 10 openssl s_client -connect "$2" -alpn "candour-$1/1" -tls1_3 -verify_return_error -CAfile "$CANDOUR_CA" \
        </dev/null 2>/dev/null | openssl x509 -noout -serial
}
serials() { # what eight connections to each door see
    for i in 1 2 3 4 5 6 7 8; do
        dial desk "$CANDOUR_DESK"
        dial ballot "$CANDOUR_BALLOT"
    done | sort -u
}
serves() {
    dial desk "$CANDOUR_DESK" && dial ballot "$CANDOUR_BALLOT"
} >/dev/null
are_gone() { # PID...
    local pid
    for pid; do
        ! grep -qs . "/proc/$pid/cmdline" || return
    done
}

# ---------------------------------------------------------------- certificates
old=$(serials)
check 'both doors serve one certificate' test "$(wc -l <<<"$old")" -eq 1
rm "$certs/server.pem"
"$root/deploy/certificates.sh" "$certs"
same 'a new file alone changes nothing' "$old" "$(serials)"
kill -HUP "$(parent)"
check 'a reload reaches each worker of both doors' until_true 20 logged 4 '^notice certificate_reloaded '
new=$(serials)
check 'new connections see the new certificate' test "$new" = "$(openssl x509 -noout -serial <"$certs/server.pem")"

cp "$certs/server.pem" "$work/good.pem"
echo 'not a certificate' >"$certs/server.pem"
kill -HUP "$(parent)"
check 'a broken certificate is refused in words' until_true 20 logged 1 '^error reload_refused .*server.pem'
same 'and the old one stays' "$new" "$(serials)"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/other.key"
openssl req -x509 -key "$work/other.key" -subj /CN=localhost -days 2 -out "$certs/server.pem" 2>/dev/null
kill -HUP "$(parent)"
check 'a certificate that does not fit the key is refused as well' until_true 20 logged 2 '^error reload_refused '
same 'and the old one stays again' "$new" "$(serials)"
cp "$work/good.pem" "$certs/server.pem"
cp "$CANDOURD_CONF" "$work/good.conf"
echo 'no_such_key = 1' >>"$CANDOURD_CONF"
kill -HUP "$(parent)"
check 'a broken configuration is refused with its line' until_true 20 logged 1 '^error reload_refused .*line [0-9]+: .*no_such_key'
cp "$work/good.conf" "$CANDOURD_CONF"
kill -HUP "$(parent)"
check 'and the next good one is taken' until_true 20 logged 8 '^notice certificate_reloaded '

# ---------------------------------------------------------------- workers that die
check 'there are five workers' workers_are 5
before=$(parent)
for pid in $(workers); do kill -KILL "$pid"; done
for name in desk-0 desk-1 ballot-0 ballot-1 clerk-0; do
    check "the death of $name is logged" until_true 20 logged 1 "^error worker_ended .*name=$name code=-1 signal=9"
done
check 'killed workers are replaced' until_true 10 workers_are 5
check 'the new ones serve' until_true 10 serves
check 'the new clerk takes office' until_true 10 logged 2 '^notice clerk_in_office '
same 'the parent is the same' "$before" "$(parent)"

orphans=$(workers)
kill -KILL "$(parent)"
# shellcheck disable=SC2086
check 'workers end when their parent was killed' until_true 10 are_gone $orphans
check 'after the parent was killed a start works, on the same ports' "$root/deploy/sandbox-server.sh" start
check 'and serves' until_true 10 serves

# ---------------------------------------------------------------- stopping
# A request that has begun and waits for the lock of another import, when the daemon is told to stop.
is_held() {
    [ "$(sql "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database <> 0")" -eq 1 ]
}
check 'the administrator signs in' admin_sign_in
printf 'E-mail,Name\nlast@council.example,Last Minute\n' >"$work/last.csv"
psql -XAtq -c "SET application_name = holder; BEGIN; SELECT pg_advisory_xact_lock(hashtext('desk.person')), pg_sleep(60)" \
    >/dev/null 2>&1 &
until_true 20 eval 'sql "SELECT granted FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE locktype = '\''advisory'\'' AND application_name = '\''holder'\''" | grep -q t'
as "$admin" people import "$work/last.csv" >"$work/import" 2>&1 &
import=$!
check 'a request waits' until_true 20 is_held
drained=$(grep -c '^notice draining ' "$log")
"$root/deploy/sandbox-server.sh" stop 2>"$work/stop" &
stop=$!
check 'the daemon is told to stop' until_true 20 logged $((drained + 1)) '^notice draining '
ends 'it takes no new connections' 1 . serves
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'" >/dev/null
wait $import
same 'but the request that had begun is answered' 0 $?
wait $stop
same 'and then the daemon is gone, in time' '0 ' "$? $(cat "$work/stop")"
same 'what it answered is stored' 'Last Minute' "$(sql "SELECT name FROM desk.person WHERE email = 'last@council.example'")"
check 'it starts again' "$root/deploy/sandbox-server.sh" start

# ---------------------------------------------------------------- restarts under load
round_data 3
deed_of give >"$work/load"
load() {
    until [ -e "$work/enough" ]; do in_two answer <"$work/load"; done >"$work/load.words" 2>&1
}
settle() { # EMAIL: what waits is sent, however often that must be tried
    as "$1" send --now --yes
}
stored() {
    sql 'SELECT sum(sequence) FROM ballot.ballot'
}
is_under_load() { # since $before
    [ "$(stored)" -gt $((before + 20)) ]
}
check 'a round is made' round_made
check 'it collects' round_collecting
check 'raters collect their credentials' round_collected
forward 90060
load &
load=$!
before=0
for how in 'the daemon is restarted' 'the daemon is killed' 'the database crashes' 'a ballot worker is killed'; do
    until_true 90 is_under_load || bad "no ballots arrive before $how" "$(tail -n 5 "$work/load.words")"
    case $how in
    *restarted) check "$how" "$root/deploy/sandbox-server.sh" restart ;;
    *daemon*) check "$how" eval '"$root/deploy/sandbox-server.sh" kill && "$root/deploy/sandbox-server.sh" start' ;;
    *crashes) check "$how" eval '"$root/deploy/sandbox-database.sh" kill && "$root/deploy/sandbox-database.sh" start' ;;
    *worker*) check "$how" kill -KILL "$(workers | cut -d' ' -f 3)" ;;
    esac
    before=$(stored)
done
until_true 90 is_under_load || bad 'no ballots arrive at the end' "$(tail -n 5 "$work/load.words")"
touch "$work/enough"
wait $load
cut -f 1 "$work/load" | sort -u >"$work/raters"
check 'all that waited is sent' in_two settle <"$work/raters"
names >"$work/names"
same 'each of the raters holds a receipt for each answer' "$(wc -l <"$work/load")" "$(grep -vc -- '-$' "$work/names")"
same 'and each receipt is for the ballot that is stored' "$(grep -v -- '-$' "$work/names" | awk '{ print $2, $4 }' | sort)" \
    "$(sql "SELECT encode(vk, 'hex') || ' ' || encode(leaf, 'hex') FROM ballot.ballot" | sort)"
same 'each is counted once' 0 "$(sql 'SELECT count(*) FROM ballot.quota q WHERE ballots <>
    (SELECT count(*) FROM ballot.ballot b WHERE b.subject = q.subject AND b.grp = q.grp)')"

# ---------------------------------------------------------------- a second candourd
conf=$work/second.conf
sed "s|^addresses_file = .*|addresses_file = $work/second.addresses\nmetrics_socket = $work/metrics|; s|^public = .*||; s|^listen = .*|listen = 127.0.0.1:0|" \
    "$CANDOURD_CONF" >"$conf"
"$CANDOURD" --config "$conf" --only=clerk >"$work/clerk.log" 2>&1 &
second=$!
until_true 10 logged 1 '^notice ready ' "$work/clerk.log" || bad 'the second clerk does not start' "$(cat "$work/clerk.log")"
metrics() {
    python3 -c 'import http.client, socket, sys
c = http.client.HTTPConnection("localhost")
c.sock = socket.socket(socket.AF_UNIX)
c.sock.connect(sys.argv[1])
c.request("GET", "/metrics")
print(c.getresponse().read().decode())' "$work/metrics"
}
ends 'who may asks how it is' 0 '^candour_workers_ready\{kind="clerk"\} 1$' metrics
sleep 1 # five of its turns
same 'a second clerk does not take an office that is held' 0 "$(grep -c clerk_in_office "$work/clerk.log")"
check 'the first stops' "$root/deploy/sandbox-server.sh" stop
check 'then the second takes office' until_true 10 logged 1 '^notice clerk_in_office ' "$work/clerk.log"
turns=$(grep -c '^notice clerk_in_office ' "$log")
check 'the first starts again' "$root/deploy/sandbox-server.sh" start
sleep 1
same 'and waits for its turn' "$turns" "$(grep -c '^notice clerk_in_office ' "$log")"
kill -TERM $second
wait $second
same 'the second ends well' 0 $?
check 'and the first is in office again' until_true 10 logged $((turns + 1)) '^notice clerk_in_office '
finish
