#!/bin/sh
# usage: deploy/ha/round.sh CLUSTER      (inside deploy/sandbox.sh; see demo.sh)
# The demonstration's rounds (deploy/demo.sh) through two Candour hosts behind HAProxy. While people sign in, another
# database host takes the lead.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
"$here/../sandbox-mail.sh" use # both hosts send mails
"$here/hosts.sh" start
trap '"$here/hosts.sh" stop' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
switch_over() {
    until [ "$(find "$CANDOUR_SANDBOX/demo/homes" -name '*.log' 2>/dev/null | wc -l)" -ge 20 ]; do sleep 0.2; done
    first=$("$here/cluster.sh" "$1" primary)
    "$here/cluster.sh" "$1" switchover "$first"
    echo "While people signed in, $first gave the lead to $("$here/cluster.sh" "$1" primary)." >&2
}
switch_over "$1" &
CANDOUR_DESK=127.0.0.1:7360 CANDOUR_BALLOT=127.0.0.1:7361 "$here/../demo.sh"
wait $!
