#!/bin/sh
# usage: deploy/ha/certificates.sh DIR NAME=ADDRESS[,ADDRESS]...
# Makes what the database hosts know each other by, in DIR: an authority of its own (ca.pem, ca.key), NAME.pem and
# NAME.key for each host, and ROLE.pem and ROLE.key for each role of PostgreSQL, who signs in with it instead of with
# a password. Certificates that are there are kept. Move ca.key away afterwards: who has it is every role.
set -eu

fail() {
    echo "certificates: $*" >&2
    exit 1
}
[ $# -gt 1 ] || fail 'say a folder and the hosts: deploy/ha/certificates.sh DIR db1=10.0.0.1 db2=10.0.0.2 db3=10.0.0.3'
command -v openssl >/dev/null || fail 'openssl is missing. Install it with: deploy/dependencies.sh run'
umask 077
mkdir -p -- "$1"
cd -- "$1"
shift

make_key() { # FILE
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}
# NAME EXTENSION...: NAME.pem with the subject NAME
make_certificate() {
    name=$1
    shift
    [ ! -s "$name.pem" ] || return 0
    make_key "$name.key"
    { echo 'basicConstraints=critical,CA:FALSE' && echo 'keyUsage=critical,digitalSignature' && printf '%s\n' "$@"; } >extensions
    openssl req -new -key "$name.key" -subj "/CN=$name" -out request
    openssl x509 -req -in request -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -sha256 -days 730 \
        -extfile extensions -out "$name.pem.new" 2>/dev/null
    rm request extensions
    mv "$name.pem.new" "$name.pem"
}

[ -s ca.pem ] || {
    make_key ca.key
    openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj '/CN=Candour databases' -out ca.pem.new \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
    mv ca.pem.new ca.pem
}
# A host is a server to PostgreSQL, and both to etcd and Patroni.
for host; do
    case $host in
    *=*[!0-9.,]* | *[!A-Za-z0-9=.,-]* | =* | *=) fail "'$host' is not NAME=ADDRESS." ;;
    *=*) make_certificate "${host%%=*}" 'extendedKeyUsage=serverAuth,clientAuth' "subjectAltName=IP:$(echo "${host#*=}" | sed 's/,/,IP:/g')" ;;
    *) fail "'$host' is not NAME=ADDRESS." ;;
    esac
done
for role in postgres replicator candour_owner candour_desk candour_ballot candour_clerk_desk candour_clerk_ballot candour_mail; do
    make_certificate $role 'extendedKeyUsage=clientAuth'
done
