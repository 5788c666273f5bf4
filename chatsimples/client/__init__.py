"""The client: `chatsimples.client.program` runs it; `chatsimples.client.protocol.core` is public."""
