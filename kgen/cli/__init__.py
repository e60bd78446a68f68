"""The command line: each command has its own file in this folder.

Nothing here imports TensorFlow before a command runs: `kgen --help` is instant.
"""

from kgen.cli.group import main as main
from kgen.tables import import_modules

import_modules(__name__)  # A command in a file of its own is found.
