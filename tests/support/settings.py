"""The settings of every program."""

from __future__ import annotations

import importlib
import pkgutil

from chatsimples import config
from chatsimples.config.base import Settings

EVERY_SETTINGS = [
    kind
    for found in pkgutil.iter_modules(config.__path__, f"{config.__name__}.")
    for kind in vars(importlib.import_module(found.name)).values()
    if isinstance(kind, type) and issubclass(kind, Settings) and kind.__module__ == found.name
    # What several of them are made from is no program's.
    if hasattr(kind, "section")
]
