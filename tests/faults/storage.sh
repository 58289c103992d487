#!/usr/bin/env bash
# What the database lies on fails while raters cast: the power, the room, the disk itself. Needs root and loop devices.
# With mounts of its own: elsewhere somebody could hold on to a disk that has lost its power.
[ -n "${FAULTS_OWN_MOUNTS-}" ] || ! unshare -m true 2>/dev/null || FAULTS_OWN_MOUNTS=yes exec unshare -m "$0"
. "$(dirname "$0")/lib.sh"
disk=$CANDOUR_SANDBOX/disk image=$CANDOUR_SANDBOX/disk.image
disk_mounted() {
    mount -o loop "$image" "$disk"
}
disk_made() {
    mkdir -p "$disk" && truncate -s 400M "$image" && mkfs.ext4 -q -m 0 "$image" && disk_mounted
}
# shellcheck disable=SC2317 # a trap
disk_gone() {
    mountpoint -q "$disk" || return
    "$root/deploy/sandbox-database.sh" stop
    umount "$disk" || umount -l "$disk"
}
[ -n "${FAULTS_OWN_MOUNTS-}" ] && command -v xfs_io mkfs.ext4 >"$work/tools" && disk_made 2>"$work/words" || {
    skipped 'there are no loop devices, or this is not root, or xfsprogs is missing'
    finish
}
trap disk_gone EXIT
trap 'exit 143' TERM INT HUP
database stop
echo 'wal_recycle = off' >>"$CANDOUR_SANDBOX/cluster/postgresql.conf" # old files of the log would do on a full disk
mv "$CANDOUR_SANDBOX/cluster" "$disk"
ln -s "$disk/cluster" "$CANDOUR_SANDBOX/cluster"
sync -f "$disk" # the copy; from here on it is for the database to care
database start
server restart
tally_start 6
said() { # PATTERN: how often, in the database's log
    grep -c -- "$1" "$CANDOUR_SANDBOX/postgres.log"
}
# In whatever state it is: it is not running, and runs again.
database_mended() {
    database_killed
    database start
}

# ---------------------------------------------------------------- room
full() {
    local before
    before=$(said 'No space left on device')
    # shellcheck disable=SC2317
    no_room() {
        psql -XAtqc "SELECT pg_logical_emit_message(false, 'room', repeat('x', 16000000))"
        [ "$(said 'No space left on device')" -gt "$before" ]
    }
    under_load
    dd if=/dev/zero of="$disk/ballast" bs=1M 2>"$work/words"
    until_true_at_work 30 no_room || mistake 'the disk never was full'
    sleep 0.3
    rm "$disk/ballast"
    database_mended
    compare
}
turns=$(many 1 20)
begin
for ((turn = 0; turn < turns; turn++)); do full; done
nothing_lost "$turns times the disk is full"

# ---------------------------------------------------------------- errors
# CALL: strace gives one process an error of the disk instead of doing what it asks for.
failing() {
    local process processes=() before strace
    before=$(said PANIC)
    under_load
    for process in $(database_processes); do processes+=(-p "$process"); done
    strace -qq -f "${processes[@]}" -e trace="$1" -e "inject=$1:error=EIO:when=$((RANDOM % 3 + 1))" -o "$work/calls" \
        >"$work/words" 2>&1 &
    strace=$!
    until_true_at_work 40 eval "[ \$(said PANIC) -gt $before ]" || mistake "no $1 failed: $(tail -n 3 "$work/words")"
    kill $strace
    wait $strace
    database_mended
    compare
}
turns=$(many 1 20)
for call in fdatasync $(many '' pwrite64); do
    begin
    for ((turn = 0; turn < turns; turn++)); do failing $call; done
    nothing_lost "$turns times $call fails"
done
if [ -n "${FAULTS_ALL-}" ]; then
    settings 'synchronous_commit = off' 'wal_writer_delay = 10s'
    begin
    for ((turn = 0; turn < 5 && lost == 0; turn++)); do failing pwrite64; done
    something_lost 'a database that does not wait for its log, whose pwrite fails'
    begin
    for ((turn = 0; turn < 5 && lost == 0; turn++)); do full; done
    something_lost 'a database that does not wait for its log, without room'
    settings
fi

# ---------------------------------------------------------------- power
power_lost() {
    local process
    under_load
    process=$(postmaster)
    xfs_io -x -c shutdown "$disk"
    postmaster_killed "$process" # its file went with the disk
    until_true 20 umount "$disk" || mistake 'the disk is held'
    disk_mounted
    forgotten
    database start
    compare
}
turns=$(many 1 20)
begin
for ((turn = 0; turn < turns; turn++)); do power_lost; done
nothing_lost "$turns times the power fails"
settings 'fsync = off'
begin
for ((turn = 0; turn < 5 && lost == 0; turn++)); do power_lost; done
something_lost 'a database that does not write to the disk, without power'
settings
tally_end
finish
