"""All families in one short table: kgen beside the fastest peer and the bare loop."""

import sys
from statistics import median

from benchmarks.harness.calls import Calls
from benchmarks.harness.interleave import (
    at,
    build,
    interleave,
    ratios,
    spread,
    whole,
)

QUICK_ROUNDS = 2
HEADER = ("family", "work", "kgen", "ms", "fastest peer", "/ peer", "/ bare loop")


def report(comparisons, options):
    """Prints the table; a row for each variant of kgen.

    Args:
        comparisons: Dictionary from a name to its `Comparison`.
        options: Options of the command line; with `quick` there are fewer rounds and
            shorter ones.
    """
    rounds = min(QUICK_ROUNDS, options.rounds) if options.quick else options.rounds
    print(
        f"\n## Every family\n\n{rounds} rounds, {options.threads} threads. Median "
        "(min–max); ratios are taken inside a round, below 1 is faster.\n"
    )
    print_row(HEADER)
    print_row("---" for _ in HEADER)
    for name, comparison in comparisons.items():
        print(f"{name} ...", file=sys.stderr, flush=True)
        with comparison.workers(options) as workers:
            for work, unit, variants, count in _tables(comparison, options):
                found = at(workers, variants)
                build(found)
                seconds = whole(interleave(found, rounds, count))
                of_one = {key: [s / count for s in v] for key, v in seconds.items()}
                for row in _rows((name, f"{work} ({unit})"), variants, of_one):
                    print_row(row)


def print_row(cells):
    """Prints a row of a Markdown table at once: a family may take minutes."""
    print("| " + " | ".join(cells) + " |", flush=True)


def _tables(comparison, options):
    """What is timed of a family: its step, and its calls but the slow ones."""
    steps = options.steps or comparison.steps // (2 if options.quick else 1)
    yield "training", "step", _own(comparison), max(1, steps)
    for calls in comparison.calls:
        if isinstance(calls, Calls) and not (options.quick and calls.most_rounds):
            yield calls.title, calls.unit, _own(calls), calls.count


def _own(table):
    """The variants with the same network that take no minutes."""
    left_out = (*table.others, *getattr(table, "slow", ()))
    return {k: v for k, v in table.variants.items() if k not in left_out}


def _rows(names, variants, seconds):
    sides = {title: side for title, (side, _) in variants.items()}
    peers = [title for title in variants if sides[title] == "torch"]
    peer = min(peers, key=lambda title: median(seconds[title]), default=None)
    bare = next((title for title in variants if title.startswith("bare")), None)
    rows = []
    for title, values in seconds.items():
        if title == bare or sides[title] == "torch":
            continue
        against = [
            spread(ratios(values, seconds[other]), 2) if other else ""
            for other in (peer, bare)
        ]
        times = spread([1000 * value for value in values], 2)
        rows.append((*names, title, times, peer or "", *against))
    return rows
