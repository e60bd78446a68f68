"""Times of calls of a model, such as draws, and the memory of their caches."""

import dataclasses

from benchmarks.harness.interleave import at, build, interleave, print_times, whole


@dataclasses.dataclass(frozen=True)
class Calls:
    """A table of call times of a family's models.

    Args:
        title: Heading of the table.
        work: Description of the timed call.
        variants: Rows of the table, from a title to a process and the name of a
            variant there.
        references: Ratios, from the head of a column to the title of the variant in
            the denominator.
        count: Length of a run: the number of calls, or of examples in one call.
        unit: Name of the counted thing; milliseconds are for one of them.
        others: Titles of the variants that have a network of their own.
        most_rounds: Largest number of rounds, for slow calls; `None` for no limit.
        slow: Titles of variants that the table of all families leaves out.
        kept: Whether a column gives the memory kept between places of an image.
    """

    title: str
    work: str
    variants: dict
    references: dict
    count: int = 20
    unit: str = "call"
    others: tuple[str, ...] = ()
    most_rounds: int | None = None
    slow: tuple[str, ...] = ()
    kept: bool = False

    def report(self, workers, options):
        """Prints the table.

        Args:
            workers: Dictionary from the name of a process to its `Worker`.
            options: Options of the command line.
        """
        variants = at(workers, self.variants)
        parameters = build(variants, self.others)
        rounds = min(options.rounds, self.most_rounds or options.rounds)
        text = (
            f"\n## {self.title}\n\n{self.work} {counted(rounds, 'round')} of "
            f"{counted(self.count, self.unit)}, {options.threads} threads. "
            f"{parameters}\nMilliseconds of one {self.unit}, median "
            "(min–max); ratios are taken inside a round, below 1 is faster."
        )
        if self.kept:
            text += (
                " The last column is the memory kept between places, for all "
                f"{self.unit}s, in millions of bytes."
            )
        print(text + "\n")
        seconds = whole(interleave(variants, rounds, self.count))
        more = {"MB": kept(variants)} if self.kept else None
        print_times(seconds, self.count, self.references, 1, more)


def counted(number, noun):
    """`1 round`, `2 rounds`."""
    return f"{number} {noun}" + "s" * (number != 1)


def kept(variants):
    """Millions of bytes that each variant keeps while it draws, as text."""
    return {
        name: f"{worker.call('kept', variant=variant) / 1e6:.1f}"
        for name, (worker, variant) in variants.items()
    }
