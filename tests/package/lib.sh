# Runs the script that /out/script names, in a machine of tests/package/check.sh, as root. It sees the checkout in /src,
# packages in /debs/old and /debs/new, and all of tests/e2e/lib.sh, with an installed Candour instead of a sandbox.
export CANDOUR_SANDBOX=/srv/operator/check CANDOUR=/usr/bin/candour CANDOURD=/usr/sbin/candourd LC_ALL=C.UTF-8
export CANDOURD_CONF=/etc/candour/candourd.conf CANDOUR_CLOCK_FILE=/srv/clock CANDOUR_CA=/srv/operator/certificates/ca.pem
export CANDOUR_DESK=feedback.council.example:7360 ADMIN_EMAIL=hr@council.example
export ADMIN_PASSWORD_FILE=/srv/operator/password ADMIN_TOTP_FILE=/srv/operator/totp PGDATABASE=candour
export HOME=/srv/operator DEBIAN_FRONTEND=noninteractive
mkdir -p -m 700 $HOME
mkdir -p $CANDOUR_SANDBOX
# PostgreSQL's superuser is another user here.
psql() {
    (cd / && runuser -u postgres -- /usr/bin/psql "$@")
}
export -f psql
. /src/tests/e2e/lib.sh
. /src/tests/e2e/lib_round.sh
cd /srv/operator || exit

# ---------------------------------------------------------------- the operator's guide, as it stands
guide() { # HEADING: every command under it, one after the other; mistakes end it
    awk -v heading="## $1" '/^## / { inside = $0 == heading } inside && /^```/ { fenced = !fenced; next }
        inside && fenced' /src/docs/operator.md >"$work/commands"
    [ -s "$work/commands" ] || mistake "the guide has no commands under $1"
    {
        declare -f sudoedit
        sed 's,admin add .*,& --password-file /dev/stdin <'$ADMIN_PASSWORD_FILE',' "$work/commands"
    } >"$work/block"
    ends "guide: $1" 0 '' bash -euxo pipefail "$work/block"
    [ $failed -eq 0 ] || finish # there is nothing to look at without it
}
# What a person would type into the editor.
sudoedit() {
    [ -e desk.pem ] || {
        /src/deploy/certificates.sh /srv/operator/certificates feedback.council.example
        for door in desk ballot; do
            cp /srv/operator/certificates/server.pem $door.pem
            cp /srv/operator/certificates/server.key $door.key
        done
    }
    echo 0 >$CANDOUR_CLOCK_FILE
    sed -i 's/^public = [^:]*/public = feedback.council.example/
        s/^organisation = .*/organisation = Example Council/
        s,^;demo = .*,demo = yes,
        s,^;clock_file =.*,clock_file = '$CANDOUR_CLOCK_FILE',
        s,^;interval_ms = .*,interval_ms = 200,' "$1"
}
put() { # VERSION: its packages, here, as somebody would have downloaded them
    rm -f /srv/operator/*.deb
    cp /debs/"$1"/candour-server_*.deb /debs/"$1"/candour_*.deb /srv/operator/
}
installed() { # VERSION, by the guide; the client beside it
    openssl rand -base64 18 >$ADMIN_PASSWORD_FILE
    put "$1"
    guide 'Install'
    check 'the client is installed' apt install ./candour_*.deb
    guide 'Prepare the database'
    guide 'Configure'
    guide 'Start'
    mv /var/lib/candour/totp.txt $ADMIN_TOTP_FILE
}
candourd() {
    sudo -u candour candourd "$@"
}
ballots() {
    sql 'SELECT count(*) FROM ballot.ballot'
}

. "/src/tests/package/$(cat /out/script).sh"
finish
