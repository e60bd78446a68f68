"""Modules that a peer imports but that no timed line uses, where they are missing."""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


class Stub(ModuleType):
    """A module that has whatever is imported from it.

    Args:
        name: Its full name.
    """

    def __init__(self, name):
        super().__init__(name)
        # Libraries that look for the module ask for this.
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(f"{self.__name__}.{name}")


def stub(*names):
    """Puts stubs in the place of those modules that are not installed.

    Args:
        *names: Full names, a package before what is in it.
    """
    missing = [name for name in names if not find_spec(name.partition(".")[0])]
    sys.modules.update((name, Stub(name)) for name in missing)
