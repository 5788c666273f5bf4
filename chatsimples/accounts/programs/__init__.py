"""What ``chatsimples account``, ``token`` and ``address`` do, whether a server runs or not."""
