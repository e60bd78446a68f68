"""Autoregressive models: one pixel, or one year, after another."""
