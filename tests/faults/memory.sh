#!/usr/bin/env bash
# Memory runs out in a worker, one allocation at a time, in every operation.
. "$(dirname "$0")/lib.sh"
loaded || finish
sed -i 's/^workers = .*/workers = 1/' "$CANDOURD_CONF"
server restart
exec "$tools/memory" "$(many 5 1)"
