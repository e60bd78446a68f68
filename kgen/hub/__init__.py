"""Published models: loaded by name, described by a card, pushed to a place.

A place is a folder, local or on a web server, or a repository of Hugging Face. It has
the files of a run and `kgen.json`, the manifest with their SHA-256.
"""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.hub.card import card
from kgen.hub.fetching import fetch, load, names
from kgen.hub.publishing import push

__all__ = ["card", "fetch", "load", "names", "push"]
