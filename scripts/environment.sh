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
# Who comes while another makes it (a second terminal, the first time) waits for that one.
make_environment() {
    local folder=$1 extra=$2 lock="$1.lock"
    python="$folder/bin/python"
    is_up_to_date "$folder" && return
    until mkdir "$lock" 2>/dev/null; do
        echo "another terminal is preparing ${folder#"$root"/}; waiting (if none is, remove $lock) ..." >&2
        sleep 3
    done
    trap 'rmdir "$lock" 2>/dev/null' EXIT
    is_up_to_date "$folder" || build_environment "$folder" "$extra"
    rmdir "$lock"
    trap - EXIT
}

is_up_to_date() {
    [ -x "$1/bin/python" ] && cmp -s "$1/installed-for" "$root/pyproject.toml"
}

build_environment() {
    local folder=$1 extra=$2 base
    base=$(find_python) || exit 1
    echo "preparing ${folder#"$root"/} (once) ..." >&2
    rm -rf "$folder"
    "$base" -m venv "$folder" >&2 || exit 1
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --editable "$root$extra" >&2 || exit 1
    cp "$root/pyproject.toml" "$folder/installed-for"
}
