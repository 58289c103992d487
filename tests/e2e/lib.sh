# Sourced by the scripts beside it, which run inside deploy/sandbox.sh. Prints what tests/run.sh counts.
set -u
shopt -s lastpipe # a check at the end of a pipeline counts
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$CANDOUR_SANDBOX/test # files of the test
homes=$CANDOUR_SANDBOX/homes # what the clients keep, a folder a person
mkdir -p "$work" "$homes"
export CANDOUR_DESK CANDOUR_CA NO_COLOR=1
unset CANDOUR_HOME
passed=0 failed=0
echo "[==========] Running $(basename "$0")."

ok() { # NAME
    printf '[       OK ] %s\n' "$1"
    passed=$((passed + 1))
}
bad() { # NAME WORDS...
    printf '[  FAILED  ] %s\n' "$1"
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" | head -n 40 | sed 's/^/    /'
    failed=$((failed + 1))
}
# A mistake of the script's own must not pass for a check. It may happen in a process of its own, hence the file.
mistake() { # WORDS
    echo "$*" | tee -a "$work/mistakes" >&2
}
command_not_found_handle() {
    mistake "there is no command $1"
    return 127
}
finish() {
    [ ! -e "$work/mistakes" ] || bad 'the script itself works' "$(cat "$work/mistakes")"
    echo "[==========] $((passed + failed)) tests run."
    echo "[  PASSED  ] $passed tests."
    [ $failed -eq 0 ] || echo "[  FAILED  ] $failed tests."
    exit $((failed > 0))
}

# ---------------------------------------------------------------- checks
check() { # NAME COMMAND...: it ends with 0
    local name=$1 words status=0
    shift
    words=$("$@" 2>&1) || status=$?
    [ $status -eq 0 ] && ok "$name" || bad "$name" "ended with $status: $*" "$words"
}
same() { # NAME WANTED GOT
    [ "$2" = "$3" ] && ok "$1" || bad "$1" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3"))"
}
ends() { # NAME CODE PATTERN COMMAND...: it ends with CODE and says something that fits the extended PATTERN
    local name=$1 code=$2 pattern=$3 words status=0
    shift 3
    words=$("$@" 2>&1) || status=$?
    if [ $status -ne "$code" ]; then
        bad "$name" "ended with $status, not $code: $*" "$words"
    elif ! grep -Eq -- "$pattern" <<<"$words"; then
        bad "$name" "does not say \"$pattern\": $*" "$words"
    else
        ok "$name"
    fi
}
# Waits for what somebody else does.
until_true() { # SECONDS COMMAND...
    local tenths=$(($1 * 10))
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ $tenths -gt 0 ] || return 1
        tenths=$((tenths - 1))
        sleep 0.1
    done
}

# ---------------------------------------------------------------- database, as its superuser
sql() { # STATEMENT: rows on a line each, columns separated by |
    psql -XAtq -v ON_ERROR_STOP=1 -c "$1" || mistake "psql refuses: $1"
}
# Each table, how many rows it has and a hash of them, so that two states of the database can be compared.
rows() { # TABLE...: not these
    local counts but="''" one
    for one; do but="$but, '$one'"; done
    counts=$(sql "SELECT string_agg(format('SELECT %L, count(*), md5(string_agg(x, '''' ORDER BY x)) FROM
                         (SELECT (to_jsonb(t) - ''progress_at'')::text AS x FROM %s t) u',
                         c.oid::regclass, c.oid::regclass), ' UNION ALL ')
                  FROM pg_class c WHERE c.relnamespace IN ('desk'::regnamespace, 'ballot'::regnamespace)
                  AND c.relkind = 'r' AND c.relname NOT IN ($but)")
    sql "$counts ORDER BY 1"
}
# Whoever holds the office's lock keeps every clerk from work.
office_taken() {
    "$root/deploy/sandbox-server.sh" stop
    coproc OFFICE { psql -XAtq; }
    echo 'SELECT pg_advisory_lock(1129201231);' >&"${OFFICE[1]}"
    read -r -u "${OFFICE[0]}" _
    "$root/deploy/sandbox-server.sh" start
}
office_free() {
    echo '\q' >&"${OFFICE[1]}"
    wait "$OFFICE_PID"
}
# The clerk chains audit lines when it likes.
is_chained() {
    [ "$(sql 'SELECT count(*) FROM desk.audit')" = "$(sql 'SELECT count(*) FROM desk.audit_chain')" ]
}
# The command ends well, or is refused as ends has it, and the database is what it was before.
unchanged() { # NAME COMMAND...
    local before
    before=$(rows session audit_chain progress)
    check "$@"
    same '... which changes nothing' "$before" "$(rows session audit_chain progress)"
}
refused() { # NAME CODE PATTERN COMMAND...
    local before
    before=$(rows session audit_chain progress)
    ends "$@"
    same '... which changes nothing' "$before" "$(rows session audit_chain progress)"
}

# ---------------------------------------------------------------- people
admin=$ADMIN_EMAIL
server="$CANDOUR_DESK"
as() { # EMAIL WORD...: the client of this person
    CANDOUR_HOME=$homes/$1 timeout 120 "$CANDOUR" "${@:2}" --no-input </dev/null
}
# The administrator's client with a terminal before it, whose type is TERM. Leaves what came out in $work/typescript.
on_terminal() { # WORD...
    CANDOUR_HOME=$homes/$admin timeout 120 script -qec "$(printf '%q ' "$CANDOUR" "$@")" "$work/typescript" </dev/null >/dev/null 2>&1
}
# A code of the authenticator serves once, so each sign-in takes the next one that counts.
admin_sign_in() {
    forward 30
    { cat "$ADMIN_PASSWORD_FILE" && totp; } >"$work/admin.secret"
    as "$admin" sign-in --server "$server" --ca "$CANDOUR_CA" --email "$admin" --secret-file "$work/admin.secret"
}
totp() {
    oathtool --totp -b --now "@$(now)" "$(cat "$ADMIN_TOTP_FILE")"
}

# ---------------------------------------------------------------- time
now() { # of servers and clients, Unix seconds
    echo $(($(date +%s) + $(cat "$CANDOUR_CLOCK_FILE")))
}
forward() { # SECONDS
    echo $(($(cat "$CANDOUR_CLOCK_FILE") + $1)) >"$CANDOUR_CLOCK_FILE.new"
    mv "$CANDOUR_CLOCK_FILE.new" "$CANDOUR_CLOCK_FILE"
}
