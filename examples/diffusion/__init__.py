"""Diffusion: noise that is taken away step by step."""
