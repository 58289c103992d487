#!/usr/bin/env bash
# usage: tests/package/check.sh [SCRIPT...]
# The packages of this checkout on fresh Debian 12 machines: containers that boot systemd, without a network. Each script
# beside this file runs in one of its own (lib.sh says what it sees). Needs root, and the network for Debian's packages
# the first time; they are kept in
# CANDOUR_PACKAGE, build/package if unset. KEEP=1: with the packages that are there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/${CANDOUR_BUILD:-build/plain}
case ${CANDOUR_BUILD-} in /*) build=$CANDOUR_BUILD ;; esac
folder=${CANDOUR_PACKAGE:-$root/build/package} # not in the build's own folder, which make looks through
base=$folder/debian
# Upgrades start from this version, 1.0. Without one, from this checkout, and what is upgraded to has a migration more.
previous=${PREVIOUS-}
# What the guides take for granted, what the tests use beside, and what apt then finds without a network.
there=systemd,systemd-sysv,dbus,sudo,openssl
used='curl oathtool jq protobuf-compiler bash gawk procps iproute2'
wanted='postgresql age'

fail() {
    echo "check-package: $*" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || fail 'only root can boot a machine. Run it with sudo.'
mkdir -p "$folder"
log=$folder/log
: >"$log"

say() {
    printf '%s  %s\n' "$(date +%T)" "$*"
}
packages() { # VERSION FOLDER CHECKOUT
    "$3/deploy/deb.sh" "$1" "$2" >>"$log" 2>&1 || {
        tail -n 40 "$log" >&2
        fail "the packages of version $1 cannot be built."
    }
}
copy() { # REVISION: of the checkout, or '' for what lies there, into the folder source
    rm -rf "$folder/source"
    mkdir "$folder/source"
    if [ -n "$1" ]; then
        git -C "$root" archive "$1" | tar -x -C "$folder/source"
    else
        tar -c -C "$root" --exclude=./build --exclude=./.git . | tar -x -C "$folder/source"
    fi
}
later() { # a migration that is not there yet
    for side in desk ballot; do
        echo "CREATE TABLE $side.later (n integer);" >"$folder/source/sql/migrations/$side/9999_later.sql"
    done
}
build_packages() {
    say 'building the packages'
    copy "$previous"
    packages 1.0 "$folder/old" "$folder/source"
    copy ''
    [ -n "$previous" ] || later
    packages 9.0 "$folder/new" "$folder/source"
    rm -r "$folder/source"
}
[ -n "${KEEP-}" ] || build_packages

if [ ! -e "$base.done" ]; then
    say 'making a Debian 12'
    rm -rf "$base"
    made=$(mktemp -d) # debootstrap knows no paths with blanks
    debootstrap --variant=minbase --include="$there" bookworm "$made/debian" >>"$log" 2>&1 || fail "debootstrap: see $log"
    mv "$made/debian" "$base" && rmdir "$made" || fail "$made/debian cannot be moved to $base"
    cp /etc/resolv.conf "$base/etc/"
    cp "$folder"/new/candour*_9.0_*.deb "$base/tmp/"
    # shellcheck disable=SC2086
    chroot "$base" sh -c "export DEBIAN_FRONTEND=noninteractive
        apt-get -q -y install --no-install-recommends $used &&
        apt-get -q -y install --download-only /tmp/candour-server_*.deb /tmp/candour_*.deb $wanted" >>"$log" 2>&1 ||
        fail "apt: see $log"
    rm "$base"/tmp/*.deb "$base/etc/resolv.conf"
    echo feedback >"$base/etc/hostname"
    echo '127.0.0.1 localhost feedback feedback.council.example' >"$base/etc/hosts"
    echo 'APT::Get::Assume-Yes "true";' >"$base/etc/apt/apt.conf.d/90yes"
    cat >"$base/etc/systemd/system/candour-check.service" <<'EOF'
[Unit]
Description=The test
After=multi-user.target
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/bash /src/tests/package/lib.sh
StandardOutput=file:/out/log
StandardError=inherit
TimeoutStartSec=600
[Install]
WantedBy=default.target
EOF
    ln -s ../candour-check.service "$base/etc/systemd/system/multi-user.target.wants/candour-check.service"
    touch "$base.done"
fi

# ---------------------------------------------------------------- one machine a script
machine=
clean_up() {
    [ -z "$machine" ] || kill "$machine" 2>/dev/null || true
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
failed=0
[ $# -gt 0 ] || set -- "$here"/[a-z]*_*.sh
for script; do
    name=$(basename "$script" .sh)
    out=$folder/out.$name
    rm -rf "$out"
    mkdir -p "$out"
    echo "$name" >"$out/script"
    say "$name"
    systemd-nspawn --quiet --directory="$base" --ephemeral --machine="candour-$$" --private-network --register=no \
        --keep-unit --console=pipe --link-journal=no --bind-ro="$root:/src" --bind-ro="$folder:/debs" \
        --bind-ro="$build/tests/package/load:/load" --bind-ro="$build/tests/package/probe:/probe" --bind="$out:/out" --boot >"$out/console" 2>&1 </dev/null &
    machine=$!
    wait $machine || true
    machine=
    grep -E '^shown: ' "$out/log" | sed 's/^shown: /          /' || true
    grep -E -A12 '^\[  FAILED  \]' "$out/log" || true
    if grep -q '^\[  PASSED  \]' "$out/log" && ! grep -q '^\[  FAILED  \]' "$out/log"; then
        say "$name: $(sed -n 's/^\[  PASSED  \] //p' "$out/log")"
    else
        say "$name: FAILED, see $out"
        failed=$((failed + 1))
    fi
done
exit $((failed > 0))
