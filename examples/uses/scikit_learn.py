"""Recipes in scikit-learn's pipelines: densities, codes and outliers of a table.

The table has 569 samples of 30 measures of cells, benign and malignant. A density of
the benign ones is chosen by cross-validation, as any hyperparameter in scikit-learn.
Codes of a VAE serve a classifier beside the coefficients of PCA. An outlier detector
sees benign samples only, and is asked to flag 5 % of them.

With so few samples one Gaussian has the better density, and PCA the better features. A
flow is worth its while with thousands of samples. The detector flags 91 % of the
malignant samples.
"""

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from examples import shared
from kgen.estimators import CodeTransformer, DensityEstimator, OutlierDetector

args = shared.parse(__doc__, epochs=60, data=None)
X, benign = load_breast_cancer(return_X_y=True)
train, test, y, y_test = train_test_split(X, benign, stratify=benign, random_state=0)
common = {"epochs": args.epochs, "batch_size": 64, "random_state": 0}

scaler = StandardScaler().fit(train[y == 1])
normal, held_out = (scaler.transform(x) for x in (train[y == 1], test[y_test == 1]))
settings = [{"num_steps": n, "hidden": (h,)} for n in (1, 2) for h in (16, 64)]
search = GridSearchCV(DensityEstimator("maf", **common), {"settings": settings}, cv=3)
densities = {
    "MAF, chosen": search.fit(normal).best_estimator_,
    "one Gaussian": GaussianMixture(1, reg_covar=1e-3, random_state=0).fit(normal),
    "kernels": GridSearchCV(KernelDensity(), {"bandwidth": np.geomspace(0.3, 2, 9)})
    .fit(normal)
    .best_estimator_,
}
print(f"Settings of the MAF that cross-validation chose: {search.best_params_}")
for name, density in densities.items():
    nats = np.mean(density.score_samples(held_out))
    print(f"{name:13} {nats:7.2f} nats for each held-out benign sample")

codes = CodeTransformer("vae", {"latent_dim": 5, "hidden": (32,)}, **common)
for name, features in {"VAE, 5 codes": codes, "PCA, 5 components": PCA(5)}.items():
    pipeline = make_pipeline(StandardScaler(), features, LogisticRegression())
    accuracy = pipeline.fit(train, y).score(test, y_test)
    print(f"{name:18} held-out accuracy of a logistic regression {accuracy:.3f}")

detector = make_pipeline(
    StandardScaler(), OutlierDetector("maf", search.best_params_["settings"], **common)
).fit(train[y == 1])
flags = detector.predict(test) == -1
for name, kind in (("benign", y_test == 1), ("malignant", y_test == 0)):
    print(f"Flagged of the held-out {name} samples: {np.mean(flags[kind]):.1%}")

figure = Figure(figsize=(7, 4), layout="constrained")
axes = figure.subplots()
scores = np.clip(detector.decision_function(test), -200, None)
for name, kind in (("benign", y_test == 1), ("malignant", y_test == 0)):
    axes.hist(scores[kind], bins=np.linspace(-200, 30, 47), alpha=0.7, label=name)
axes.axvline(0.0, color="black", linestyle="--", label="threshold")
axes.set(xlabel="decision function, nats; below -200 at -200", ylabel="samples")
axes.legend()
args.output.mkdir(parents=True, exist_ok=True)
path = args.output / "scikit_learn.png"
figure.savefig(path, dpi=100)
print(f"Wrote {path}")
