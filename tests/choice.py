"""Which of many cases that are alike run by default."""

import pytest


def parametrize(names, cases, by_default, **options):
    """`pytest.mark.parametrize`, with the cases after the first few marked slow.

    Args:
        names: Names of arguments, with commas between.
        cases: A value for each name, as a tuple if there are several names.
        by_default: Number of cases that run without `-m slow`.
        **options: Arguments of `pytest.mark.parametrize`.
    """
    return pytest.mark.parametrize(
        names, some(cases, by_default, several="," in names), **options
    )


def some(cases, by_default, several=False):
    """Cases for a fixture's `params`, see `parametrize`."""
    return [
        pytest.param(
            *(case if several else (case,)),
            marks=[pytest.mark.slow] if index >= by_default else [],
        )
        for index, case in enumerate(cases)
    ]
