#!/usr/bin/env bash
# Runs irctest, the public test suite of IRC servers, against this server, and compares what passed with what has
# passed before (tests/irc/irctest/passed.txt): run_irctest.sh CHECKOUT [--freeze] [PYTEST ARGUMENTS].
# CHECKOUT is a folder with irctest (https://github.com/progval/irctest); --freeze writes the list anew.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
[ -d "${1:-}/irctest/server_tests" ] || { echo "usage: run_irctest.sh CHECKOUT [--freeze] [PYTEST ARGUMENTS]" >&2; exit 2; }
checkout=$(cd "$1" && pwd)
shift
freeze=()
if [ "${1:-}" = --freeze ]; then
    freeze=(--freeze)
    shift
fi
make_environment "$root/.venv-tests" "[dev]"
ours=$python
suite="$root/.venv-irctest"
if [ ! -x "$suite/bin/python" ]; then
    "$(find_python)" -m venv "$suite"
    "$suite/bin/pip" install --quiet --disable-pip-version-check -r "$checkout/requirements.txt" pytest-timeout pytest-xdist
fi
report=$(mktemp)
trap 'rm -f "$report"' EXIT
[ $# -gt 0 ] || set -- irctest/server_tests
cd "$checkout"
status=0
CHATSIMPLES_PYTHON="$ours" PYTHONPATH="$root/tests/irc/irctest" "$suite/bin/python" -m pytest \
    -p no:cacheprovider --controller chatsimples_controller --timeout 120 --junit-xml "$report" -q -rfE \
    -m 'not implementation-specific and not deprecated and not strict and not services' "$@" || status=$?
"$ours" "$root/tests/irc/irctest/outcome.py" "$report" ${freeze[@]+"${freeze[@]}"} || status=$?
exit "$status"
