"""Figures of classifiers that samples have trained, against SciPy and by hand."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score

from kgen.metrics import adversarial_divergence, classification_performance

RNG = np.random.default_rng(0)
LABELS, SAMPLE_LABELS = RNG.integers(3, size=40), RNG.integers(3, size=25)
P, Q = RNG.dirichlet(np.ones(3), 40), RNG.dirichlet(np.ones(3), 40)
SAMPLES = RNG.dirichlet(np.ones(3), 25)


def test_accuracies_are_scikit_learns():
    found = classification_performance(LABELS, P, Q, SAMPLE_LABELS, SAMPLES)
    for key, labels, probabilities in (
        ("trained_on_data", LABELS, P),
        ("trained_on_samples", LABELS, Q),
        ("tested_on_samples", SAMPLE_LABELS, SAMPLES),
    ):
        assert found[key] == accuracy_score(labels, probabilities.argmax(axis=1))


def test_the_divergence_is_scipys():
    found = adversarial_divergence(LABELS, P, Q)
    expected = np.mean([stats.entropy(p, q) for p, q in zip(P, Q, strict=True)])
    assert found["adversarial_divergence"] == pytest.approx(expected)
    ratio = np.mean(Q.argmax(1) == LABELS) / np.mean(P.argmax(1) == LABELS)
    assert found["adversarial_accuracy"] == pytest.approx(ratio)


def test_a_sure_classifier_that_is_wrong_costs_a_finite_number():
    sure = np.eye(2)
    found = adversarial_divergence([0, 1], sure, sure[::-1])
    assert 80 < found["adversarial_divergence"] < 90  # -log of the smallest float32.


def test_other_labels_and_other_classes_are_refused():
    with pytest.raises(ValueError, match="one int from 0 on for each row"):
        classification_performance(LABELS[:3], P, Q, SAMPLE_LABELS, SAMPLES)
    with pytest.raises(ValueError, match="3 and of 2 classes"):
        adversarial_divergence(LABELS, P, np.full((40, 2), 0.5))
    with pytest.raises(ValueError, match="right about no example"):
        adversarial_divergence([1, 1], [[0.9, 0.1]] * 2, [[0.5, 0.5]] * 2)
