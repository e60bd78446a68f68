"""The check that an argument is a model and has certain verbs."""

from kgen.core.model import GenerativeModel


def check_model(name, model, *verbs, key="model", advice=""):
    """`model`, if it is a `GenerativeModel` that has these verbs.

    Args:
        name: Name of the function that takes it, for the error.
        model: The user's argument.
        *verbs: Names of methods, such as `"decode"`.
        key: Name of the argument.
        advice: Advice for a model without one of the verbs.
    """
    missing = next((verb for verb in verbs if not hasattr(model, verb)), None)
    is_model = isinstance(model, GenerativeModel)
    if is_model and missing is None:
        return model
    found = "None" if model is None else f"a {type(model).__name__}"
    if isinstance(model, type):
        found = f"the class {model.__name__}"
    lacks, advice = (f", which has no `{missing}`", advice) if is_model else ("", "")
    wanted = f" with {' and '.join(f'`{verb}`' for verb in verbs)}" if verbs else ""
    raise ValueError(
        f"`{name}` was given {found} as {key}{lacks}, but expects a model of kgen"
        f"{wanted}, such as a kgen.VAE.{advice and ' '}{advice}"
    )
