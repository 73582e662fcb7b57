#!/usr/bin/env bash
# The sources are laid out as .clang-format says (mend with `make format`).
set -euo pipefail
command -v clang-format >/dev/null || { echo "clang-format is not installed: run make test, which installs it"; exit 1; }
git ls-files 'src/*.[ch]pp' 'tests/*.[ch]pp' 'bench/*.[ch]pp' | xargs clang-format --dry-run -Werror
