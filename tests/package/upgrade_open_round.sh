# A round is open: the version before is upgraded under load, everything is backed up and lost, restored on a machine
# without any of it, and every receipt still checks. All by the operator's guide.
installed old
same 'the version before runs' 'candourd 1.0' "$(candourd --version)"
round_data 7
awk -F '\t' -v out="$work" '{ if (!($1 in half)) half[$1] = ++people % 2; print >(out (half[$1] ? "/before" : "/after")) }' "$data/casts"
check 'a round is made' round_made
check 'and collects' round_collecting
check 'all sign in' round_collected
forward 90060
check 'half of the raters answer' in_two answer <"$work/before"

# ---------------------------------------------------------------- upgrade
migrations() {
    sql 'SELECT (SELECT count(*) FROM desk.migration) + (SELECT count(*) FROM ballot.migration)'
}
earlier=$(migrations)
/load $CANDOUR_DESK feedback.council.example:7361 $CANDOUR_CA >"$work/load" &
load=$!
put new
guide 'Upgrade'
kill $load
wait $load
read -r connections lost last <"$work/load"
same 'the new version runs' 'candourd 9.0 active' "$(candourd --version) $(systemctl is-active candourd.service)"
same 'really' /usr/sbin/candourd "$(readlink "/proc/$(systemctl show -P MainPID candourd.service)/exe")"
[ "$(migrations)" -gt "$earlier" ] && ok 'the database is what it needs' || bad 'no migration was applied'
same 'nobody was cut off' 0 "$lost${last:+ $last}"
echo "shown: upgrade with a round open, $(($(migrations) - earlier)) migrations, $connections connections, $lost failed"
check 'the client is upgraded' apt-get -q -y install ./candour_*.deb
check 'the other half answers' in_two answer <"$work/after"

# ---------------------------------------------------------------- backup, loss
guide 'Back up'
mkdir away
mv candour.identity /var/backups/candour/*.age away/
same 'it is made every night' 'enabled active' "$(systemctl is-enabled candour-backup.timer) $(systemctl is-active candour-backup.timer)"
check 'by a service' systemctl start candour-backup.service
same '... of which root need not know more' '1 1 0 600 candour' "$(find /var/backups/candour -name '*.desk.age' | wc -l) $(
    find /var/backups/candour -name '*.ballot.age' | wc -l) $(find /var/backups/candour -name '*.keys.age' | wc -l) $(
    stat -c '%a %U' /var/backups/candour/*.age | sort -u)"
deed_of restore | cut -f 1 >"$work/moved"
while read -r rater; do rm -r "${homes:?}/$rater"; done <"$work/moved" # the computer that was left holds an old receipt
names >"$work/names"
kept=$(rows session)
systemctl stop candourd.service
apt-get -q -y purge candour-server >"$work/purge" 2>&1
same 'a purged package leaves no unit, no configuration and no listener' '' \
    "$(ls /lib/systemd/system/candour* /etc/systemd/system/*/candour{d,-backup}* "$CANDOURD_CONF" 2>/dev/null; ss -Hltn 'sport = :7360 or sport = :7361')"
check 'but the keys' test -s /var/lib/candour/ballot.kek
pg_dropcluster --stop 15 main
rm -rf /etc/candour /var/lib/candour /var/backups/candour desk.pem
userdel candour

# ---------------------------------------------------------------- restore
pg_createcluster 15 main >/dev/null
guide 'Install'
guide 'Prepare the database'
cp -r away/. /var/backups/candour
guide 'Restore'
same 'every row is back' "$kept" "$(rows session)"
grep -v -- '-$' "$work/names" | awk '{ print $2, $4 }' | sort >"$work/receipts"
same 'each receipt is for a ballot that is stored' '' "$(comm -23 "$work/receipts" \
    <(sql "SELECT encode(vk, 'hex') || ' ' || encode(leaf, 'hex') FROM ballot.ballot" | sort))"
echo "shown: $(sql 'SELECT count(*) FROM ballot.ballot') ballots restored, $(wc -l <"$work/receipts") receipts"

# ---------------------------------------------------------------- the round goes on
forward 771000
check 'what waited is sent' eval 'deed_of later | in_two send_later'
forward 100000
check 'the round is closed' round_closed
find_own() { # EMAIL
    as "$1" check
}
raters | grep -vxFf "$work/moved" >"$work/stayed"
check 'every receipt still checks' in_two find_own <"$work/stayed"
for i in 1 2 3 4 5 6 7; do
    as "$admin" report open "$(leader_email $i)" --json >"$work/report.json" 2>"$work/words"
    same "report $i has every figure" "$(grep "^$i	" "$data/expected")" "$(report_lines $i <"$work/report.json")"
done
