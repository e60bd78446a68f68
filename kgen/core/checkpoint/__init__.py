"""Checkpoints: the state of training, written, compared and restored."""
