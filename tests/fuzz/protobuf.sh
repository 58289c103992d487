#!/bin/sh
# usage: tests/fuzz/protobuf.sh OBJECT CC
# Compiles the runtime of protobuf-c for fuzzing: with the marks that libFuzzer follows it finds far more paths through
# the unpacking of messages than with the library of the Debian package, which has none. The source is Debian's own, of
# the installed version. Without it (no network, no Debian) the object is empty, and the library is linked instead.
set -eu
object=$1
compiler=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fetch() {
    version=$(dpkg-query -W -f '${source:Version}' libprotobuf-c-dev) || return 1
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    apt-get indextargets --format 'deb-src $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
        sort -u >"$folder/list"
    cd "$folder"
    set -- -qq -o "Dir::Etc::SourceList=$folder/list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$folder/lists" \
        -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root
    apt-get "$@" update && apt-get "$@" source --download-only "protobuf-c=$version" && tar -xf protobuf-c_*.orig.tar.*
}

if (fetch) >"$folder/log" 2>&1; then
    # Its own complaints of undefined behaviour are not what is looked for here.
    "$compiler" -O1 -g -fsanitize=fuzzer-no-link,address -I"$(echo "$folder"/protobuf-c-*)" -w -c -o "$object" \
        "$(echo "$folder"/protobuf-c-*)/protobuf-c/protobuf-c.c"
else
    echo "fuzz: Debian's source of protobuf-c cannot be had, so unpacking is followed less closely" >&2
    echo 'typedef int nothing;' | "$compiler" -x c -c -o "$object" -
fi
