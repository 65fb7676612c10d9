#!/bin/sh
# npm.sh: brings what the tests use of npm into $BUILD/npm, if it is not there yet: playwright-core drives
# the browser, basic-ftp is an FTP client, ws speaks WebSocket, irc-framework is what web clients of IRC stand on.
set -eu
cd "$(dirname "$0")/.."
packages='playwright-core@1.65.1 basic-ftp@6.2.3 ws@8.18.0 irc-framework@4.14.0'
into=${BUILD:-build}/npm
mkdir -p "$into"
exec 9>"$into/lock"
flock 9 # two suites may need it at once
[ "$(cat "$into/installed" 2>/dev/null || true)" = "$packages" ] && exit 0
# shellcheck disable=SC2086 # the list is meant to be split
npm install --prefix "$into" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error $packages >&2
echo "$packages" >"$into/installed"
