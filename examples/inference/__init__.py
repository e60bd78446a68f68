"""Inference: approximate posteriors, bounds on the evidence, divergences."""
