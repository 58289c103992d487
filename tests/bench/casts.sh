#!/usr/bin/env bash
# Complete anonymous casts, over fresh connections and over kept ones, beside: what cannot be avoided, in one process;
# the TLS handshakes of nginx; and the same row stored durably by fastify with pg, and by PHP with PDO, without any of a
# ballot's checks. The daemon is the sandbox's without its clock file, which is for tests.
. "$(dirname "$0")/../e2e/lib.sh"
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_servers.sh"
fresh=3000 kept=6000 calm=2500 others=4000 # of each in a round

at=0
cast() { # COUNT WORD...
    run_load cast "$round_file" "$ballots_file" $at "$@"
    at=$((at + $1))
}
# With all processors busy, as they are under load.
work_us() {
    local i
    for i in $(seq "$(nproc)"); do
        "$tools/work" "$round_file" "$rights_file" "$certs/server.pem" "$certs/server.key" 600 &
    done | awk -F '[= ]' '{ for (i = 1; i < NF; i += 2) sum[$i] += $(i + 1) }
        END { for (name in sum) printf "%s=%.1f ", name, sum[name] / NR }'
}
measure() {
    local before began
    eval "$(work_us)"
    bench cast_work_cpu "$sum_us" us
    bench handshake_work_cpu "$handshake_us" us
    before=$(cpu_us $ballot_workers)
    cast $fresh 64 fresh
    bench cast_cpu "$(calc "($(cpu_us $ballot_workers) - $before) / $fresh")" us
    bench cast_fresh_rate "$rate" per_s
    began=$rate
    before=$(cpu_us $(cat "/proc/$nginx_pid/task/$nginx_pid/children"))
    run_load handshakes "$nginx_address" $others 64
    bench nginx_handshake_rate "$rate" per_s
    bench nginx_handshake_cpu "$(calc "($(cpu_us $(cat "/proc/$nginx_pid/task/$nginx_pid/children")) - $before) / $others")" us
    cast $calm 256 fresh "$(calc "0.7 * $began")"
    bench cast_70_p50 "$p50_ms" ms
    bench cast_70_p99 "$p99_ms" ms
    before=$(cpu_us $ballot_workers)
    cast $kept 64 kept
    bench cast_kept_cpu "$(calc "($(cpu_us $ballot_workers) - $before) / $kept")" us
    bench cast_kept_rate "$rate" per_s
    run_load http "$fastify_address" $others 64
    bench fastify_rate "$rate" per_s
    run_load http "$php_address" $others 64
    bench php_rate "$rate" per_s
}

plain_daemon
seed_open_round 'Bench casts' $(((rounds * (fresh + kept + calm) + 1000) / 12 + 1)) >"$work/seed.log" 2>&1 ||
    stop "no round: $(tail -n 3 "$work/seed.log")"
prepare_ballots $((rounds * (fresh + kept + calm) + 1000)) || stop 'no ballots'
plain_table
start_nginx && start_php && start_fastify || stop 'the servers to compare with do not start'
ballot_workers=$(workers ballot)
# For orientation: what a handshake cannot do without, and a signature like that of each ballot.
openssl speed -seconds 1 ecdsap256 ecdhx25519 ed25519 2>/dev/null | awk '
    /ecdsa \(nistp256\)/ { print "bench: openssl_ecdsa_sign_rate", $(NF - 1), "per_s" }
    /ecdh \(X25519\)/ { print "bench: openssl_x25519_rate", $NF, "per_s" }
    /EdDSA \(Ed25519\)/ { print "bench: openssl_ed25519_verify_rate", $NF, "per_s" }'
# Once for nothing, so that everything is warm.
cast 1000 64 fresh
run_load handshakes "$nginx_address" 500 64
run_load http "$fastify_address" 1000 64
run_load http "$php_address" 500 64
for round in $(seq "$rounds"); do measure; done
