"""Errors of commands as one sentence, and `--debug`, which shows their trace."""

import contextlib
import functools

import click

INTERRUPTED = 128 + 2  # The exit status in a shell after Ctrl-C.


def debug_option(command):
    """Gives a command the option `--debug`."""
    return click.option(
        "--debug",
        is_flag=True,
        envvar="KGEN_DEBUG",
        expose_value=False,
        callback=lambda context, _, given: context.meta.update(
            {"debug": given or context.meta.get("debug", False)}
        ),
        help="Show the trace of an error, and what TensorFlow prints.",
    )(command)


def friendly(command):
    """Makes a command print an error as one sentence; with `--debug` it is raised."""

    @debug_option
    @functools.wraps(command)
    def run(*args, **kwargs):
        with sentences():
            return command(*args, **kwargs)

    return run


@contextlib.contextmanager
def sentences():
    """A context whose errors end the command with one sentence, see `friendly`."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit):
        raise
    except KeyboardInterrupt:
        click.echo("\nInterrupted.", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None
    except Exception as error:
        if click.get_current_context().meta.get("debug"):
            raise
        raise click.ClickException(sentence(error)) from error


def sentence(error):
    """An error as a sentence for people."""
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"{error.filename}: {error.strerror}."
    text = " ".join(str(error).split())
    known = (ValueError, OSError, FloatingPointError, ImportError)
    if isinstance(error, known) and text:
        return text
    reason = f"{type(error).__name__}: {text[:300]}".rstrip(" :.")
    if type(error).__module__.startswith("tensorflow."):
        return f"TensorFlow: {reason}."
    return (
        f"This was not expected, {reason}. Look at the arguments. --debug, or "
        "KGEN_DEBUG=1, shows the trace: please send it with a report of this defect."
    )
