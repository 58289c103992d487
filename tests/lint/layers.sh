#!/bin/sh
# usage: layers.sh [FOLDER]
# Proves the direction of dependencies: nothing includes a file of a higher layer, client and
# daemon know nothing of each other, doors and workers know nothing of each other, and the report engine is pure.
set -eu
cd "${1:-$(dirname "$0")/../..}"
find proto daemon client -name '*.[ch]' 2>/dev/null | LC_ALL=C sort | awk '
function layer(path) {
    if (path ~ /^proto\/base\.h$|^daemon\/core\/(arena|log|list)\.[ch]$/) return 0 # base
    if (path ~ /^proto\/|^gen\/candour\.pb-c\.h$/) return 1                       # wire
    if (path ~ /^daemon\/core\/(stream|tls|db)[a-z_]*\.[ch]$/) return 2           # engines
    if (path ~ /^daemon\/(report|mail)\/|^daemon\/(config|keys)[a-z_]*\.[ch]$|^gen\/sql\.h$/) return 2
    if (path ~ /^daemon\/core\//) return 3
    if (path ~ /^daemon\/(desk|ballot|clerk|postman)\//) return 4                         # doors
    return 5                                                                      # program
}
function side(path) {
    if (path ~ /^client\// || path == "gen/vault.pb-c.h") return "client"
    if (path ~ /^daemon\// || path == "gen/sql.h") return "daemon"
    return "both"
}
function door(path) {
    return match(path, /^daemon\/(desk|ballot|clerk|postman)\//) ? substr(path, 8, RLENGTH - 8) : ""
}
function plain(path) { # a/b/../c is a/c
    while (path ~ /[^\/]+\/\.\.\//) sub(/[^\/]+\/\.\.\//, "", path)
    return path
}
function find(name, from,    dir, place) {
    dir = from
    sub(/[^\/]*$/, "", dir)
    if ((place = plain(dir name)) in seen) return place
    if ((place = plain(name)) in seen) return place
    if ((place = "proto/" name) in seen) return place
    if (name ~ /^(candour\.pb-c|vault\.pb-c|sql)\.h$/) return "gen/" name
    return ""
}
function fault(text) {
    printf "%s:%d: %s\n", file, line, text
    faults++
}
function check(target) {
    if (target == "") return fault("cannot tell which file " name " is")
    if (layer(file) < layer(target)) fault("includes " target " of a higher layer")
    if (side(file) != side(target) && side(target) != "both") fault("includes " target " of the other side")
    if (door(file) != "" && door(target) != "" && door(file) != door(target)) fault("includes " target " of another door")
    if (file ~ /^daemon\/report\// && target !~ /^daemon\/report\/|^proto\/(base|cells)\.h$/)
        fault("the report engine includes " target)
    # Raw rows: read by the clerk, counted by the publisher, seen by nobody else.
    if (target ~ /^daemon\/report\/(rows|cell)\.h$/ && file !~ /^daemon\/report\/(publish|spread|cell|checker|quality)[a-z_]*\.[ch]$/ &&
        !(target ~ /rows\.h$/ && file ~ /^daemon\/clerk\/publish[a-z_]*\.[ch]$/)) fault("sees raw rows; only the publisher may")
    owner = target
    if (sub(/_private\.h$/, "", owner) && index(file, owner) != 1) fault("includes " target ", which is private")
}
{ seen[$0] = 1; files[++count] = $0 }
END {
    pure = "^<(assert|errno|float|inttypes|limits|math|stdbool|stddef|stdint|stdlib|string)\\.h>$"
    for (i = 1; i <= count; i++) {
        file = files[i]
        for (line = 1; (getline text < file) > 0; line++) {
            if (text !~ /^[ \t]*#[ \t]*include/) continue
            name = text
            sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
            sub(/[ \t].*/, "", name)
            if (name ~ /^"/) {
                gsub(/"/, "", name)
                check(find(name, file))
            } else if (file ~ /^daemon\/report\// && name !~ pure) {
                fault("the report engine includes " name)
            }
        }
        close(file)
    }
    printf "layers: %d files, %d faults\n", count, faults
    exit faults > 0 || count == 0
}'
