"""What every family shares: configuration, verbs, noise and the training loop."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401
