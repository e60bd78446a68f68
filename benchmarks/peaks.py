"""The most memory that a process has had, after one call and after the next."""

import dataclasses

from benchmarks.interleave import print_table


@dataclasses.dataclass(frozen=True)
class Peaks:
    """Calls that a new process of each side makes, one after the other.

    Args:
        title: Heading of the table.
        work: What is called.
        calls: Rows of the table, from a title to the name of a variant in every
            process; each is run once.
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
        columns = [self.peaks(workers[side]) for side in self.sides.values()]
        print(
            f"\n## {self.title}\n\n{self.work} Millions of bytes that a process has "
            f"held at most up to there; {options.threads} threads.\n"
        )
        names = ("after the imports", *self.calls)
        rows = [
            (name, *(f"{peak / 1e6:.0f}" for peak in row))
            for name, *row in zip(names, *columns, strict=True)
        ]
        print_table(("after", *self.sides), rows)

    def peaks(self, like):
        """Bytes in a process like this one, before all calls and after each."""
        with like.afresh() as worker:
            found = [worker.call("peak")]
            for variant in self.calls.values():
                worker.call("build", variant=variant)
                worker.call("run", variant=variant, steps=1)
                found.append(worker.call("peak"))
        return found
