#!/usr/bin/env bash
# Brings the catalogs of people's words up to date: extracts the texts from the sources, merges them into
# each language's .po and compiles the .mo. Translate what it leaves empty, then run it again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment "$root/.venv-tests" "[dev]"
cd "$root"

locale=chatsimples/locale
template=$(mktemp)
trap 'rm -f "$template"' EXIT
babel() { "$python" -m babel.messages.frontend --quiet "$@"; }

babel extract --no-default-keywords --keyword N_ --keyword _ --keyword _translate --sort-output \
    --no-location --no-wrap --project ChatSimples --output-file "$template" chatsimples
for catalog in "$locale"/*/LC_MESSAGES/chatsimples.po; do
    folder=${catalog%/LC_MESSAGES/*}
    babel update --domain chatsimples --locale "${folder##*/}" --input-file "$template" --output-dir "$locale" \
        --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
done
babel compile --domain chatsimples --directory "$locale" --statistics
# The browser's page has its own copy of what it shows.
"$python" scripts/make_page_words.py
