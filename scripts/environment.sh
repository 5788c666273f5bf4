# Sourced by the other scripts: makes .venv with the project installed, if it is missing or out of date.
# Gives $python. Sets nothing else and changes nothing outside the project's folder.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "ChatSimples needs Python 3.11 or newer; set PYTHON to one" >&2
    return 1
}

# make_environment FOLDER EXTRA: FOLDER is the environment's, EXTRA what is installed beside the program.
make_environment() {
    local folder=$1 extra=$2 base stamp
    stamp="$folder/installed-for"
    python="$folder/bin/python"
    if [ -x "$python" ] && cmp -s "$stamp" "$root/pyproject.toml"; then
        return
    fi
    base=$(find_python) || exit 1
    echo "preparing ${folder#"$root"/} (once) ..." >&2
    rm -rf "$folder"
    "$base" -m venv "$folder" >&2 || exit 1
    "$python" -m pip install --quiet --disable-pip-version-check --editable "$root$extra" >&2 || exit 1
    cp "$root/pyproject.toml" "$stamp"
}
