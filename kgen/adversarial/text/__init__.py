"""Translation of text without pairs of sentences."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.adversarial.text.sentences import word_by_word
from kgen.adversarial.text.translation import MachineTranslation

__all__ = ["MachineTranslation", "word_by_word"]
