"""`--set NAME=VALUE`: settings as texts of the command line."""

import contextlib
import json
import math

import click


def parse_settings(pairs):
    """`["beta=4", "hidden=64,32"]` as a dictionary, values as `parse_value` reads."""
    settings = {}
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"--set {pair[:60]}: expected NAME=VALUE.")
        if name in settings:
            raise click.BadParameter(f"--set {name} is given twice.")
        settings[name] = parse_value(pair, value)
    return settings


def parse_value(pair, text):
    """A value as JSON, `64,32` as a list, and anything else as a string."""
    for candidate in [text, f"[{text}]"] if "," in text else [text]:
        try:
            value = json.loads(candidate, parse_float=finite, parse_constant=finite)
        except json.JSONDecodeError:
            continue
        except (ArithmeticError, RecursionError) as error:
            raise click.BadParameter(f"--set {pair[:60]}: {error}.") from None
        return value
    with contextlib.suppress(ValueError):
        if not math.isfinite(float(text)):
            raise click.BadParameter(f"--set {pair}: expected a finite number.")
    return text  # A plain word is a string.


def finite(text):
    """Parses a JSON number; raises an ArithmeticError for NaN and infinity."""
    number = float(text)
    if not math.isfinite(number):
        raise ArithmeticError(f"{text} is not a finite number")
    return number


class FiniteRange(click.FloatRange):
    """A range of numbers that does not accept NaN."""

    def convert(self, value, param, ctx):
        """The number."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


def parse_labels(text, num_rows):
    """`"3,7"` as a list of `num_rows` ints, `[3, 7, 3, ...]`; `None` if it is.

    Raises:
        BadParameter: for other text, or more labels than rows.
    """
    if text is None:
        return None
    try:
        labels = [int(label) for label in text.split(",")]
    except ValueError:
        raise click.BadParameter(
            f"--labels {text}: expected ints, like 3,3,7."
        ) from None
    if len(labels) > num_rows:
        raise click.BadParameter(
            f"--labels {text}: these are {len(labels)} labels for {num_rows} samples. "
            f"Pass -n {len(labels)}, or fewer labels."
        )
    return [labels[i % len(labels)] for i in range(num_rows)]
