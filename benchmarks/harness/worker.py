"""The worker's end of the line protocol: one JSON request, one JSON answer."""

import json
import os
import sys
import time
import traceback


class Side:
    """One process of a comparison: its variants are built once and run on request.

    Args:
        variants: Dictionary from a name to a function without arguments that returns
            the number of trainable parameters and a function `run(steps)`. `run` may
            return the seconds that it waited after the last step.
        models: Dictionary from a name to a function of a number of seconds, which
            trains a model for that time and returns a dictionary of figures.
        memory: Dictionary from a variant with a cache for drawing to a function without
            arguments that returns the bytes of the cache.
    """

    def __init__(self, variants, models=(), memory=()):
        self.variants = variants
        self.models = models
        self.memory = memory
        self.runs = {}

    def build(self, variant):
        """Makes a variant; returns its number of trainable parameters."""
        parameters, self.runs[variant] = self.variants[variant]()
        return int(parameters)

    def run(self, variant, steps):
        """Seconds of all steps, and seconds of waiting after them."""
        start = time.perf_counter()
        waited = self.runs[variant](steps)
        return time.perf_counter() - start, waited or 0.0

    def quality(self, model, seconds):
        """The figures of a model after `seconds` seconds of training."""
        return self.models[model](seconds)

    def kept(self, variant):
        """Bytes of a variant's cache for drawing."""
        return self.memory[variant]() if variant in self.memory else 0

    def peak(self):
        """Peak memory of the process in bytes."""
        import resource  # Not on Windows.

        unit = 1 if sys.platform == "darwin" else 1024
        return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    def serve(self):
        """Answers requests for these methods until standard input ends."""
        names = ("build", "run", "quality", "kept", "peak")
        serve(**{name: getattr(self, name) for name in names})


def serve(**commands):
    """Answers requests `{"command": name, ...}` until standard input ends.

    Args:
        **commands: Functions by name; they take the rest of the request as keywords
            and return a JSON value.
    """
    answers = os.fdopen(os.dup(1), "w")
    # Libraries may print anything, but only answers may reach the pipe.
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": commands[request.pop("command")](**request)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)
