"""A learned prior of a row's codes: the second stage of a VQ-VAE."""

import dataclasses
import json
import time

RECORD = "prior.json"


@dataclasses.dataclass(frozen=True)
class Prior:
    """How the second stage is trained.

    Args:
        recipe: Name of the recipe.
        epochs: Number of epochs.
        settings: Settings of `kgen.build`.
        batch_size: Codes of a batch.
    """

    recipe: str
    epochs: int
    settings: dict = dataclasses.field(default_factory=dict)
    batch_size: int = 100


def with_prior(first, prior, train, folder, epochs=None):
    """A trained `TwoStage`; after a kill it goes on.

    Args:
        first: The trained model of the row.
        prior: `Prior`.
        train: Data set, whose codes the prior learns.
        folder: `pathlib.Path` of the run; samples and both stages are saved there.
        epochs: Number of epochs; by default the prior's.

    Returns:
        `(model, record)`: the record has the `seconds` of training and whether it was
        `resumed`; then they are those of the last part.

    Raises:
        SystemExit: if the folder has a prior of another kind.
    """
    import keras

    import kgen
    from kgen import plots
    from kgen.runs.folders import read_json, write_json

    epochs, saved = epochs or prior.epochs, folder / "two_stages.keras"
    wanted = {**dataclasses.asdict(prior), "epochs": epochs}
    if (folder / RECORD).exists():
        record = read_json(folder / RECORD)
        if record["prior"] != json.loads(json.dumps(wanted)):
            raise SystemExit(
                f"{folder} has a prior of other settings than this row. Remove it, or "
                "name another folder with --run-dir."
            )
        return keras.saving.load_model(saved), record
    resumed = (folder / "prior").exists()
    kgen.seed_everything(0, deterministic=False)
    made = kgen.build(
        prior.recipe,
        first.latent_shape,
        num_codes=first.num_latent_codes,
        seed=0,
        **prior.settings,
    )
    model = kgen.TwoStage(first, made, seed=0)
    start = time.perf_counter()
    model.fit(
        train.unbatch().batch(prior.batch_size),
        epochs=epochs,
        callbacks=[kgen.callbacks.Checkpoint(folder / "prior")],
        verbose=2,
    )
    seconds = time.perf_counter() - start
    model.save(saved)
    plots.save_samples(model.sample(64, seed=0), folder / "two_stages.png", columns=8)
    record = {"prior": wanted, "seconds": seconds, "resumed": resumed}
    write_json(folder / RECORD, record)
    return model, record
