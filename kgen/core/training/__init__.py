"""Data on its way into `fit`, and what training keeps count of."""
