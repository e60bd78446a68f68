"""What is passed as a model is one, and has the verbs that are needed."""

from kgen.core.model import GenerativeModel


def check_model(name, model, *verbs, key="model", advice=""):
    """`model`, if it is a `GenerativeModel` that has these verbs.

    Args:
        name: Of the function that was given it, for the error.
        model: What a user passed.
        *verbs: Names of methods, such as `"decode"`.
        key: What it was passed as.
        advice: What to do about a model without one of them.
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
