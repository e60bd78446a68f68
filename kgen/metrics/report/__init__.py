"""Reports: one page with figures and pictures, and the figures as JSON beside it."""
