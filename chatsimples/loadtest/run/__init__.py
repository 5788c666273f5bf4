"""One load test from its plan to its figures."""
