"""kgen: generative deep learning on Keras 3 and TensorFlow.

`__init__.pyi` lists the public names. `import kgen` is cheap: each of them loads its
module when it is first used.
"""

import lazy_loader

from kgen import _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

_lazy.register_when_needed()
