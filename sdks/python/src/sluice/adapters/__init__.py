"""The real world."""
