#!/usr/bin/env bash
# Each header opens with what it is; no file of the library ends the process or is unbounded in length.
set -euo pipefail
bad=0
for header in $(git ls-files 'src/*.hpp' 2>/dev/null || find src -name '*.hpp'); do
  head -1 "$header" | grep -q '^// ' || { echo "$header: does not open with a line that says what it is"; bad=1; }
  grep -q '^#pragma once' "$header" || { echo "$header: lacks #pragma once"; bad=1; }
done
# Only programs' main files may end the process; workers between fork and exec use _exit.
if grep -rnE '(^|[^_a-zA-Z])(std::)?exit\(' src --include='*.cpp' --include='*.hpp' | grep -vE '^src/(cli/main|engine/lammps/worker_main)\.cpp|app\.exit'; then
  echo "a library must not end the process: throw"
  bad=1
fi
for file in $(git ls-files 'src/*.cpp' 'src/*.hpp' 2>/dev/null || find src -name '*.[ch]pp'); do
  lines=$(wc -l < "$file")
  [ "$lines" -le 450 ] || { echo "$file: has $lines lines: find the seam"; bad=1; }
done
exit $bad
