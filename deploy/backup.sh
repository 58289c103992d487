#!/bin/bash
# usage: candour-backup [--config FILE] [--recipients FILE] [--keep DAYS] database FOLDER
#        candour-backup [--config FILE] [--recipients FILE] keys FOLDER
#        candour-backup [--config FILE] [--below FOLDER]... --identity FILE restore BACKUP...
# database writes what desk and ballot box hold, one file each, never both in one. keys writes the configuration with the
# keys and certificates that it names: keep that apart from the others. Everything is encrypted with age for the
# recipients, /etc/candour/backup.recipients if nothing else is said. database deletes its own backups after 14 days, for
# those of an open round know in which order answers came; --keep says otherwise.
# restore puts back what the files hold: databases into empty ones, keys to where they were (as root), if
# that is below /etc/candour, /var/lib/candour or a FOLDER that --below names.
set -euo pipefail
umask 077
export LC_ALL=C.UTF-8

config=/etc/candour/candourd.conf recipients=/etc/candour/backup.recipients keep=14 identity=
allowed=(/etc/candour /var/lib/candour)
keys_bytes_max=1048576
fail() {
    echo "candour-backup: $*" >&2
    exit 1
}
usage() {
    sed -n '2,4s/^# \{0,1\}//p' "$0" >&2
    exit 2
}
while [ $# -gt 0 ]; do
    case $1 in
    --config | --recipients | --keep | --identity)
        [ $# -gt 1 ] || usage
        printf -v "${1#--}" %s "$2"
        shift 2
        ;;
    --below)
        [ $# -gt 1 ] || usage
        allowed+=("$2")
        shift 2
        ;;
    -*) usage ;;
    *) break ;;
    esac
done
[ $# -ge 2 ] || usage
case $keep in '' | *[!0-9]*) fail "--keep $keep: say how many days." ;; esac
what=$1
shift
command -v age >/dev/null || fail 'age is missing. Install the Debian package age.'

value() { # SECTION KEY: of the configuration; a value may go on in lines that start with a blank
    awk -v section="[$1]" -v key="$2" '
        /^[ \t]+[^ \t]/ && within { sub(/^[ \t]+/, " "); printf "%s", $0; next }
        { within = 0 }
        /^\[/ { here = $1 == section }
        here && $0 ~ "^" key "[ \t]*=" { sub(/^[^=]*=[ \t]*/, ""); sub(/[ \t]+$/, ""); printf "%s", $0; within = 1 }' "$config"
}
connection() { # desk or ballot, as the owner
    local text
    text=$(value migrate "$1_database")
    [ -n "$text" ] || fail "$config has no $1_database in section [migrate]."
    echo "$text"
}

# ---------------------------------------------------------------- backup
# A name appears when all of the file is on disk.
keep_file() { # NAME COMMAND...: encrypts what it prints, all of it or nothing
    local path=$folder/candour-$(date -u +%Y%m%dT%H%M%SZ).$1.age
    "${@:2}" | age --encrypt -R "$recipients" -o "$path.new" || {
        rm -f "$path.new"
        fail "${*:2:1} failed, and there is no new backup; its words are above."
    }
    sync "$path.new"
    mv "$path.new" "$path"
    sync "$folder"
    echo "$path"
}
# The desk first: what the ballot box then knows more is as if the clerk had been stopped in between. Old backups go only
# once there is a new one.
backup_database() {
    local side conninfo
    for side in desk ballot; do
        conninfo=$(connection $side)
        keep_file $side pg_dump --dbname="$conninfo" --role=candour_owner --schema=$side --format=custom \
            --lock-wait-timeout=60s
    done
    find "$folder" -maxdepth 1 -regextype posix-extended -mmin "+$((keep * 1440))" \
        -regex '.*/candour-[0-9]{8}T[0-9]{6}Z\.(desk|ballot)\.age(\.new)?' -delete
}
# The configuration and the files that it names, each ended by a zero byte.
key_files() {
    local section file
    printf '%s\0' "$config"
    for section in desk ballot clerk mail; do
        for file in $(value $section certificate) $(value $section key) $(value $section kek_file) \
            $(value $section pins) $(value $section ca_file) $(value $section password_file); do
            case $file in /run/credentials/*) continue ;; esac # systemd's copy of a file that is kept elsewhere
            [ -r "$file" ] || fail "$file of section [$section] cannot be read."
            printf '%s\0' "$file"
        done
    done
}
backup_keys() {
    local list=$folder/.candour-keys.$$
    trap "rm -f '$list'" EXIT
    key_files >"$list"
    sort -zu -o "$list" "$list"
    keep_file keys tar -c --null -T "$list" --dereference --hard-dereference --absolute-names --transform 's,^/,,'
}

# ---------------------------------------------------------------- restore
restore_database() { # SIDE FILE
    local conninfo
    conninfo=$(connection "$1")
    age --decrypt -i "$identity" "$2" |
        pg_restore --dbname="$conninfo" --role=candour_owner --no-owner --exit-on-error --single-transaction ||
        fail "$2 was not restored, and nothing was changed. The database must be there and empty, and its roles made."
    echo "$2: restored"
}
# Anybody can encrypt for the recipients, and root runs this: all of the archive is looked at before anything is written.
is_allowed() { # PATH, with the links of this machine followed
    local folder path
    path=$(realpath -m -- "$1")
    for folder in "${allowed[@]}"; do
        case $path in "$(realpath -m -- "$folder")"/*) return ;; esac
    done
    return 1
}
restore_keys() { # FILE
    local archive line name
    refused() {
        fail "$file was not restored, and nothing was changed. $*"
    }
    unpack() {
        printf %s "$archive" | base64 -d | tar --quoting-style=escape "$@"
    }
    archive=$(age --decrypt -i "$identity" "$1" | head -c $keys_bytes_max | base64 -w 0) || # on no disk
        refused 'It is not a backup that this identity can read.'
    unpack -t --absolute-names >/dev/null || refused 'It is not whole.'
    while IFS= read -r line; do
        [[ $line =~ ^-[-rwx]{9}\  ]] || refused "A backup of keys holds plain files, and this is something else: $line"
    done < <(unpack -t --absolute-names --verbose)
    while IFS= read -r name; do
        case /$name in
        //* | */../* | *\\*) refused "No backup names a file like this: $name" ;;
        esac
        is_allowed "/$name" ||
            refused "It would write /$name, and may write below ${allowed[*]} only. If it is right, say --below FOLDER."
    done < <(unpack -t --absolute-names)
    unpack -x -C / --preserve-permissions --verbose
}
restore() {
    local file
    [ -r "$identity" ] || fail 'say with which identity the backup can be read: --identity FILE.'
    for file; do
        case $file in
        *.desk.age) restore_database desk "$file" ;;
        *.ballot.age) restore_database ballot "$file" ;;
        *.keys.age) restore_keys "$file" ;;
        *) fail "$file: the names of backups end in .desk.age, .ballot.age or .keys.age." ;;
        esac
    done
}

[ "$what" = restore ] || {
    [ -s "$recipients" ] || fail "$recipients is missing: one age recipient on each line. Make one with age-keygen."
    [ $# -eq 1 ] && [ -d "$1" ] || fail 'say in which folder, which must be there.'
    folder=$(realpath "$1") config=$(realpath "$config") recipients=$(realpath "$recipients")
    cd "$folder" # where the programs below may be, whoever called
}
case $what in
database | keys) "backup_$what" ;;
restore) restore "$@" ;;
*) usage ;;
esac
