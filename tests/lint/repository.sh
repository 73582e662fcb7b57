#!/usr/bin/env bash
# The repository holds no machine's paths, no registry's host, no data sets, no leftovers.
set -euo pipefail
bad=0
files=$(git ls-files 2>/dev/null || true)
[ -n "$files" ] || { echo "not a git checkout: nothing to check"; exit 0; }
if git grep -nIE '/home/[a-z]+/|/tmp/wt|registry\.npmjs|"resolved":' -- . ':!tests/lint/repository.sh'; then
  echo "paths of a machine or hosts of a registry"
  bad=1
fi
if git grep -nIE '\b(FIXME|XXX|HACK)\b' -- src tests bench ':!tests/lint'; then
  echo "unfinished work in the sources"
  bad=1
fi
for name in README.md ARCHITECTURE.md CHANGELOG.md LICENSE Makefile .ci/run; do
  [ -e "$name" ] || { echo "$name is missing"; bad=1; }
done
big=$(git ls-files -z | xargs -0 -r du -k 2>/dev/null | awk '$1 > 2048')
[ -z "$big" ] || { echo "large files in the repository: $big"; bad=1; }
exit $bad
