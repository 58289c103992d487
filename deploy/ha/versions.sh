#!/bin/sh
# usage: deploy/ha/versions.sh PATRONI.YML [VERSION]
# Refuses the pair that loses acknowledged answers: Patroni before 3.0.3 that speaks etcd's v3 interface. A primary that
# was frozen and thaws then believes for a moment that it still leads (fixed in 3.0.3). Debian 12 has 3.0.2: with it
# the configuration says `etcd:`, which is the v2 interface, and etcd is started with --enable-v2.
# VERSION: of Patroni; the installed one if it is not given.
set -eu

fail() {
    echo "versions: $*" >&2
    exit 1
}
[ -r "${1-}" ] || fail "give the file that Patroni is configured with: deploy/ha/versions.sh /etc/patroni/config.yml"
version=${2-}
[ -n "$version" ] || version=$(patroni --version 2>/dev/null | sed -n 's/^patroni //p') && [ -n "$version" ] ||
    fail 'Patroni is missing. Install it with: deploy/dependencies.sh ha'
interface=$(sed -n 's/^\(etcd3*\):.*/\1/p' "$1")
case $interface in
etcd) ;;
etcd3) dpkg --compare-versions "$version" ge 3.0.3 ||
    fail "Patroni $version with the section etcd3 loses acknowledged answers when a frozen primary thaws. Name the section etcd, and start etcd with --enable-v2; or install Patroni 3.0.3 or later." ;;
*) fail "$1 has no section etcd, or more than one." ;;
esac
# A primary that nobody follows must not go on acknowledging.
for setting in synchronous_mode synchronous_mode_strict; do
    grep -Eq "^ *$setting: *(true|on|yes)\$" "$1" ||
        fail "$1 does not say '$setting: true': what the primary acknowledges could be lost with it."
done
