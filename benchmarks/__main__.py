"""Command line: `python -m benchmarks FAMILY`."""

import argparse

from benchmarks import (
    autoencoder,
    densities,
    diffusion,
    evaluation,
    flows,
    overhead,
    pixelcnn,
    reproduce,
    vae,
    vqvae,
)
from benchmarks.adversarial import cyclegan, gan, stylegan, wgan_gp
from benchmarks.harness import summary
from benchmarks.harness.comparison import Comparison
from benchmarks.studies import (
    architectures,
    best_vae,
    bounds,
    cost,
    draws,
    epochs,
    failures,
    gallery,
    learning,
    likelihoods,
    modes,
    scaling,
    serving,
    small_data,
    start,
)

FAMILIES = {
    "architectures": architectures,
    "autoencoder": autoencoder.COMPARISON,
    "best_vae": best_vae,
    "bounds": bounds,
    "cost": cost,
    "cyclegan": cyclegan.COMPARISON,
    "densities": densities,
    "diffusion": diffusion.COMPARISON,
    "draws": draws,
    "epochs": epochs,
    "evaluation": evaluation,
    "failures": failures,
    "gallery": gallery,
    "gan": gan.COMPARISON,
    "learning": learning,
    "likelihoods": likelihoods,
    "modes": modes,
    "overhead": overhead,
    "pixelcnn": pixelcnn.COMPARISON,
    "reproduce": reproduce,
    "scaling": scaling,
    "serving": serving,
    "small_data": small_data,
    "start": start,
    "stylegan": stylegan.COMPARISON,
    "vae": vae.COMPARISON,
    "vqvae": vqvae.COMPARISON,
    "wgan_gp": wgan_gp.COMPARISON,
    **flows.COMPARISONS,
}


def main():
    """Runs one family and prints its tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("family", choices=["all", *sorted(FAMILIES)])
    parser.add_argument("rows", nargs="*", help="rows of reproduce or gallery")
    parser.add_argument(
        "--quick", action="store_true", help="few and short rounds of all families"
    )
    parser.add_argument(
        "--peers-python",
        help="Python with benchmarks/requirements.txt installed; by default "
        "$KGEN_PEERS_PYTHON, else a new environment in benchmarks/.venv",
    )
    parser.add_argument("--rounds", type=int, default=5, help="A B C ... A B C ...")
    parser.add_argument("--steps", type=int, help="steps in one timing")
    parser.add_argument("--threads", type=int, default=2, help="threads per process")
    parser.add_argument(
        "--seconds",
        type=float,
        default=45,
        help="training time of each model in the quality table; 0 leaves it out",
    )
    parser.add_argument("--only", help="rows of a table of figures, separated by ;")
    parser.add_argument(
        "--data",
        help="data set of small_data and learning, digits by default; of reproduce "
        "and gallery, mnist by default",
    )
    parser.add_argument(
        "--epochs", type=int, help="epochs of a row of reproduce or gallery"
    )
    parser.add_argument("--run-dir", help="folder of the runs of reproduce or gallery")
    parser.add_argument("--seeds", type=int, default=1, help="trainings of small_data")
    parser.add_argument(
        "--examples", type=int, default=10_000, help="rows of each set in evaluation"
    )
    options = parser.parse_args()
    given = options.rows or options.epochs is not None or options.run_dir
    if given and options.family not in ("reproduce", "gallery"):
        parser.error("names of rows, --epochs and --run-dir: reproduce and gallery")
    if options.family != "all":
        FAMILIES[options.family].report(options)
        return
    chosen = options.only.split(";") if options.only else FAMILIES
    found = {name: FAMILIES[name] for name in chosen}
    summary.report(
        {name: part for name, part in found.items() if isinstance(part, Comparison)},
        options,
    )


if __name__ == "__main__":
    main()
