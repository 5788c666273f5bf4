#!/usr/bin/env bash
# Replays a transcript: replay_transcript.sh PATH plays it; replay_transcript.sh COMMAND … runs any command of
# `chatsimples replay` (see --help).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment "$root/.venv" ""
case "${1-}" in
    play | reenact | check | export | stats | serve | -h | --help) ;;
    *) set -- play "$@" ;;
esac
exec "$python" -m chatsimples replay "$@"
