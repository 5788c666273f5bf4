"""A bot of pydle's: it enters a channel and says again, in capitals, what it is asked to."""

from __future__ import annotations

import sys

import pydle


class EchoBot(pydle.Client):  # type: ignore[misc] # pydle ships no types
    """Answers ``!grita TEXT`` in its channel, and nobody else."""

    CHANNEL = "#robôs"

    async def on_connect(self) -> None:
        """Enter the channel."""
        await super().on_connect()
        await self.join(self.CHANNEL)

    async def on_message(self, target: str, source: str, message: str) -> None:
        """Answer."""
        await super().on_message(target, source, message)
        word, _, text = message.partition(" ")
        if "!grita" == word and source != self.nickname:
            await self.message(target, f"{source}: {text.upper()}")


if __name__ == "__main__":
    bot = EchoBot("robô", realname="repete em maiúsculas")
    bot.run("127.0.0.1", int(sys.argv[1]), tls=False)
