#!/usr/bin/env bash
# Manual pages and completion, in the programs that use them: groff, bash and zsh.
. "$(dirname "$0")/lib.sh"
build=$(dirname "$CANDOUR")

# ---------------------------------------------------------------- manual pages
formatted() { # FILE: as it is shown; complains of what groff does not understand
    groff -ww -man -Tutf8 -P-cbou "$1" 2>"$work/complaints"
    [ ! -s "$work/complaints" ] || { cat "$work/complaints"; return 1; }
}
"$CANDOUR" manual >"$work/candour.1"
"$CANDOURD" example | awk -f "$root/docs/candourd.conf.awk" >"$work/candourd.conf.5"
check 'candour(1) is formatted without a complaint' formatted "$work/candour.1"
check 'so is candourd(8)' formatted "$root/docs/candourd.8"
check 'so is candourd.conf(5)' formatted "$work/candourd.conf.5"
same 'candourd(8) has the commands of its help' "$("$CANDOURD" --help | awk '/^  [a-z]/ { print $1 }' | sort)" \
    "$(sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' "$root/docs/candourd.8" | grep -oE '^(\.B |\\fB)[a-z]+' |
        sed 's/\.B //; s/\\fB//' | sort)"
same 'candourd.conf(5) has every key' "$("$CANDOURD" example | grep -oE '^;?[a-z_]+ =' | tr -d ';')" \
    "$(formatted "$work/candourd.conf.5" | grep -oE '^ +[a-z_]+ =' | tr -s ' ' | sed 's/^ //')"

# ---------------------------------------------------------------- completion
completed() { # WORD...: what bash offers for the last one
    bash --norc -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _candour; printf "%s\n" "${COMPREPLY[@]}"' \
        - "$work/candour.bash" "$@" | sort | tr '\n' ' '
}
"$CANDOUR" completion bash >"$work/candour.bash"
"$CANDOUR" completion zsh >"$work/_candour"
mkdir -p "$work/files/folder one"
: >"$work/files/staff one.csv"
cd "$work/files" || exit 1
same 'bash completes a noun' 'round ' "$(completed candour rou)"
same 'and a verb' 'status ' "$(completed candour round sta)"
same 'and a flag of the command' '--framework ' "$(completed candour round new Spring --fr)"
same 'and of every command' '--no-color --no-input --now ' "$(completed candour give --no)"
same 'and a file, with a blank in its name' 'staff one.csv ' "$(completed candour people import st)"
same 'and a file after a flag' 'staff one.csv ' "$(completed candour report save --html st)"
same 'and a folder, no file' 'folder one ' "$(completed candour report save --all '')"
same 'and the words that a flag takes' 'manager other peer report self ' "$(completed candour raters nominate Ann --group '')"
same 'and nothing where only a person knows' ' ' "$(completed candour round status '')"
same 'after a flag with its value' 'give ' "$(completed candour --socks 127.0.0.1:9050 gi)"
same 'and a line for every command' "$("$CANDOUR" manual --json | jq -r '.commands[].command' | sort)" \
    "$(sed -n "s/^    '\\(.*\\)') flags=.*/\\1/p" "$work/candour.bash" | sort)"

# What zsh is told, in real completion: a terminal of its own, Tab twice for the list.
cat >"$work/zsh.sh" <<'EOF'
zmodload zsh/zpty
zpty -b shell "TERM=dumb HOME=$1 PS1='' zsh -f -i"
zpty -w shell "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''; LISTMAX=0; cd $1/files; echo ready-\$((1 + 1))"
zpty -r -m shell line '*ready-2*' || exit 1
zpty -w -n shell "$2"$'\t'
for try in {1..50}; do
    sleep 0.1
    while zpty -r -t shell line; do print -rn -- "$line"; [[ "$line" == *$3* ]] && exit 0; done
done
exit 1
EOF
zsh_completes() { # NAME TYPED WANTED
    check "$1" timeout 60 zsh -f "$work/zsh.sh" "$work" "$2" "$3"
}
check 'zsh reads it' zsh -n "$work/_candour"
zsh_completes 'zsh completes a noun' 'candour framew' 'framework'
zsh_completes 'and a verb' 'candour round finger' 'fingerprint'
zsh_completes 'and a flag' 'candour round new Spring --frame' 'framework'
zsh_completes 'and a file' 'candour people import sta' 'staff'

# ---------------------------------------------------------------- doctor, config, what comes next
cd "$root" || exit 1
hr() {
    as "$admin" "$@"
}
states() { # CHECK...: of doctor --json on standard input
    jq -r --args '.checks[] | select(.check | IN($ARGS.positional[])) | "\(.check) \(.state)"' "$@"
}
export LC_ALL=C.UTF-8
ends 'without a command a stranger sees how to begin' 0 'candour sign-in --server' hr
ends 'doctor finds nothing wrong with a new computer' 0 'No server is known' hr doctor
check 'the administrator signs in' admin_sign_in
ends 'and is told what comes next' 0 'candour round list' hr
same 'doctor looks at the desk and the clock' $'server ok\ndesk ok\nclock ok' \
    "$(hr doctor --json 2>/dev/null | states server desk clock)"
echo $(($(cat "$CANDOUR_CLOCK_FILE") + 300)) >"$work/clock"
same 'and sees a clock that is some minutes off' 'clock warning' \
    "$(CANDOUR_CLOCK_FILE=$work/clock hr doctor --json 2>/dev/null | states clock)"
echo $(($(cat "$CANDOUR_CLOCK_FILE") + 3000)) >"$work/clock"
CANDOUR_CLOCK_FILE=$work/clock ends 'an hour is wrong' 1 'ahead of the server' hr doctor
contacts() { # WORD...: to which ports the client connects
    CANDOUR_HOME=$homes/$admin strace -f -qq -e trace=connect -o "$work/strace" "$CANDOUR" "$@" >/dev/null 2>&1
    grep -o 'htons([0-9]*)' "$work/strace" | sort -u | tr -dc '0-9\n'
}
same 'it contacts the desk' "${CANDOUR_DESK##*:}" "$(contacts doctor)"
same 'and not with --offline' '' "$(contacts doctor --offline)"
same 'nor with --ballot-box' '' "$(contacts doctor --ballot-box)"
same 'config contacts nobody' '' "$(contacts config)"
ends 'config shows the server' 0 "^server.*$CANDOUR_DESK" hr config
cp "$CANDOUR_CA" "$work/ca.pem"
check 'and changes the certificates' hr config --ca "$work/ca.pem"
rm "$work/ca.pem"
ends 'doctor misses them' 1 'certificates to trust.*cannot be read' hr doctor --offline
check 'and they are set right' hr config --ca "$CANDOUR_CA"
chmod 755 "$homes/$admin"
ends 'doctor sees a folder that others can read' 1 'chmod 700' hr doctor --offline
chmod 700 "$homes/$admin"
check 'another server' hr config --server 127.0.0.1:1
ends 'ends the sign-in' 3 'not signed in' hr whoami
ends 'and doctor cannot reach it' 1 '127.0.0.1' hr doctor

# ---------------------------------------------------------------- colour
coloured() { # WORD...
    on_terminal "$@"
    grep -c $'\033' "$work/typescript"
}
unset NO_COLOR
export TERM=xterm
same 'a warning has colour on a terminal' yes "$([ "$(coloured doctor --offline)" -gt 0 ] && echo yes)"
same 'not with --no-color' 0 "$(coloured doctor --offline --no-color)"
same 'nor with NO_COLOR' 0 "$(NO_COLOR=1 coloured doctor --offline)"
same 'nor where TERM is dumb' 0 "$(TERM=dumb coloured doctor --offline)"
same 'nor in a file' 0 "$(hr doctor --offline 2>/dev/null | grep -c $'\033')"
check 'the server is set right' hr config --server "$CANDOUR_DESK"
check 'the administrator signs in again' admin_sign_in
check 'a large file is ready' eval 'awk "BEGIN { print \"e-mail,name\"; for (i = 0; i < 9000; i++)
    printf \"p%d@example.org,Person %d\\n\", i, i }" >"$work/many.csv"'
for words in '--help' 'round --help' 'manual' 'whoami' 'config' 'round list' 'framework list' 'report list' 'mail status' \
    'template list' 'audit show' "people import $work/many.csv --dry-run"; do
    # shellcheck disable=SC2086
    same "no escape sequence where TERM is dumb: ${words%% /*}" 0 "$(PAGER=cat TERM=dumb coloured $words)"
done
check 'lists with --plain are tab-separated, without headings' eval 'hr template list --plain 2>/dev/null | grep -q "^invitation	"'
same 'and --quiet says nothing about what went well' '' "$(hr people import "$work/many.csv" --dry-run --quiet 2>&1 |
    grep -v DEMONSTRATION)"
finish
