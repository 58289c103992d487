#!/usr/bin/env bash
# Does the time of a refused sign-in say whom the desk knows? Only in `make check-faults`: it is a measurement.
. "$(dirname "$0")/lib.sh"
check 'a known address and an unknown one take the same time' eval '"$tools/timing" 4000 300 >"$work/words" 2>&1 || { cat "$work/words" && false; }'
grep '^shown: ' "$work/words"
finish
