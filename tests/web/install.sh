#!/bin/sh
# install.sh: brings what drives the browser into $BUILD/web, if it is not there yet.
set -eu
cd "$(dirname "$0")/../.."
version=1.65.1
into=${BUILD:-build}/web
have=$(sed -n 's/^  "version": "\(.*\)",*$/\1/p' "$into/node_modules/playwright-core/package.json" 2>/dev/null || true)
[ "$have" = "$version" ] && exit 0
mkdir -p "$into"
npm install --prefix "$into" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "playwright-core@$version" >&2
