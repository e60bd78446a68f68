"""Types of verbs for type checkers: the method, which also takes `batch_size`."""

from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, overload

P = ParamSpec("P")


class BoundVerb(Protocol[P]):
    """A verb of a model. Most verbs return an eager tensor."""

    method: Callable[..., Any]
    arguments: tuple[str, ...]

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any: ...

    @overload
    def __call__(self, *args: Any, batch_size: int, **kwargs: Any) -> Any: ...

    @overload
    def __call__(self, *args: Any, context: Any, **kwargs: Any) -> Any: ...


class Verb(Protocol[P]):
    """A verb as an attribute of its class."""

    def __get__(self, model: Any, owner: Any = None) -> BoundVerb[P]: ...
