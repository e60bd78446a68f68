"""Inference: bounds on the evidence, and the posteriors that they approximate."""
