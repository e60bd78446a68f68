"""Autoencoders: a code of an image, and an image of a code."""
