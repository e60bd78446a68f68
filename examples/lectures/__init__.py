"""The lectures' own code, line by line."""
