#!/bin/sh
# usage: deploy/certificates.sh DIR [HOSTNAME...]
# Makes a certificate authority and a server certificate for development: ca.pem, server.pem, server.key (and ca.key)
# in DIR, valid for localhost, 127.0.0.1, ::1 and the names given. What is there and still good for a month is kept.
set -eu

fail() {
    echo "certificates: $*" >&2
    exit 1
}

[ $# -gt 0 ] || fail 'say in which folder: deploy/certificates.sh DIR [HOSTNAME...]'
command -v openssl >/dev/null || fail 'openssl is missing. Install it with: deploy/dependencies.sh run'
mkdir -p -- "$1"
cd -- "$1"
shift
umask 077
month=2592000 # seconds

names=DNS:localhost,IP:127.0.0.1,IP:::1
for name; do
    case $name in
    '' | *[!A-Za-z0-9.:-]*) fail "'$name' is not a host name or an address." ;;
    *:*) names=$names,IP:$name ;;
    *[!0-9.]*) names=$names,DNS:$name ;;
    *) names=$names,IP:$name ;;
    esac
done

is_good() { # FILE: a certificate valid for another month
    openssl x509 -in "$1" -noout -checkend "$month" >/dev/null 2>&1
}
make_key() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
}

if ! is_good ca.pem || [ ! -s ca.key ]; then
    rm -f server.pem
    make_key ca.key
    openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj '/CN=Candour development CA' -out ca.pem.new \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign'
    mv ca.pem.new ca.pem
fi
if ! is_good server.pem || [ ! -s server.key ] || [ "$(cat server.names 2>/dev/null)" != "$names" ]; then
    make_key server.key
    {
        echo "subjectAltName=$names"
        echo 'basicConstraints=critical,CA:FALSE'
        echo 'keyUsage=critical,digitalSignature'
        echo 'extendedKeyUsage=serverAuth'
    } >extensions
    openssl req -new -key server.key -subj '/CN=localhost' -out request
    openssl x509 -req -in request -CA ca.pem -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -sha256 -days 365 \
        -extfile extensions -out server.pem.new 2>/dev/null
    rm request extensions
    mv server.pem.new server.pem
    echo "$names" >server.names
fi
chmod 644 ca.pem server.pem
