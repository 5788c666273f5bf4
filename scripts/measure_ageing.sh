#!/usr/bin/env bash
# Lets a server's broadcaster live through years in minutes, and tells what age costs (see --help).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment "$root/.venv-tests" "[dev]"
exec "$python" "$root/tests/ageing/measure.py" "$@"
