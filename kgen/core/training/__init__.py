"""Data on its way into `fit`, and the counts of training."""
