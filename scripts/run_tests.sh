#!/usr/bin/env bash
# Runs every check: lint, types, and the tests on each Python from 3.11 on that is there. Arguments go to tox.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment "$root/.venv-tests" "[dev]"
cd "$root"
exec "$python" -m tox run "$@"
