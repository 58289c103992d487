#!/usr/bin/env bash
# Backup, loss of everything, restore: a round goes on, and every receipt still checks.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_round.sh"
round_data "${SEED:-11}"
backup() {
    "$root/deploy/backup.sh" --config "$CANDOURD_CONF" --recipients "$work/recipients" "$@"
}
put_back() { # FILE...
    "$root/deploy/backup.sh" --config "$CANDOURD_CONF" --below "$CANDOUR_SANDBOX" --identity "$work/identity" restore "$@"
}
files() { # KIND, how many there are
    find "$work/backups" -name "*.$1.age" | wc -l
}
mkdir "$work/backups"
age-keygen -o "$work/identity" 2>/dev/null
age-keygen -y "$work/identity" >"$work/recipients"

check 'a round is made' round_made
check 'and collects' round_collecting
check 'all sign in' round_collected
forward 90060
check 'all answer' round_answered

# ---------------------------------------------------------------- backup
ends 'a backup without recipients is refused' 1 'none is missing' \
    "$root/deploy/backup.sh" --config "$CANDOURD_CONF" --recipients "$work/none" database "$work/backups"
check 'the database is backed up' backup database "$work/backups"
check 'and so are configuration and keys' backup keys "$work/backups"
same 'in a file for each side, and one for the keys' '1 1 1' "$(files desk) $(files ballot) $(files keys)"
same 'which only their owner can read' '' "$(find "$work/backups" -type f ! -perm 600)"
same 'and which begin as age has it' 3 "$(grep -l '^age-encryption.org/v1$' -a "$work/backups"/* | wc -l)"
touch -d '15 days ago' "$work/backups/candour-20200101T000000Z.ballot.age" "$work/backups/candour-20200101T000000Z.keys.age" \
    "$work/backups/mine.age"
sed 's/dbname=[^ ]*/dbname=none/' "$CANDOURD_CONF" >"$work/astray.conf"
ends 'a backup that fails says so' 1 'no new backup' \
    "$root/deploy/backup.sh" --config "$work/astray.conf" --recipients "$work/recipients" database "$work/backups"
same 'and leaves the old ones' 2 "$(files ballot)"
sleep 1 # names are by the second
check 'a later one' backup database "$work/backups"
same 'ends those of 15 days ago, and nothing else' '2 2 2' "$(files desk) $(files ballot) $(files keys)"
check 'a stranger is left alone' test -e "$work/backups/mine.age"
rm "$work/backups/candour-20200101T000000Z.keys.age"
names() { # desk or ballot: the names in its backup's list
    age --decrypt -i "$work/identity" "$(ls "$work/backups"/*."$1".age | tail -n 1)" | pg_restore --list |
        grep -oE ' (desk|ballot) ' | sort -u | paste -sd' '
}
same 'nothing of the ballot box is in the backup of the desk, nor the other way round' 'desk ballot' \
    "$(names desk | tr -d ' ') $(names ballot | tr -d ' ')"

# ---------------------------------------------------------------- archives of strangers
# Whoever knows the recipient can make a backup of keys, and root unpacks it: all of it is good, or nothing happens.
strange=$work/strange target=$work/target
mkdir -p "$strange/folder" "$target" "$work/outside"
ln -s "$work/outside" "$target/way"
echo good >"$strange/good"
echo bad >"$strange/bad"
install -m 4755 "$strange/bad" "$strange/program"
ln -s "$work/outside" "$strange/link"
ln "$strange/good" "$strange/twin"
mkfifo "$strange/pipe"
head -c 2000000 /dev/urandom >"$strange/long"
strangers_backup() { # FILE PATH: a good file, and this one that is to become PATH
    tar -c --absolute-names -C "$strange" --transform "s,^good\$,${target#/}/good,;s,^$1\$,$2," good "$1" |
        age --encrypt -R "$work/recipients" -o "$work/strange.keys.age"
}
restored() {
    "$root/deploy/backup.sh" --below "$target" --identity "$work/identity" restore "$work/strange.keys.age"
}
planted() { # NAME FILE PATH PATTERN
    strangers_backup "$2" "$3"
    ends "$1 is refused" 1 "nothing was changed.*$4" restored
    same '... and nothing is written' '' "$(find "$target" "$work/outside" -type f)"
}
inside=${target#/}
planted 'a link' link "$inside/link" 'something else: l'
planted 'a second name of a file' twin "$inside/twin" 'something else: h'
planted 'a pipe' pipe "$inside/pipe" 'something else: p'
planted 'a folder' folder "$inside/folder" 'something else: d'
planted 'a program with the rights of its owner' program "$inside/program" 'something else: -rws'
planted 'a way up' bad "$inside/../outside/bad" 'like this: '
planted 'a path from the root' bad "$target/bad" 'like this: /'
planted 'a line feed in a name' bad "$inside/b\\nd" 'like this: '
planted 'a file elsewhere' bad "${work#/}/outside/bad" "would write $work/outside/bad"
planted 'a file behind a link of this machine' bad "$inside/way/bad" "would write $target/way/bad"
planted 'more than keys can be' long "$inside/long" 'It is not'
strangers_backup bad "$inside/bad"
check 'control: plain files in their place are restored' restored
same '... both of them' 'bad good' "$(cat "$target/bad" "$target/good" | paste -sd' ')"

# ---------------------------------------------------------------- loss
before=$(rows session)
"$root/deploy/sandbox-server.sh" stop
rm "$CANDOUR_SANDBOX"/*.kek "$CANDOUR_SANDBOX"/certs/server.*
mv "$CANDOURD_CONF" "$work/conf.kept"
dropdb "$PGDATABASE"
createdb -O candour_owner "$PGDATABASE"

# ---------------------------------------------------------------- restore
last() { # KIND
    ls "$work/backups"/*."$1".age | tail -n 1
}
check 'configuration and keys come back' put_back "$(last keys)"
same 'with every byte' "$(cat "$work/conf.kept")" "$(cat "$CANDOURD_CONF")"
age-keygen -o "$work/stranger" 2>/dev/null
ends 'a stranger cannot restore' 1 'was not restored' \
    "$root/deploy/backup.sh" --config "$CANDOURD_CONF" --identity "$work/stranger" restore "$(last desk)"
check 'the databases come back' put_back "$(last desk)" "$(last ballot)"
same 'with every row' "$before" "$(rows session)"
ends 'a second time nothing is overwritten' 1 'nothing was changed' put_back "$(last ballot)"
same '... nothing at all' "$before" "$(rows session)"
check 'the server starts' "$root/deploy/sandbox-server.sh" start
ends 'all is well' 0 'All is well' "$CANDOURD" --config "$CANDOURD_CONF" check

# ---------------------------------------------------------------- the round goes on
forward 691200
check 'the round is closed' round_closed
find_own() { # EMAIL
    as "$1" check
}
deed_of restore | cut -f 1 >"$work/moved"
raters | grep -vxFf "$work/moved" >"$work/stayed"
check 'every receipt still checks' in_two find_own <"$work/stayed"
for i in 1 4; do
    as "$admin" report open "$(leader_email $i)" --json >"$work/admin.$i.json" 2>"$work/words"
    same "report $i has every figure" "$(grep "^$i	" "$data/expected")" "$(report_lines $i <"$work/admin.$i.json")"
done
finish
