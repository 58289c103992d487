#!/bin/sh
# usage: format.sh [FOLDER]
# Every source is as clang-format 14 writes it with .clang-format. (Other versions write it differently.)
set -eu
style=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)/.clang-format
cd "${1:-$(dirname "$0")/../..}"
command -v clang-format-14 >/dev/null || {
    echo 'format: clang-format-14 is missing. Install it with: deploy/dependencies.sh check'
    exit 1
}
count=0
faults=0
for file in $(find proto daemon client tests -name '*.[ch]' 2>/dev/null | LC_ALL=C sort); do
    count=$((count + 1))
    clang-format-14 --style="file:$style" --dry-run -Werror "$file" >/dev/null 2>&1 || {
        echo "$file: run clang-format-14 -i on it"
        faults=$((faults + 1))
    }
done
echo "format: $count files, $faults faults"
[ $count -gt 0 ] && [ $faults -eq 0 ]
