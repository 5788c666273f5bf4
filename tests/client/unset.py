"""What somebody sees and hears who has set nothing."""

from __future__ import annotations

from chatsimples.client.dialogue.preferences import Preferences
from chatsimples.client.rendering.renderer import Columns
from chatsimples.config.client import ClientSettings

_SETTINGS = ClientSettings()
PREFERENCES = Preferences(_SETTINGS.history, _SETTINGS.joins, _SETTINGS.bell)
COLUMNS = Columns(_SETTINGS.times, _SETTINGS.nick_width)
