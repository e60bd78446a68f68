"""The peak memory of a process that makes one call."""

import dataclasses

from benchmarks.harness.interleave import print_table


@dataclasses.dataclass(frozen=True)
class Peaks:
    """A table of peak memories; each call has a new process, as a peak never falls.

    Args:
        title: Heading of the table.
        work: Description of the call.
        calls: Rows of the table, from a title to the name of a variant in every
            process.
        sides: Columns of the table, from a title to a process.
    """

    title: str
    work: str
    calls: dict
    sides: dict

    def report(self, workers, options):
        """Prints the table.

        Args:
            workers: Dictionary from the name of a process to its `Worker`.
            options: Options of the command line.
        """
        print(
            f"\n## {self.title}\n\n{self.work} Peak memory of a new process that makes "
            f"one call, in millions of bytes; {options.threads} threads.\n"
        )
        rows = [
            (name, *(peak(workers[side], variant) for side in self.sides.values()))
            for name, variant in self.calls.items()
        ]
        print_table(("one call", *self.sides), rows)


def peak(like, variant):
    """Peak memory of a new process that makes one call, millions of bytes, as text."""
    with like.afresh() as worker:
        worker.call("build", variant=variant)
        worker.call("run", variant=variant, steps=1)
        return f"{worker.call('peak') / 1e6:.0f}"
