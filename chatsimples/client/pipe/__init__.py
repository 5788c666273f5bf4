"""The client in a pipe: lines of the input become commands, events become lines of the output."""
