#!/bin/sh
# usage: deploy/ha/certificates.sh DIR NAME=ADDRESS[,ADDRESS]...
# Makes what the database hosts know each other by, in DIR: an authority for the hosts (ca.pem, ca.key) with NAME.pem and
# NAME.key for each, and one for the roles of PostgreSQL (roles-ca.pem, roles-ca.key) with ROLE.pem and ROLE.key, by which
# a role signs in instead of with a password. Two, because etcd and Patroni obey whoever shows a certificate of the
# hosts' authority. Certificates that are there are kept; they are good for two years. Move the two keys of the
# authorities away afterwards.
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
# AUTHORITY NAME EXTENSION...: NAME.pem with the subject NAME
make_certificate() {
    authority=$1 name=$2
    shift 2
    [ ! -s "$name.pem" ] || return 0
    make_key "$name.key"
    { echo 'basicConstraints=critical,CA:FALSE' && echo 'keyUsage=critical,digitalSignature' && printf '%s\n' "$@"; } >extensions
    openssl req -new -key "$name.key" -subj "/CN=$name" -out request
    openssl x509 -req -in request -CA "$authority.pem" -CAkey "$authority.key" -set_serial "0x$(openssl rand -hex 16)" -sha256 -days 730 \
        -extfile extensions -out "$name.pem.new" 2>/dev/null
    rm request extensions
    mv "$name.pem.new" "$name.pem"
}

make_authority() { # NAME SUBJECT
    [ ! -s "$1.pem" ] || return 0
    make_key "$1.key"
    openssl req -x509 -new -key "$1.key" -sha256 -days 3650 -subj "/CN=$2" -out "$1.pem.new" \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
    mv "$1.pem.new" "$1.pem"
}
make_authority ca 'Candour database hosts'
make_authority roles-ca 'Candour database roles'
# A host is a server to PostgreSQL, and both to etcd and Patroni.
for host; do
    case $host in
    *=*[!0-9.,]* | *[!A-Za-z0-9=.,-]* | =* | *=) fail "'$host' is not NAME=ADDRESS." ;;
    *=*) make_certificate ca "${host%%=*}" 'extendedKeyUsage=serverAuth,clientAuth' "subjectAltName=IP:$(echo "${host#*=}" | sed 's/,/,IP:/g')" ;;
    *) fail "'$host' is not NAME=ADDRESS." ;;
    esac
done
for role in postgres replicator candour_owner candour_desk candour_ballot candour_clerk_desk candour_clerk_ballot candour_mail; do
    make_certificate roles-ca $role 'extendedKeyUsage=clientAuth'
done
