"""MusicVAE on Bach's chorales: melodies between two others, and melodies of more notes.

A sequence is four bars of a soprano, a token for each eighth. No tune is both in
training and held out. The conductor's decoder reconstructs twice as many notes as a
flat one, which hardly uses its latent. By likelihood an LSTM and a Transformer, which
have no latent, are better than both. Melodies on the way from one to another are as
likely as the ends, those with exchanged tokens are not. Along the direction of the
density of notes a melody gains notes. The figures stand in docs/methods/music.md.
"""

import keras
import numpy as np

import kgen
from examples import shared
from kgen.data import melodies

MODELS = {
    "conductor": ("music-vae", {"num_segments": 4}),
    "flat decoder": ("music-vae", {"num_segments": 1}),
    "LSTM": ("lstm", {"width": 128, "dropout": 0.3}),
    "Transformer": ("transformer", {"width": 64, "dropout": 0.2}),
}
PAIRS, STEPS, STRENGTHS = 100, 9, (-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5)

args = shared.parse(__doc__, epochs=8, data=None)
train, test = kgen.data.load("chorales", batch_size=64)
x, x_test = shared.arrays(train)[0], shared.arrays(test)[0]
num_notes, steps = melodies.num_notes(x_test).mean(), x_test.shape[1]

counts = 1 + np.bincount(x.ravel(), minlength=train.num_codes)
unigram = -np.log(counts / counts.sum())[x_test].sum(1).mean()
begins = x_test >= melodies.FIRST
commonest = melodies.FIRST + counts[melodies.FIRST :].argmax()
print(f"Held-out melodies: {len(x_test)}, with {num_notes:.1f} notes in {steps} tokens")
print(
    f"{'chance':12}: {unigram / steps:.3f} nats per token, {unigram / num_notes:.2f} "
    f"per note; the most frequent token is {np.mean(x_test == counts.argmax()):.1%} of "
    f"all, the most frequent note {np.mean(x_test[begins] == commonest):.1%} of notes"
)
models = {}
for name, (recipe, settings) in MODELS.items():
    keras.utils.set_random_seed(0)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, args.epochs * len(train))
    settings = {**settings, "num_codes": train.num_codes, "learning_rate": rate}
    model = models[name] = kgen.build(recipe, (steps,), seed=0, **settings)
    model.fit(train, epochs=args.epochs, verbose=0)
    if recipe == "music-vae":
        elbo = np.mean(model.elbo(x_test, seed=0))
        nats = np.mean(model.iwae_bound(x_test, num_samples=50, seed=0))
        again = np.asarray(model.reconstruct(x_test))
        more = (
            f", ELBO {elbo / steps:.3f} per token, KL "
            f"{np.mean(model.elbo_parts(x_test, seed=0)['kl']):.1f} nats; reconstructs "
            f"{np.mean(again == x_test):.1%} of tokens, "
            f"{np.mean(again[begins] == x_test[begins]):.1%} of notes"
        )
    else:
        nats, more = np.mean(model.log_prob(x_test)), ""
    print(
        f"{name:12}: {-nats / steps:.3f} nats per token, {-nats / num_notes:.2f} per "
        f"note{more}",
        flush=True,
    )

# From one melody to another: in the latent space, and by exchanging token for token.
vae, judge = models["conductor"], models["LSTM"]
rng = np.random.default_rng(0)
start, end = x_test[rng.choice(len(x_test), (2, PAIRS), replace=False)]
between = kgen.latent.interpolate(vae, start, end, STEPS, mode="slerp")
share = np.linspace(0, 1, STEPS)[:, None]
ends = between[:, :1], between[:, -1:]
exchanged = np.where(rng.random(between.shape) < share, *ends[::-1])
print(
    "Step by step: edits from the start, edits to the end, nats per token by the LSTM"
)
for name, path in (("latent", between), ("exchanged", exchanged)):
    flat = path.reshape(-1, steps)
    first, last = (np.repeat(e[:, 0], STEPS, axis=0) for e in ends)
    edits = [
        kgen.metrics.edit_distance(flat, e).reshape(PAIRS, -1) for e in (first, last)
    ]
    nats = -np.asarray(judge.log_prob(flat)).reshape(PAIRS, -1) / steps
    for title, values in zip(("start", "end", "nats"), (*edits, nats), strict=True):
        row = " ".join(f"{value:5.2f}" for value in values.mean(0))
        print(f"  {name:9} {title:5} {row}")
    falls = np.diff(edits[0], axis=1) < 0
    print(f"  {name:9} steps that lead back to the start: {falls.mean():.1%}")

# The density of notes is a direction.
order = np.argsort(melodies.num_notes(x), kind="stable")
few, many = (np.asarray(vae.encode(x[rows])) for rows in (order[:1000], order[-1000:]))
vector = kgen.latent.attribute_vector(many, few)
changed = kgen.latent.apply_attribute(vae, x_test, vector, STRENGTHS)
print("Notes in a held-out melody with the attribute added:")
for strength, found in zip(STRENGTHS, changed.swapaxes(0, 1), strict=True):
    print(f"  {strength:+.1f}: {melodies.num_notes(found).mean():.1f}")

rolls = melodies.piano_rolls(between[:4])
path = kgen.plots.save_samples(rolls, args.output / "chorales.png")
print(f"Wrote {path}")
print(f"MIDI: {kgen.data.write_midi(between[0], args.output / 'chorales.mid')}")
