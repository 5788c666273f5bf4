#!/usr/bin/env bash
# Runs the server; takes the options of `chatsimples server` (see --help).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment "$root/.venv" ""
exec "$python" -m chatsimples server "$@"
