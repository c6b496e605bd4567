#!/bin/sh
# Draws images/icon.png from images/icon.svg with a headless Chromium (marketplaces take no SVG).
set -eu
cd "$(dirname "$0")/../images"
page=$(mktemp --suffix=.html)
profile=$(mktemp -d)
trap 'rm -rf "$page" "$profile"' EXIT
{ echo '<style>body{margin:0;background:transparent}svg{display:block}</style>'; cat icon.svg; } > "$page"
chromium --headless --no-sandbox --disable-gpu --user-data-dir="$profile" \
  --default-background-color=00000000 --window-size=256,256 --hide-scrollbars \
  --screenshot="$PWD/icon.png" "file://$page"
