#!/usr/bin/env bash
# The programs are built, and the daemon's processes run, as the operator's guide promises.
. "$(dirname "$0")/lib.sh"
pdf=$(dirname "$CANDOUR")/candour-pdf

# ---------------------------------------------------------------- how they are built
hardened() { # PROGRAM: what is missing
    checksec --format=json --file="$1" | jq -r '.[] | to_entries[] | select(.key == ("relro", "canary", "nx", "pie", "fortify_source"))
        | select(.value != "yes" and .value != "full") | "\(.key): \(.value)"'
    checksec --format=json --file="$1" | jq -r '.[] | select(.rpath != "no" or .runpath != "no") | "it has a path of its own to libraries"'
    # The linker's notes of Debian have neither, so the code itself is looked at.
    objdump -d --disassemble=main "$1" | grep -q endbr64 || echo 'no landing pads for indirect branches'
    objdump -d "$1" | grep -q 'or[ql] *$0x0,(%rsp)\|or[ql] *$0x0,-*[0-9a-fx]*(%r[sa][px])' || echo 'no probes of the stack'
}
is_sanitized() {
    nm "$CANDOURD" | grep -q __asan_init
}
if is_sanitized; then
    ok 'sanitized programs have other guards'
else
    for program in "$CANDOURD" "$CANDOUR" "$pdf"; do
        same "$(basename "$program") has every guard that the compiler offers" '' "$(hardened "$program")"
    done
    printf 'int main(void) { char a[99]; extern int gets(char *); return gets(a); }\n' >"$work/weak.c"
    gcc -w -O0 -no-pie -fno-stack-protector -Wl,-z,norelro -fcf-protection=none -x c "$work/weak.c" -o "$work/weak" 2>/dev/null
    same 'control: a program without them' 6 "$(hardened "$work/weak" | grep -c .)"
fi

# ---------------------------------------------------------------- how they run
sed -i "s|^addresses_file = .*|&\nmetrics_socket = $work/metrics|" "$CANDOURD_CONF"
check 'it starts with metrics' "$root/deploy/sandbox-server.sh" restart
parent=$(cat "$CANDOURD_PID_FILE")
mapfile -t workers < <(pgrep -P "$parent")
check 'there are workers' test "${#workers[@]}" -ge 5
of_all() { # FILE PATTERN: how many of the daemon's processes have such a line
    local pid count=0
    for pid in "$parent" "${workers[@]}"; do
        ! grep -Eq "$2" "/proc/$pid/$1" || count=$((count + 1))
    done
    echo $count
}
all=$((${#workers[@]} + 1))
same 'none may leave a core' $all "$(of_all limits '^Max core file size +0 +0 ')"
same 'each worker gave up what it does not need' ${#workers[@]} "$(of_all status '^Seccomp:.2')"
same 'nothing that is written to can be run' 0 "$(of_all maps '^[^ ]+ .wx')"
shared_pages() { # PID
    grep -c ' rw-s .*/dev/zero' "/proc/$1/maps"
}
same 'the parent shares a page with each worker' ${#workers[@]} "$(shared_pages "$parent")"
same 'and no worker has the page of another' 1 "$(for pid in "${workers[@]}"; do shared_pages "$pid"; done | sort -u)"
doors=$(grep -Ec '^workers' "$CANDOURD_CONF")
is_sanitized || # which locks nothing
    check 'the workers of both doors keep their keys in locked memory' test "$(of_all status '^VmLck:.*[1-9]')" -ge $((2 * doors))

# ---------------------------------------------------------------- what they remember
# A ballot worker whose memory leaks must not say how to get to people.
ballot_worker() {
    grep -lsx ballot-0 $(pgrep -P "$parent" | sed 's,.*,/proc/&/comm,') | cut -d/ -f3
}
is_replaced() {
    [ -n "$(ballot_worker)" ] && [ "$(ballot_worker)" != "$1" ]
}
remembered() { # PID: the roles whose connection strings are in its memory
    python3 - "$1" "port=$PGPORT dbname=$PGDATABASE user=" <<'EOT'
import re, sys
found = set()
with open(f"/proc/{sys.argv[1]}/maps") as maps, open(f"/proc/{sys.argv[1]}/mem", "rb", 0) as memory:
    for line in maps:
        first, last = (int(end, 16) for end in line.split()[0].split("-"))
        try:
            memory.seek(first)
            found.update(re.findall(re.escape(sys.argv[2].encode()) + rb"(candour_[a-z_]+)", memory.read(last - first)))
        except (OSError, OverflowError, ValueError):
            pass
print(*sorted(role.decode() for role in found))
EOT
}
if is_sanitized; then
    ok 'sanitized programs keep what they freed'
else
    same 'a ballot worker knows how its own role signs in, and no other' candour_ballot "$(remembered "$(ballot_worker)")"
    before=$(ballot_worker)
    kill -HUP "$parent"
    check 'the configuration is read once more' until_true 10 grep -q ' reload ' "$CANDOUR_SANDBOX/candourd.log"
    kill -KILL "$before"
    check 'a worker is replaced' until_true 20 is_replaced "$before"
    same 'its successor knows no more' candour_ballot "$(until_true 20 eval '[ -n "$(remembered "$(ballot_worker)")" ]' && remembered "$(ballot_worker)")"
    same 'control: the parent knows all' 'candour_ballot candour_clerk_ballot candour_clerk_desk candour_desk candour_owner' "$(remembered "$parent")"
fi
finish
