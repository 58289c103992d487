#!/bin/sh
# usage: check.sh [SHOTS]
# Writes the sample reports as HTML and checks them in Chromium (check.js). What it needs of npm is pinned in
# package-lock.json, is for this test only, and goes to the build folder. SHOTS: a folder for pictures of the pages.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${CANDOUR_BUILD:-build/plain}" && pwd)
work=$build/browser
mkdir -p "$work/reports"
# Once for each state of the lock file.
if ! cmp -s "$here/package-lock.json" "$work/installed"; then
    cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$work/"
    (cd "$work" && npm ci --no-progress --loglevel=error) || {
        echo 'npm could not install what this test needs. Is there a network?'
        exit 1
    }
    cp "$here/package-lock.json" "$work/installed"
fi
"$build/tests/browser/samples" "$work/reports"
[ $# -eq 0 ] || mkdir -p "$1"
NODE_PATH=$work/node_modules exec node "$here/check.js" "$work/reports" "$@"
