"""How long a draw from a model takes, and what samplers keep for it."""

import dataclasses

from benchmarks.interleave import at, build, interleave, print_times, whole


@dataclasses.dataclass(frozen=True)
class Sampling:
    """What is drawn from the models of a family, and in which ways.

    Args:
        work: What a draw is.
        variants: Rows of the table, from a title to a process and the name of a
            variant there, which draws as many images as it is told to run steps.
        references: Ratios, from the head of a column to the title of the variant that
            the others are divided by.
        num_images: Images that are drawn at once.
    """

    work: str
    variants: dict
    references: dict
    num_images: int = 16

    def report(self, workers, options):
        """Prints the table.

        Args:
            workers: Dictionary from the name of a process to its `Worker`.
            options: Options of the command line.
        """
        variants = at(workers, self.variants)
        build(variants)
        print(
            f"\n## Sampling\n\n{self.work} {self.num_images} images at once, "
            f"{options.rounds} rounds, {options.threads} threads.\nMilliseconds of an "
            "image, median (min–max); ratios are taken inside a round, below 1 is "
            "faster. The last column is what is kept between places, for all images, "
            "in millions of bytes.\n"
        )
        seconds = whole(interleave(variants, options.rounds, self.num_images))
        kept = {
            name: f"{worker.call('kept', variant=variant) / 1e6:.1f}"
            for name, (worker, variant) in variants.items()
        }
        print_times(seconds, self.num_images, self.references, 1, {"MB": kept})
