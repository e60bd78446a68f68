"""Energies: low for data, high for all else."""
