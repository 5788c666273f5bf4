"""The servers under load: started, and ended for good."""
