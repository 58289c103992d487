#!/usr/bin/env bash
# Memory runs out in a worker, one allocation at a time, in every operation.
. "$(dirname "$0")/lib.sh"
loaded || finish
sed -i 's/^workers = .*/workers = 1/' "$CANDOURD_CONF"
server restart
check 'workers live, and serve, whatever allocation fails' eval '"$tools/memory" "$(many 5 1)" >"$work/words" 2>&1 || { cat "$work/words" && false; }'
grep '^shown: ' "$work/words"
finish
