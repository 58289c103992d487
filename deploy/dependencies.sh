#!/bin/sh
# usage: deploy/dependencies.sh GROUP...     (which there are: below)
# Installs the Debian packages of the groups that are missing; installs nothing when all are there. Never leaves a
# PostgreSQL cluster behind and never touches one.
set -eu

groups='build run check faults fuzz tls valgrind package reference bench ha'
# One package a word; "a|b" is met by any of them, and the first is installed.
build='gcc libc6-dev make pkg-config gettext libuv1-dev libprotobuf-c-dev protobuf-c-compiler protobuf-compiler libpq-dev
    libssl-dev libsodium-dev libcsv-dev libjansson-dev libinih-dev libsystemd-dev libseccomp-dev libedit-dev
    libxml2-dev libzip-dev libpango1.0-dev libcairo2-dev libqpdf-dev fonts-noto-core fonts-dejavu-core
    libcurl4-openssl-dev libqrencode-dev'
run='postgresql-15|postgresql-16|postgresql-17|postgresql-18 openssl oathtool util-linux
    python3-aiosmtpd'
check='age checksec libcmocka-dev clang-format-14 jq strace microsocks tcpdump poppler-utils qpdf nodejs npm chromium
    groff-base zsh python3-jsonschema procps haproxy'
faults='xfsprogs e2fsprogs faketime'
tls='sslscan testssl.sh jq'
valgrind='valgrind libc6-dbg'
fuzz='clang-14 libclang-rt-14-dev llvm-14 jq'
package='debhelper dpkg-dev fakeroot debootstrap systemd-container'
# Three database hosts on one machine.
ha='patroni python3-etcd etcd-server haproxy iproute2 curl'
reference='r-base-core r-cran-psych r-cran-multilevel'
bench='libcmocka-dev oathtool iproute2 jq nodejs npm'
# Servers to compare with, of which none may run by itself.
servers='nginx-light|nginx libnginx-mod-stream haproxy php8.2-fpm|php8.3-fpm|php8.4-fpm php-pgsql
    php8.2-opcache|php8.3-opcache|php8.4-opcache'
bench="$bench $servers"

fail() {
    echo "dependencies: $*" >&2
    exit 1
}

[ $# -gt 0 ] || fail "say which groups: $groups."
wanted=
for group; do
    case " $groups " in
    *" $group "*) eval "wanted=\"\$wanted \$$group\"" ;;
    *) fail "there is no group '$group'. The groups are: $groups." ;;
    esac
done
command -v dpkg-query >/dev/null ||
    fail "this is not a Debian system. Install what corresponds to these Debian 12 packages by hand:" $wanted

# npm may also come with a nodejs from elsewhere, which Debian's npm would not go with.
is_installed() {
    [ "$1" != npm ] || ! command -v npm >/dev/null || return 0
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}
missing=
for package in $wanted; do
    for choice in $(echo "$package" | tr '|' ' '); do
        is_installed "$choice" && continue 2
    done
    missing="$missing ${package%%|*}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
        fail "these packages are missing:$missing. Run this as root, or install sudo: deploy/dependencies.sh $*"
    exec sudo sh "$0" "$@"
fi
echo "Installing these Debian packages:$missing"

log=$(mktemp)
no_cluster_dir=/etc/postgresql-common/createcluster.d
no_cluster=$no_cluster_dir/zz-candour.conf
policy=/usr/sbin/policy-rc.d # what Debian asks whether an installed service may start
clean_up() {
    rm -f "$log" "$no_cluster"
    [ -z "${made_dir-}" ] || rmdir "$no_cluster_dir" 2>/dev/null || true
    [ -z "${made_policy-}" ] || rm -f "$policy"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

export DEBIAN_FRONTEND=noninteractive LC_ALL=C
# In a session of its own: Ctrl-C must not leave packages half installed, it is heard afterwards.
apt() {
    setsid -w apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null
}
# Another apt may hold the lists, which no option waits for. Without the network the lists may still do.
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12; do
    apt update && break
    grep -q 'Could not get lock' "$log" || break
    sleep 10
done
case $missing in
*postgresql-1*)
    [ -d "$no_cluster_dir" ] || made_dir=yes
    mkdir -p "$no_cluster_dir"
    echo 'create_main_cluster = false' >"$no_cluster"
    ;;
esac
services=$(echo $missing | tr ' ' '\n' | sed -n 's/^nginx.*/nginx/p; /^haproxy$/p; s/^etcd-server$/etcd/p; /^patroni$/p; /^php.*-fpm$/p')
[ -z "$services" ] || [ -e "$policy" ] || {
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}
# shellcheck disable=SC2086
apt install --no-install-recommends $missing || {
    cat "$log" >&2
    fail "apt-get could not install them; its words are above."
}
# Nor when the machine starts.
# shellcheck disable=SC2086
[ -z "$services" ] || ! command -v systemctl >/dev/null || systemctl -q disable $services 2>/dev/null || true
