"""The client: `chatsimples.client.program.run` is the program, `chatsimples.client.core.Core` its heart."""
