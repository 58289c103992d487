#!/bin/sh
# usage: sizes.sh [FOLDER]
# A .c file has at most 600 lines, a header 150, a function 70. Relies on clang-format: a function starts and ends in
# the first column.
set -eu
cd "${1:-$(dirname "$0")/../..}"
find proto daemon client tests -name '*.[ch]' 2>/dev/null | LC_ALL=C sort | awk '
function fault(text) {
    printf "%s:%d: %s\n", file, line, text
    faults++
}
{
    count++
    file = $0
    start = 0
    for (line = 1; (getline text < file) > 0; line++) {
        if (text ~ /^[A-Za-z_]/ && !inside) start = line
        if (text ~ /[{]$/ && start && text !~ /^#/) inside = 1
        if (text ~ /^[}]/) {
            if (text == "}" && line - start + 1 > 70) fault("a function of " line - start + 1 " lines; 70 are the limit")
            inside = start = 0
        } else if (text ~ /^[^ \t{].*;$/ && !inside) {
            start = 0
        }
    }
    close(file)
    line--
    inside = 0
    limit = file ~ /h$/ ? 150 : 600
    if (line > limit) fault(line " lines; " limit " are the limit")
}
END {
    printf "sizes: %d files, %d faults\n", count, faults
    exit faults > 0 || count == 0
}'
