"""Recipes as estimators of scikit-learn."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import kgen
from kgen.downstream import AnomalyDetector
from kgen.estimators import CodeTransformer, DensityEstimator, OutlierDetector

RNG = np.random.default_rng(0)
X = RNG.normal([3.0, -1.0], [2.0, 0.5], size=(600, 2))
MAF = {"num_steps": 1, "hidden": (8,)}
VAE = {"latent_dim": 1, "hidden": (8,)}


def test_a_density_in_a_pipeline_is_that_of_the_data():
    """The scaler divides by its deviations, which the density of rows multiplies by."""
    pipeline = make_pipeline(
        StandardScaler(), DensityEstimator("maf", MAF, epochs=40, random_state=0)
    ).fit(X)
    scaled = pipeline.score_samples(X)
    per_row = scaled - np.log(pipeline[0].scale_).sum()
    entropy = np.log(2 * np.pi * np.e) + np.log(2.0 * 0.5)
    assert -np.mean(per_row) == pytest.approx(entropy, abs=0.1)
    assert pipeline.score(X) == pytest.approx(np.sum(scaled), rel=1e-6)
    model = pipeline[-1].model_
    rows = pipeline[0].transform(X).astype("float32")
    np.testing.assert_allclose(scaled, model.log_prob(rows), rtol=1e-4, atol=1e-5)
    drawn = pipeline[-1].sample(400, random_state=1)
    assert drawn.shape == (400, 2)
    np.testing.assert_allclose(drawn.mean(axis=0), 0.0, atol=0.25)
    again = clone(pipeline).fit(X)
    np.testing.assert_array_equal(again.score_samples(X), scaled)


def test_settings_are_chosen_by_the_held_out_likelihood():
    settings = [{"num_steps": 1, "hidden": (n,)} for n in (1, 4)]
    search = GridSearchCV(
        DensityEstimator("maf", epochs=1, random_state=0), {"settings": settings}, cv=2
    ).fit(X)
    assert search.best_params_["settings"] in settings


def test_codes_of_images_go_there_and_back():
    x = RNG.uniform(size=(40, 64))
    codes = CodeTransformer("vae", VAE, (8, 8, 1), epochs=1, random_state=0)
    z = codes.fit_transform(x)
    images = x.reshape(-1, 8, 8, 1).astype("float32")
    np.testing.assert_allclose(z, codes.model_.encode(images), atol=1e-6)
    back = codes.inverse_transform(z)
    np.testing.assert_allclose(
        back, np.reshape(codes.model_.decode(z), (40, 64)), atol=1e-6
    )
    assert clone(codes).get_params() == codes.get_params()
    frame = codes.set_output(transform="pandas").transform(x)
    assert list(frame.columns) == ["codetransformer0"]
    for wrong in (np.zeros((3, 2)), np.zeros((1, 4))):
        with pytest.raises(ValueError, match="a code has 1"):
            codes.inverse_transform(wrong)
    with pytest.raises(NotFittedError):
        clone(codes).transform(x)
    with pytest.raises(ValueError, match="64 values"):
        codes.fit(np.zeros((4, 3)))
    with pytest.raises(NotFittedError):
        codes.transform(x)


def test_outliers_are_flagged_at_the_rate_that_was_asked_for():
    x = RNG.normal(size=(1000, 2))
    found = OutlierDetector("maf", MAF, epochs=20, random_state=0, contamination=0.1)
    found.fit(x)
    fresh = RNG.normal(size=(2000, 2))
    assert np.mean(found.predict(fresh) == -1) == pytest.approx(0.1, abs=0.04)
    np.testing.assert_array_equal(found.predict([[0.0, 0.0], [9.0, 9.0]]), [1, -1])
    np.testing.assert_allclose(
        found.decision_function(fresh), found.score_samples(fresh) - found.offset_
    )


def test_a_detector_of_a_trained_model_is_cloned():
    model = kgen.build("maf", (2,), seed=0, **MAF)
    detector = AnomalyDetector(model, batch_size=7).fit(X.astype("float32"))
    copy = clone(detector)
    assert copy.batch_size == 7 and copy.score == "log_prob"
    assert copy.threshold is None  # A clone is not fitted.
    x = X.astype("float32")
    np.testing.assert_array_equal(copy.scores(x), detector.scores(x))


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (DensityEstimator("realnpv"), "realnpv.*realnvp"),
        (DensityEstimator("gan"), "recipe='gan'.*log_prob, iwae_bound, elbo"),
        (DensityEstimator("maf", {"steps": 1}), "setting.*steps"),
        (DensityEstimator("maf", data_shape=(3,)), r"2 features.*\(3,\)"),
        (DensityEstimator("maf", epochs=0), "epochs=0"),
        (DensityEstimator("maf", ["a"]), r"settings=\['a'\].*dictionary"),
        (DensityEstimator("maf", {"seed": 3}), "without data_shape, num_classes, seed"),
        (OutlierDetector("maf", held_out=2.0), "held_out=2.0"),
        (CodeTransformer("pixelcnn", data_shape=(2, 1, 1)), "encode"),
        (OutlierDetector("maf", contamination=0.7), "contamination=0.7"),
        (OutlierDetector("maf", contamination=0.001), "contamination=0.001 needs 999"),
    ],
)
def test_wrong_arguments_are_named(estimator, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(X)


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimator",
    [
        DensityEstimator("maf", MAF, epochs=1, random_state=0),
        CodeTransformer("vae", VAE, epochs=1, random_state=0),
        OutlierDetector(
            "maf", MAF, epochs=1, random_state=0, contamination=0.3, held_out=0.5
        ),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_scikit_learn_takes_them_for_its_own(estimator):
    fresh = "the share is that of fresh examples, not of those of training"
    check_estimator(
        estimator,
        on_skip=None,
        expected_failed_checks={
            "check_methods_subset_invariance": "float32 rounds by the batch",
            "check_outliers_train": fresh,
            "check_outliers_fit_predict": fresh,
        },
    )
