#!/usr/bin/env bash
# Runs a server under mixed load while its processes, its clock and its clients fail, and prints what came of it;
# soak.sh --minutes 60 is an hour (see --help).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment "$root/.venv-tests" "[dev]"
exec "$python" "$root/tests/faults/soak.py" "$@"
