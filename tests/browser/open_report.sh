#!/bin/sh
# Opens the sample reports in headless Chromium with every host name unresolvable, uses them by
# tests/browser/probe.js, and looks at what the page says of itself.
#   open_report.sh WRITE_REPORT_SAMPLES FOLDER_OF_THIS_TEST WORK_FOLDER
# Ends with 77 (skipped) only where there is no Chromium.
set -u
writer=$1 here=$2 work=$3
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "SKIPPED: no chromium here, so the report was not opened in a browser" >&2
  exit 77
}
rm -rf "$work"
mkdir -p "$work"
"$writer" "$work" || exit 1
failed=0
fail() { echo "FAILED: $*" >&2; failed=1; }

open_page() {  # open_page NAME WIDTH FLAG…
  name=$1 width=$2
  shift 2
  page="$work/$name-probed.html"
  { sed 's#</body>.*##' "$work/$name.html"; echo '<script>'; cat "$here/probe.js"; echo '</script></body></html>'; } > "$page"
  timeout 150 "$browser" --headless=new --no-sandbox --disable-gpu-sandbox --disable-dev-shm-usage --disable-background-networking \
    --disable-component-update --disable-sync --no-first-run --no-default-browser-check --hide-scrollbars \
    --host-resolver-rules="MAP * ~NOTFOUND" --user-data-dir="$work/profile" --window-size="$width,1200" \
    --virtual-time-budget=3000 --enable-logging=stderr --v=0 --dump-dom "$@" "file://$page" > "$work/$name.dom" 2> "$work/$name.log" \
    || fail "$name: the browser ended with $?"
  root=$(grep -o '<html[^>]*>' "$work/$name.dom" | head -n 1)
  if grep -i 'CONSOLE' "$work/$name.log"; then fail "$name: messages on the console"; fi
}
expect() {  # expect NAME ATTRIBUTE VALUE
  case $root in
    *" $2=\"$3\""*) ;;
    *) fail "$1: wanted $2=\"$3\" in $root" ;;
  esac
}
common() {  # what holds of every report
  expect "$1" data-ready yes
  expect "$1" data-probe-done yes
  for none in bad-csv bad-svg fetched blocked; do expect "$1" "data-probe-$none" ""; done
  expect "$1" data-probe-wide false
}

webgl="--use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader"
# shellcheck disable=SC2086  # several flags
open_page full 1360 $webgl
common full
expect full data-probe-viewer running
expect full data-probe-tools 4
expect full data-probe-scenes "running running"  # surfaces of a density, and an event
expect full data-probe-scene-tools 6
expect full data-probe-plays Pause
zoomed=$(echo "$root" | sed -n 's/.*data-probe-zoomed="\([0-9]*\)".*/\1/p')
[ "${zoomed:-0}" -ge 10 ] || fail "full: only ${zoomed:-0} zoomed plots"

open_page full 390 --disable-gpu --disable-3d-apis  # a phone, and no WebGL
common full
expect full data-probe-viewer no-webgl
expect full data-probe-scenes "no-webgl no-webgl"

for name in small empty; do
  open_page "$name" 1360 --disable-gpu
  common "$name"
  expect "$name" data-probe-viewer none
done
[ $failed = 0 ] && echo "four pages opened, nothing fetched, nothing on the console"
exit $failed
