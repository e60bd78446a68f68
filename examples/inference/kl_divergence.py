"""The Kullback-Leibler divergence: a sum over three values, and its two directions.

P is Binomial(2, 0.4), Q is uniform over 0, 1, 2. KL(P || Q) is 0.0853 nats and
KL(Q || P) is 0.0975: it is no distance, as it is not symmetric. Each is a sum over the
values. A single term may be negative, the sum may not.

Where there is no sum and no closed form, draws of the first distribution give the
divergence with a standard error. `mode_covering.py` in `flows/` shows what the two
directions mean for a fit.
"""

import numpy as np
from matplotlib.figure import Figure
from tensorflow_probability import distributions as tfd

from examples import shared
from kgen.inference import forward_kl, reverse_kl
from kgen.metrics import js_divergence

P, Q = np.array([9, 12, 4]) / 25, np.full(3, 1 / 3)

args = shared.parse(__doc__, epochs=20, data=None)
p, q = (tfd.Categorical(probs=probs) for probs in (P, Q))
counts = 100 * 2 ** np.arange(3 + args.epochs // 2)
for name, function in (("KL(P || Q)", forward_kl), ("KL(Q || P)", reverse_kl)):
    exact = function(p, q)
    drawn = function(p, q, method="samples", num_samples=int(counts[-1]), seed=0)
    print(
        f"{name} {float(exact.value):.7f} nats, by {counts[-1]:,} held-out draws "
        f"{float(drawn.value):.4f} with a standard error of "
        f"{float(drawn.standard_error):.4f}"
    )
print(f"JS(P, Q)   {js_divergence(P, Q):.7f} nats in both directions")

figure = Figure(figsize=(12, 3.8), layout="constrained")
left, middle, right = figure.subplots(1, 3)
places = np.arange(3)
left.bar(places - 0.2, P, 0.4, label="P, Binomial(2, 0.4)")
left.bar(places + 0.2, Q, 0.4, label="Q, uniform")
left.set(title="probabilities", xlabel="x", ylim=(0.0, 0.62))
middle.bar(places - 0.2, P * np.log(P / Q), 0.4, label="P log(P / Q)")
middle.bar(places + 0.2, Q * np.log(Q / P), 0.4, label="Q log(Q / P)")
middle.axhline(0.0, color="black", linewidth=0.8)
middle.set(title="terms of the sums, nats", xlabel="x")
for function, label in ((forward_kl, "KL(P || Q)"), (reverse_kl, "KL(Q || P)")):
    found = [function(p, q, "samples", int(count), seed=1) for count in counts]
    values = np.array([f.value for f in found])
    errors = np.array([f.standard_error for f in found])
    bars = right.errorbar(counts, values, 2 * errors, fmt="o-", capsize=3, label=label)
    exact = float(function(p, q).value)
    right.axhline(exact, color=bars[0].get_color(), linestyle=":")
right.set(xscale="log", title="by draws, two standard errors", xlabel="draws")
for axes in (left, middle, right):
    axes.set_xticks(places) if axes is not right else None
    axes.legend()
args.output.mkdir(parents=True, exist_ok=True)
figure.savefig(args.output / "kl_divergence.png", dpi=100)
print(f"Wrote {args.output / 'kl_divergence.png'}")
