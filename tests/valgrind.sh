#!/bin/bash
# usage: tests/valgrind.sh UNIT_TEST...
# Runs the unit tests, and the daemon through a whole round (tests/e2e/round.sh), under valgrind, which may complain of
# nothing: no use of what was never set, no access beside a block, nothing lost. Tests that measure time or memory are
# left to others.
set -u
cd "$(dirname "$0")/.." || exit 1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export folder
valgrind='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --suppressions=tests/valgrind.supp
    --child-silent-after-fork=no --vgdb=no'
build=$(cd "${CANDOUR_BUILD:-build/plain}" && pwd)
# What must be quick, tries all answers there are, or gives up what valgrind itself needs, is another program under it.
others='daemon_confine daemon_conn daemon_crowd daemon_parent daemon_server report_checker'

# The same names, so that tests/run.sh counts them.
mkdir "$folder/unit"
for test; do
    name=$(basename "$test")
    case " $others " in *" $name "*) continue ;; esac
    printf '#!/bin/sh\nexec %s %q\n' "$(echo $valgrind)" "$(realpath "$test")" >"$folder/unit/$name"
done
printf '#!/bin/sh\nexec %s --log-file=%q/said.%%p %q "$@"\n' "$(echo $valgrind)" "$folder" "$build/candourd" >"$folder/candourd"
chmod +x "$folder/candourd" "$folder"/unit/*

results=$folder/results
CANDOUR_RESULTS=$results deploy/sandbox.sh --database-only tests/run.sh "$folder"/unit/*
CANDOUR_RESULTS=$results CANDOURD=$folder/candourd tests/run.sh tests/e2e/round.sh
# It does not know the call by which workers confine themselves, and lets it through.
sed -i '/WARNING: unhandled .* syscall: 317$/,/valgrind\.org/d' "$folder"/said.*
if cat "$folder"/said.* | grep -q .; then
    echo 'FAILED  valgrind complains of the daemon:'
    cat "$folder"/said.*
    echo '0 1' >>"$results"
fi
tests/run.sh --total "$results"
