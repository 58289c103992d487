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
finish
