"""The base of every family: configuration, verbs, noise and the training loop."""

# This import comes first: it registers kgen's models, see `kgen._lazy`.
import keras  # noqa: F401
