#!/bin/sh
# usage: headers.sh [FOLDER]
# A header says first what it is for, compiles on its own, and may be included twice. BUILD is the folder with gen/.
set -eu
cd "${1:-$(dirname "$0")/../..}"
flags="-std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -I. -Iproto -I${BUILD:-build/plain}/gen"
flags="$flags $(pkg-config --cflags libuv libprotobuf-c libpq pangocairo)"
count=0
faults=0
for file in $(find proto daemon client tests -name '*.h' 2>/dev/null | LC_ALL=C sort); do
    count=$((count + 1))
    head -n 1 "$file" | grep -q '^/[/*]' || {
        echo "$file: does not start with a comment that says what it is for"
        faults=$((faults + 1))
    }
    # shellcheck disable=SC2086
    printf '#include "%s"\n#include "%s"\n' "$file" "$file" | gcc $flags -fsyntax-only -x c - || {
        echo "$file: does not compile on its own"
        faults=$((faults + 1))
    }
done
echo "headers: $count files, $faults faults"
[ $count -gt 0 ] && [ $faults -eq 0 ]
