"""The children as the supervisor starts them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.waiting import DEADLINE

from chatsimples.config.server import ServerSettings
from chatsimples.net.doors import listen
from chatsimples.server.channels import Channels, Failed, Ready, receive_news, spawn_context
from chatsimples.server.children import be_acceptor, be_broadcaster
from chatsimples.server.hashing.channel import channel
from chatsimples.server.tasks import AcceptorTask, BroadcasterTask


def test_each_begins_where_it_is_to_and_says_that_it_is_ready(tmp_path: Path) -> None:
    context = spawn_context()
    channels = Channels(context)
    settings = ServerSettings(logs=str(tmp_path), port=0)
    doors = listen("127.0.0.1", 0)
    asking, asked = channel()
    broadcaster = context.Process(
        target=be_broadcaster,
        args=(
            BroadcasterTask(
                settings,
                channels.commands,
                channels.hand_over.taking,
                channels.broadcaster_end,
                channels.broadcaster_heart,
                verify_all=True,
            ),
        ),
    )
    acceptor = context.Process(
        target=be_acceptor,
        args=(
            AcceptorTask(
                settings,
                doors,
                channels.commands,
                channels.hand_over.giving,
                channels.acceptor_end,
                channels.acceptor_heart,
                asking,
                asking,
            ),
        ),
    )
    try:
        broadcaster.start()
        acceptor.start()
        channels.children_have_theirs()
        news = receive_news(channels.broadcaster)
        assert isinstance(news, Ready), news.text if isinstance(news, Failed) else news
        assert isinstance(receive_news(channels.acceptor), Ready)
    finally:
        channels.close()
        for child in (broadcaster, acceptor):
            child.join(DEADLINE)
            child.kill()
            child.join()
        for sock in (*(door.sock for door in doors), asking, asked):
            sock.close()


def test_who_starts_them_is_not_made_of_what_they_are_made_of() -> None:
    program = "; ".join(
        [
            "import sys",
            "import chatsimples.server.supervisor",
            # What the operator types is read where it is typed; rules, dialects and files are the children's.
            "parts = ('chat.rules', 'chat.state', 'dialects', 'transcript', 'accounts', 'worker')",
            "print(*[name for name in sys.modules if name.startswith('chatsimples.') and "
            "any(part in name for part in parts)])",
        ]
    )
    imported = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8", timeout=DEADLINE, check=True
    ).stdout
    assert [] == imported.split()
