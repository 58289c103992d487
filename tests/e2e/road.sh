#!/usr/bin/env bash
# How a ballot travels: through a SOCKS5 proxy, which alone is asked for names, and in packets of one size.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
framework_csv=$root/frameworks/ten-competency.csv
mkdir "$data"
export PATH=$PATH:/usr/sbin

# ---------------------------------------------------------------- a real proxy
# microsocks cannot say which free port it took, so one is tried until it is free.
proxy_started() { # LOG FLAG...
    for try in $(seq 20); do
        proxy=127.0.0.1:$((20000 + RANDOM % 10000))
        microsocks -i 127.0.0.1 -p "${proxy#*:}" "${@:2}" >/dev/null 2>"$1" &
        proxy_pid=$!
        until_true 1 bash -c ": </dev/tcp/127.0.0.1/${proxy#*:}" && kill -0 $proxy_pid 2>/dev/null && return
    done
    mistake 'microsocks does not start'
}
proxy_stopped() {
    kill $proxy_pid && wait $proxy_pid
    return 0
}
trap 'kill ${proxy_pid-} ${tcpdump_pid-} 2>/dev/null' EXIT

# Whoever is traced cannot look for leaks in a sanitized build.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
# What the client opens, connects to and sends to: the network's calls, and the files that names are looked up with.
watched() { # EMAIL WORD...: the client of this person
    : >"$work/calls"
    CANDOUR_HOME=$homes/$1 timeout 120 strace -f -qq -o "$work/calls" -e trace=prctl,connect,sendto,sendmsg,sendmmsg,bind,openat,open \
        "$CANDOUR" "${@:2}" --no-input
}
# All that was connected or sent to by name or number, but for what stays on this computer's own files and sockets.
reached() {
    sed -n 's/.*sin6\{0,1\}_port=htons(\([0-9]*\)).*\(inet_addr\|inet_pton(AF_INET6,\)[( ]*"\([^"]*\)".*/\3:\1/p' "$work/calls" | sort -u
}
looked_up() {
    grep -Eo '"[^"]*(/etc/hosts|resolv\.conf|systemd\.resolve[^"]*)"' "$work/calls" | sort -u
}

# ---------------------------------------------------------------- a round of one leader and five colleagues
# The ballot box has a name, which somebody must look up.
sed -i 's/^public = 127\.0\.0\.1:/public = localhost:/' "$CANDOURD_CONF"
"$root/deploy/sandbox-server.sh" restart
desk_name=localhost:${CANDOUR_DESK##*:} box_name=localhost:${CANDOUR_BALLOT##*:}
{
    echo 'e-mail,name'
    echo 'lead@example.org,Lena Lead'
    for number in 1 2 3 4 5; do echo "r$number@example.org,Rater $number"; done
} >"$data/people.csv"
{
    echo 'subject e-mail,level,rater e-mail,group'
    for number in 1 2 3 4 5; do echo "lead@example.org,6,r$number@example.org,peer"; done
} >"$data/raters.csv"
check 'a round is made' round_made
check 'it collects' round_collecting

# ---------------------------------------------------------------- through the proxy
mine=$homes/r1@example.org
proxy_started "$work/proxy.log"
check 'a rater signs in through it' eval 'code_of r1@example.org >"$work/code" && watched r1@example.org sign-in \
    --server "$desk_name" --ca "$CANDOUR_CA" --email r1@example.org --secret-file "$work/code" --socks "$proxy"'
same 'and reaches nothing but the proxy' "$proxy" "$(reached)"
same 'nor looks any name up' '' "$(looked_up)"
check 'the proxy is given the names of both doors' eval \
    'grep -q "connected to $desk_name" "$work/proxy.log" && grep -q "connected to $box_name" "$work/proxy.log"'
check 'the others sign in without one' eval 'for number in 2 3 4 5; do sign_in "r$number@example.org" || exit; done'
forward 90060
printf '{"ratings": [%s 4]}' "$(printf 'null, %.0s' $(seq 52))" >"$data/1.json"
: >"$work/proxy.log"
check 'the ballot goes through it, without being told again' watched r1@example.org give Lena --answers "$data/1.json" --now --yes
same 'and reaches nothing else either' "$proxy" "$(reached)"
same 'nor looks any name up' '' "$(looked_up)"
check 'by a client that may not be dumped' grep -q 'prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE) *= 0' "$work/calls"
same 'by connections to the ballot box alone' "$box_name" "$(sed -n 's/.*connected to //p' "$work/proxy.log" | sort -u)"
same 'and is stored' 1 "$(sql 'SELECT count(*) FROM ballot.ballot')"
proxy_stopped
ends 'a proxy that is away is not gone around' 6 'SOCKS proxy.*cannot be reached' watched r1@example.org withdraw Lena --now --yes
same 'but asked' "$proxy" "$(reached)"
proxy_started "$work/proxy.log" -u wanted -P wanted
ends 'and does not get one' 6 'wants a user name of its own' env CANDOUR_SOCKS="$proxy" CANDOUR_HOME="$mine" "$CANDOUR" send --now --yes
proxy_stopped
ends 'an address without a port is refused' 2 'is not the address of a SOCKS proxy' as r1@example.org queue --socks localhost
same 'control: without the proxy the door itself is reached, and its name looked up' "127.0.0.1:${CANDOUR_BALLOT##*:} /etc/hosts" \
    "$(watched r1@example.org send --now --yes --socks none >"$work/words" 2>&1; echo "$(reached)" "$(looked_up | tr -d '"' | grep -o '/etc/hosts')")"

# ---------------------------------------------------------------- on the wire
# Every packet of the ballot box's port on loopback. For each connection that carried a ballot: how many bytes the client
# sent in all, handshake and good-bye with it, and how many the server sent from the ballot on. What the server says
# before has its signature, which is a byte or two longer or shorter each time.
ballots_seen() {
    awk -v box=".${CANDOUR_BALLOT##*:}" '
        { sub(/:$/, "", $4); is_sent = substr($4, length($4) - length(box) + 1) == box; client = is_sent ? $2 : $4
          bytes = $NF; if (!(client in sent)) order[++count] = client
          if (is_sent) { sent[client] += bytes; if (sent[client] > 8192) has_ballot[client] = 1 }
          else if (client in has_ballot) received[client] += bytes }
        END { for (i = 1; i <= count; i++) if (order[i] in has_ballot) print sent[order[i]], received[order[i]] }' "$work/packets"
}
all_seen() {
    [ "$(ballots_seen | wc -l)" -eq 4 ]
}
ballot() { # NUMBER ANSWERS COMMENT: of 53 items
    local ratings
    ratings=$(seq 53 | awk -v answers="$2" '{ printf "%s%s", (NR > 1 ? ", " : ""), (NR <= answers ? NR % 5 + 1 : "null") }')
    printf '{"ratings": [%s], "comments": {%s}}' "$ratings" "$(for question in 1 2 3; do [ -z "$3" ] || printf '%s"%d": "%s"' \
        "$([ $question = 1 ] || echo ', ')" $question "$3"; done)" >"$data/$1.json"
    as "r$1@example.org" give Lena --answers "$data/$1.json" --now --yes
}
long=$(printf 'word%.0s ' $(seq 160))
tcpdump -i lo -nn -q -t -l --immediate-mode "tcp port ${CANDOUR_BALLOT##*:}" >"$work/packets" 2>"$work/tcpdump" &
tcpdump_pid=$!
until_true 10 eval "grep -q 'listening on' '$work/tcpdump' || ! kill -0 $tcpdump_pid"
if grep -q 'listening on' "$work/tcpdump"; then
    check 'four raters answer: one question or 53, with or without comments' \
        eval 'ballot 2 1 "" && ballot 3 53 "" && ballot 4 1 "${long% }" && ballot 5 53 "${long% }"'
    check 'their packets are seen' until_true 10 all_seen
    sleep 0.5 # the last of them, too
    kill $tcpdump_pid && wait $tcpdump_pid
    same 'all four ballots are of one size in both directions' 1 "$(ballots_seen | sort -u | wc -l)"
else
    echo "[  SKIPPED ] 1 test: capturing packets takes root ($(tail -n 1 "$work/tcpdump")); tests/e2e/tls.c counts at the socket"
fi
finish
