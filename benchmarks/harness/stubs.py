"""Stand-ins for missing modules that a peer imports but no timed line uses."""

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType


class Stub(ModuleType):
    """A module in which every name exists.

    Args:
        name: Full name of the module.
    """

    def __init__(self, name):
        super().__init__(name)
        # Libraries read this to check for the module.
        self.__spec__ = ModuleSpec(name, None)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Stub(f"{self.__name__}.{name}")


def stub(*names):
    """Puts stubs in place of modules that are not installed.

    Args:
        *names: Full names, a package before its modules.
    """
    missing = [name for name in names if not find_spec(name.partition(".")[0])]
    sys.modules.update((name, Stub(name)) for name in missing)
