#!/usr/bin/env bash
# Runs the terminal client; takes the options of `chatsimples client` (see --help).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment "$root/.venv" ""
exec "$python" -m chatsimples client "$@"
