#!/usr/bin/env bash
# Runs the load test; takes the options of `chatsimples load-test` (see --help).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment "$root/.venv-loadtest" "[loadtest]"
exec "$python" -m chatsimples load-test "$@"
