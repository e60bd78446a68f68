"""Checkpoints: what training depends on, written, compared and restored."""
