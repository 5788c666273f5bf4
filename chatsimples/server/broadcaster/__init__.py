"""The broadcaster process: takes a batch, decides, appends, fans out."""
