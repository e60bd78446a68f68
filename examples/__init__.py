"""Short scripts: `python -m examples.WING.NAME`, in the root of the repository."""
