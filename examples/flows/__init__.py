"""Flows: invertible functions between data and noise, and exact densities."""
