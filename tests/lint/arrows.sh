#!/usr/bin/env bash
# Dependencies between the rooms of src/ run one way, down this list; an include that runs back fails.
set -euo pipefail
levels="base:0 core:1 numeric:2 io:3 neighbor:3 analysis:4 potential:4 structure:5 dynamics:5 engine:5 build:5 coupling:6 rmc:6 learn:6 screen:6 workflow:7 report:8 cli:9"
declare -A level
for pair in $levels; do level[${pair%%:*}]=${pair##*:}; done
bad=0
for folder in src/*/; do
  room=$(basename "$folder")
  [ -n "${level[$room]:-}" ] || { echo "src/$room is not in the plan of the rooms: add it to ARCHITECTURE.md and tests/lint/arrows.sh"; bad=1; continue; }
done
while IFS=: read -r file line text; do
  room=$(echo "$file" | cut -d/ -f2)
  target=$(echo "$text" | sed -E 's/.*#include "([a-z_]+)\/.*/\1/')
  [ -n "${level[$target]:-}" ] || { echo "$file:$line: includes from \"$target\", which is no room"; bad=1; continue; }
  [ "$room" = "$target" ] && continue
  if [ "${level[$target]}" -ge "${level[$room]}" ]; then
    echo "$file:$line: $room must not include from $target"
    bad=1
  fi
done < <(grep -rnE '^#include "[a-z_]+/' src --include='*.hpp' --include='*.cpp')
exit $bad
