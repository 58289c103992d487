#!/bin/sh
# usage: deploy/deb.sh VERSION FOLDER
# Builds the Debian packages candour-server and candour of this checkout as VERSION and leaves them in FOLDER, made anew.
# They come from a copy, so that nothing is left between the sources.
set -eu
cd "$(dirname "$0")/.."
version=$1
mkdir -p "$2"
folder=$(CDPATH='' cd -- "$2" && pwd)
source=$folder/candour-$version
rm -rf "$folder"/*
mkdir "$source"
tar -c --exclude=./build --exclude=./.git --exclude=./demo-output --exclude=./letters --exclude-vcs-ignores . |
    tar -x -C "$source"
mv "$source/deploy/debian" "$source/debian"
cat >"$source/debian/changelog" <<EOT
candour ($version) bookworm; urgency=medium

  * NEWS.md says what is new.

 -- Candour contributors <candour@example.org>  $(date -R -r NEWS.md)
EOT
cd "$source"
# Nothing of the make that calls this.
unset MAKEFLAGS MAKEOVERRIDES MAKELEVEL MFLAGS CANDOUR_BUILD BUILD
dpkg-buildpackage -b -uc -us >"$folder/log" 2>&1 || {
    tail -n 40 "$folder/log" >&2
    echo "deb: the packages cannot be built; the whole log is $folder/log" >&2
    exit 1
}
cd "$folder"
rm -rf "$source"
ls "$folder"/*.deb
