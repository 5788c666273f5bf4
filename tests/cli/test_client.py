"""``client`` reads its user's own file of settings; the other commands do not."""

from __future__ import annotations

import sys
from pathlib import Path

from cli.command_lines import one_line, run


def test_the_client_reads_its_users_own_file_and_the_server_does_not(tmp_path: Path) -> None:
    file = tmp_path / "chatsimples" / "chatsimples.toml"
    file.parent.mkdir()
    file.write_text("[client]\nbeverage = 'tea'\n[server]\nbeverage = 'tea'\nport = 'tea'\n")
    # Where the environment names the folder, also macOS looks there, with a platformdirs that does.
    home = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    if sys.platform == "darwin":
        elsewhere = tmp_path / "Library" / "Application Support" / "chatsimples" / file.name
        elsewhere.parent.mkdir(parents=True)
        elsewhere.write_bytes(file.read_bytes())
    told = run("client", **home)
    assert (2, "") == (told.returncode, told.stdout)
    assert "chatsimples.toml, [client]: there is no setting 'beverage'" in one_line(told.stderr)
    # A wrong option is all that is wrong for the server.
    told = run("server", "--workers", "0", **home)
    assert 2 == told.returncode
    assert "'--workers'" in told.stderr
    assert "beverage" not in told.stderr
