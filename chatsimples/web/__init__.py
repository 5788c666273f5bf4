"""HTTP as the server understands it: what a request's head says, and which requests are taken. No I/O."""
