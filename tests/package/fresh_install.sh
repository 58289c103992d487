# A fresh machine by the operator's guide, a first round by the administrator's, restarts and new certificates under
# load, removal.
installed new
check 'systemd runs it' systemctl is-active candourd.service candourd-desk.socket candourd-ballot.socket
for unit in candourd candour-backup; do ends "and shuts $unit in" 0 '' systemd-analyze security --threshold=12 $unit.service; done
# A program in the daemon's place tries what nobody who takes the daemon over shall be able to do.
sed -E '/^(Requires|NotifyAccess|ExecReload|Restart|RestartSec|WatchdogSec)=/d; s,^Type=.*,Type=oneshot,
    s,^ExecStart=.*,ExecStart=/probe\nStandardOutput=truncate:/srv/operator/probed,; s,^ExecPaths=.*,& /probe,' \
    /lib/systemd/system/candourd.service >/etc/systemd/system/candour-probe.service
systemctl daemon-reload
check 'a probe runs in its place' systemctl start candour-probe.service
same '... and can do nothing that it tries' '' "$(cat probed)"
tried=$(/probe | wc -l)
[ "$tried" -ge 15 ] && ok 'control: outside of the unit it can' || bad 'control: outside of the unit it can' "only $tried"
echo "shown: a probe can do $tried things outside of the unit and $(wc -l <probed) inside"
same 'nobody else can read configuration and keys' '750 root candour 640 root candour 640 root candour 700 candour candour 600 candour candour' \
    "$(stat -c '%a %U %G' /etc/candour /etc/candour/candourd.conf /etc/candour/ballot.key /var/lib/candour /var/lib/candour/ballot.kek | paste -sd' ')"
words=$(timeout 300 bash /src/tests/e2e/guide.sh 2>&1) && ok 'guide: a whole round of the administrator' || bad 'the first round' "$(grep -A8 FAILED <<<"$words")"
grep '^shown: ' <<<"$words"

logs() {
    journalctl -u candourd.service
    cat /var/log/postgresql/*
}
[ "$(logs | grep -c .)" -gt 10 ] && ok 'there are logs' || bad 'there are no logs'
same 'which name nobody, and nobody'\''s answer' '' "$(logs | grep -F -e @council.example -e @example.org -e "$(
    sql "SELECT string_agg(name, chr(10)) FROM desk.person WHERE name <> 'Pat Jones' AND length(name) > 5")")"

# ---------------------------------------------------------------- restarts under load
load_starts() {
    /load $CANDOUR_DESK feedback.council.example:7361 $CANDOUR_CA >"$work/load" &
    load=$!
    sleep 0.5
}
load_ends() {
    sleep 0.5
    kill $load
    wait $load
    read -r connections lost last <"$work/load"
}
load_starts
for turn in $(seq 30); do
    sleep 0.3
    systemctl restart candourd.service || mistake "restart $turn failed"
done
load_ends
same 'thirty restarts lose no connection' 0 "$lost${last:+ $last}"
[ "$connections" -gt 300 ] && ok 'of many' || bad 'of many' "only $connections"
echo "shown: 30 restarts, $connections connections, $lost failed"
load_starts
systemctl stop candourd.service candourd-desk.socket candourd-ballot.socket
systemctl start candourd-desk.socket candourd-ballot.socket candourd.service
load_ends
[ "$lost" -gt 0 ] && ok 'without the sockets some are lost' || bad 'the load notices nothing' "$connections connections"

# ---------------------------------------------------------------- new certificates under load
shown() { # PORT: the certificate's serial number
    openssl s_client -connect "feedback.council.example:$1" -alpn "candour-$2/1" </dev/null 2>/dev/null | openssl x509 -noout -serial
}
renew() { # a new certificate with a new key, of the same authority
    rm /srv/operator/certificates/server.*
    /src/deploy/certificates.sh /srv/operator/certificates feedback.council.example
    wanted=$(openssl x509 -noout -serial -in /srv/operator/certificates/server.pem)
}
both() {
    shown 7360 desk
    shown 7361 ballot
}
is_shown() { # by every worker: one of them may take several connections in a row
    for turn in 1 2 3 4 5 6 7 8; do [ "$(both | sort -u)" = "$wanted" ] || return 1; done
}
load_starts
renew
cp /srv/operator/certificates/server.pem desk.pem
cp /srv/operator/certificates/server.pem ballot.pem
cp /srv/operator/certificates/server.key desk.key
cp /srv/operator/certificates/server.key ballot.key
install -m 640 -g candour desk.pem desk.key ballot.pem ballot.key /etc/candour
check 'systemctl reload' systemctl reload candourd.service
check 'shows the new certificate at both doors' until_true 10 is_shown
echo nonsense >/etc/candour/desk.key
systemctl reload candourd.service
check 'a mistake' until_true 10 eval 'journalctl -u candourd.service | grep -q reload_refused'
check 'changes nothing' is_shown
install -m 640 -g candour desk.key /etc/candour
load_ends
same 'and no connection was lost' 0 "$lost${last:+ $last}"

# From root's own files: systemd hands copies over when the service starts.
guide 'Keys that only root can read'
load_starts
renew
for door in desk ballot; do
    cp /srv/operator/certificates/server.pem /etc/candour/$door.pem
    cp /srv/operator/certificates/server.key /etc/candour/private/$door.key
done
check 'a restart' systemctl restart candourd.service
check 'shows the new certificate there' until_true 10 is_shown
readers=
for file in /etc/candour/private/desk.key /run/credentials/candourd.service/desk.key; do
    for user in candour nobody postgres; do ! runuser -u $user -- test -r $file || readers+=" $user:$file"; done
done
same 'only the service can read its copies of the keys, and only root the keys' \
    ' candour:/run/credentials/candourd.service/desk.key' "$readers"
same '... which are in memory' ramfs "$(findmnt -rno FSTYPE -T /run/credentials/candourd.service/desk.key)"
same '... and in nobody'\''s environment' '' "$(for pid in $(pgrep candourd) $(pgrep -P "$(systemctl show -P MainPID candourd.service)"); do
    tr '\0' '\n' <"/proc/$pid/environ" | grep -F "$(sed -n 2p /etc/candour/private/desk.key)"; done)"
load_ends
same 'and loses no connection either' 0 "$lost${last:+ $last}"
check 'the round is as it was' as "$admin" doctor

# ---------------------------------------------------------------- metrics
sed -i 's,^;metrics_socket =.*,metrics_socket = /run/candour/metrics,' $CANDOURD_CONF
check 'a restart' systemctl restart candourd.service
ends 'offers metrics' 0 '^candour_workers_ready.kind="ballot". [1-9]' curl -s --unix-socket /run/candour/metrics http://localhost/
same 'to the group' '660 candour candour' "$(stat -c '%a %U %G' /run/candour/metrics)"
