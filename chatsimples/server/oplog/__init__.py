"""The operational log: what the server did, for whoever runs it; never what anybody said."""
