"""The processes that make the load and receive it, and what they count."""
