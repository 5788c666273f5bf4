#!/usr/bin/env bash
# Runs every check: lint, types, and the tests on each Python from 3.11 on that is there. Arguments go to tox.
# With --long before them the tests go to their full depth: each random test goes on for a minute (or for as many
# seconds as CHATSIMPLES_TEST_LONG says), property tests try twenty times as many examples (or as many as
# CHATSIMPLES_TEST_EXAMPLES says), and what is exhaustive is tried everywhere.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
if [ "${1:-}" = --long ]; then
    shift
    export CHATSIMPLES_TEST_LONG="${CHATSIMPLES_TEST_LONG:-60}"
    export CHATSIMPLES_TEST_EXAMPLES="${CHATSIMPLES_TEST_EXAMPLES:-1000}"
    export PYTEST_TIMEOUT="${PYTEST_TIMEOUT:-0}"
fi
make_environment "$root/.venv-tests" "[dev]"
cd "$root"
exec "$python" -m tox run "$@"
