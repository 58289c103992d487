#!/bin/sh
# Checks every frameworks/*.csv: UTF-8, header, columns, lengths, duplicates
# inside a level and, for the frameworks we ship, the number of behaviours per
# competency and level. May be run from any directory.
#
# usage: frameworks.sh [directory]     (default: the project's frameworks/)

set -u
LC_ALL=C
export LC_ALL

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 2
if [ $# -gt 0 ]; then
    dir=$1
    case $dir in -*) dir=./$dir ;; esac
else
    dir=$here/../../frameworks
fi

# file|competency|level|rows|rows with an ineffective statement
FRAMEWORK_COUNTS='
ten-competency.csv|Strategic Thinking|6|6|6
ten-competency.csv|Strategic Thinking|5|4|4
ten-competency.csv|Strategic Thinking|4|5|5
ten-competency.csv|Effective Decision Making|6|5|5
ten-competency.csv|Effective Decision Making|5|4|4
ten-competency.csv|Effective Decision Making|4|5|5
ten-competency.csv|Flexible and Adaptable to Change|6|6|6
ten-competency.csv|Flexible and Adaptable to Change|5|5|5
ten-competency.csv|Flexible and Adaptable to Change|4|5|5
ten-competency.csv|Leading and Engaging|6|5|5
ten-competency.csv|Leading and Engaging|5|5|5
ten-competency.csv|Leading and Engaging|4|5|5
ten-competency.csv|Collaborative Working|6|5|5
ten-competency.csv|Collaborative Working|5|5|5
ten-competency.csv|Collaborative Working|4|4|4
ten-competency.csv|Effective Performance|6|5|5
ten-competency.csv|Effective Performance|5|5|5
ten-competency.csv|Effective Performance|4|5|5
ten-competency.csv|Achieving financial security|6|5|5
ten-competency.csv|Achieving financial security|5|5|5
ten-competency.csv|Achieving financial security|4|5|5
ten-competency.csv|Managing a quality service|6|6|6
ten-competency.csv|Managing a quality service|5|5|5
ten-competency.csv|Managing a quality service|4|4|4
ten-competency.csv|Delivering at pace|6|5|5
ten-competency.csv|Delivering at pace|5|5|5
ten-competency.csv|Delivering at pace|4|5|5
ten-competency.csv|Learning from delivering|6|5|5
ten-competency.csv|Learning from delivering|5|5|5
ten-competency.csv|Learning from delivering|4|5|5
level-three.csv|One council one team – seeing the bigger picture, collaboration and partnering|3|11|0
level-three.csv|Can do – changing and improving, delivering at pace, developing self and others|3|11|0
level-three.csv|Customer focused – delivering value for money services, managing a quality service|3|11|0
level-three.csv|Honesty and respect – Leading and communicating, making effective decisions|3|12|0
'
export FRAMEWORK_COUNTS

files=0
rows=0
faults=0

complain() {
    printf '%s\n' "$1"
    faults=$((faults + 1))
}

for file in "$dir"/*.csv; do
    [ -f "$file" ] || continue
    files=$((files + 1))
    FRAMEWORK_NAME=${file##*/}
    export FRAMEWORK_NAME

    iconv -f UTF-8 -t UTF-8 <"$file" >/dev/null 2>&1 ||
        complain "$FRAMEWORK_NAME: not valid UTF-8 (or iconv is missing)"
    # $(...) drops a line feed, so anything left is an unfinished last line.
    [ -z "$(tail -c 1 <"$file")" ] ||
        complain "$FRAMEWORK_NAME: the last line does not end with a line feed"

    out=$(awk -f "$here/frameworks.awk" <"$file")
    result=$?
    last=$(printf '%s\n' "$out" | sed -n '$p')
    # Everything but the closing line is a message.
    printf '%s\n' "$out" | sed '$d'
    case $result/$last in
    0/rows\ *\ faults\ *)
        n=${last#rows }
        rows=$((rows + ${n%% *}))
        faults=$((faults + ${last##* }))
        ;;
    *)
        complain "$FRAMEWORK_NAME: the check itself failed: $last"
        ;;
    esac
done

for name in ten-competency.csv level-three.csv; do
    [ -f "$dir/$name" ] || complain "$name: file is missing"
done
[ "$files" -gt 0 ] || complain "no framework files found in $dir"
[ "$rows" -gt 0 ] || complain "no framework rows found in $dir"

printf 'frameworks: %d files, %d rows, %d faults\n' "$files" "$rows" "$faults"
[ "$faults" -eq 0 ]
