# The process that starts and watches all others hangs: systemd, to which it says every few seconds that it lives,
# replaces it and them.
installed new
parent() {
    systemctl show --property MainPID --value candourd.service
}
hung() { # TIMES: so often systemd has said so
    [ "$(journalctl -u candourd.service | grep -c 'Watchdog timeout')" -eq "$1" ]
}
is_replaced() {
    [ "$(parent)" -gt 1 ] && [ "$(parent)" != "$frozen" ] && [ ! -e "/proc/$frozen" ] && systemctl is-active candourd.service
}
check 'it serves' admin_sign_in
frozen=$(parent)
kill -STOP "$frozen"
began=$SECONDS
sleep 2
check 'people are served by those that it has started' as "$admin" doctor
check 'a parent that hangs is replaced' until_true 60 is_replaced
lasted=$((SECONDS - began))
check 'by the watchdog' hung 1
check 'and all is well again' until_true 20 as "$admin" doctor
echo "shown: a frozen parent was replaced after $lasted s"

# Without the watchdog nobody would notice.
mkdir -p /etc/systemd/system/candourd.service.d
printf '[Service]\nWatchdogSec=0\n' >/etc/systemd/system/candourd.service.d/control.conf
systemctl daemon-reload
systemctl restart candourd.service
check 'it serves without a watchdog' until_true 20 as "$admin" doctor
frozen=$(parent)
kill -STOP "$frozen"
! until_true $((lasted + 10)) is_replaced && ok 'without a watchdog nobody replaces it' || bad 'somebody else replaces it'
kill -CONT "$frozen"
check 'and no other was said to hang' hung 1
