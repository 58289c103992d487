#!/usr/bin/env bash
# Both doors as sslscan and testssl.sh see them: TLS 1.3 and nothing else, no tickets, nothing that they call a weakness.
# Run by: deploy/sandbox.sh tests/tls/scan.sh
. "$(dirname "$0")/../e2e/lib.sh"

# ---------------------------------------------------------------- as they are: whoever does not know the name stays outside
sslscan --no-colour --show-certificate "$CANDOUR_DESK" >"$work/outside" 2>&1
same 'without a name nobody sees a cipher, nor the certificate' 0 "$(grep -cE 'Preferred|Accepted|Subject:' "$work/outside")"

# ---------------------------------------------------------------- with the check of the name taken away
gcc -shared -fPIC -o "$work/any_name.so" "$root/tests/tls/any_name.c" || mistake 'gcc fails'
"$root/deploy/sandbox-server.sh" stop
LD_PRELOAD=$work/any_name.so "$root/deploy/sandbox-server.sh" start

scan() { # DOOR ADDRESS
    local door=$1 address=$2
    sslscan --no-colour --show-sigs "$address" >"$work/$door.sslscan" 2>&1
    same "$door: sslscan finds TLS 1.3 alone" 'TLSv1.3' "$(sed -n 's/^\(SSLv.\|TLSv...\) *enabled$/\1/p' "$work/$door.sslscan")"
    same "$door: with ciphers of TLS 1.3" '' "$(grep -E '^(Preferred|Accepted)' "$work/$door.sslscan" | grep -v TLSv1.3)"
    check "$door: and at least one" grep -qE '^Preferred +TLSv1.3' "$work/$door.sslscan"
    same "$door: the groups are ours" 'secp256r1 secp384r1 x25519' "$(sed -n '/Key Exchange Group/,/^$/s/^TLSv1.3 .* bits  *\([^ ]*\).*/\1/p' \
        "$work/$door.sslscan" | sort | paste -sd ' ')"
    same "$door: no renegotiation, compression or heartbeat" '' "$(grep -E 'vulnerable to heartbleed|Compression enabled|[Ss]ecure session renegotiation supported' "$work/$door.sslscan" | grep -v 'not ')"
    # The sandbox's certificate is not what is judged here.
    testssl --quiet --warnings off --color 0 --ip one --add-ca "$CANDOUR_CA" --jsonfile "$work/$door.json" \
        -p -s -f -S -U "$address" >"$work/$door.testssl" 2>&1 </dev/null
    check "$door: testssl.sh looks at $(jq length "$work/$door.json") things" eval '[ "$(jq length "$work/'"$door"'.json")" -ge 40 ]'
    same "$door: and warns of none" '' "$(jq -r '.[] | select(.severity | IN("MEDIUM", "HIGH", "CRITICAL", "WARN", "FATAL"))
        | select(.id | test("^cert|^engine_problem$") | not) | "\(.severity) \(.id): \(.finding)"' "$work/$door.json")"
    same "$door: no tickets" '' "$(jq -r '.[] | select(.id | test("ticket"; "i")) | .finding' "$work/$door.json" | grep -vi '^not\? ')"
    same "$door: TLS 1.3 is offered" OK "$(jq -r '.[] | select(.id == "TLS1_3") | .severity' "$work/$door.json")"
    same "$door: no ticket comes" 0 "$( (sleep 1) | openssl s_client -connect "$address" -alpn "candour-$door/1" -CAfile "$CANDOUR_CA" \
        -msg 2>/dev/null | grep -c NewSessionTicket)"
}
scan desk "$CANDOUR_DESK"
scan ballot "$CANDOUR_BALLOT"

# ---------------------------------------------------------------- the control: another server, as many are
openssl s_server -accept 127.0.0.1:0 -cert "$CANDOUR_SANDBOX/certs/server.pem" -key "$CANDOUR_SANDBOX/certs/server.key" \
    -tls1_2 < <(exec sleep 600) >"$work/control.log" 2>&1 &
control_pid=$!
trap 'kill $control_pid 2>/dev/null' EXIT
until_true 5 grep -q '^ACCEPT' "$work/control.log"
control=$(sed -n 's/^ACCEPT \([^ ]*\).*/\1/p' "$work/control.log" | head -n 1)
sslscan --no-colour "$control" >"$work/control.sslscan" 2>&1
check 'control: of an older server sslscan finds TLS 1.2' grep -qE '^TLSv1.2 *enabled' "$work/control.sslscan"
finish
