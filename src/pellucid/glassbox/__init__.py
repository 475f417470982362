"""The glass box: every number of one row or one batch, their independent check, and their pictures."""
