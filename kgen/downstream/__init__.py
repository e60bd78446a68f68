"""Uses of a trained model: anomalies, classes, pairs, fakes, codes without a bias."""

# This import comes first: it registers kgen's models, see `kgen._lazy`.
import keras  # noqa: F401

from kgen.downstream.anomaly import AnomalyDetector
from kgen.downstream.bayes import bayes_classify, class_probabilities
from kgen.downstream.classifiers import code_classifier
from kgen.downstream.debiasing import bias_accuracy, debiased_classifier
from kgen.downstream.fakes import FakeReport, detect_fakes
from kgen.downstream.joint import class_prior, sample_joint
from kgen.downstream.verification import Verification, verification

__all__ = [
    "AnomalyDetector",
    "FakeReport",
    "Verification",
    "bayes_classify",
    "bias_accuracy",
    "class_prior",
    "class_probabilities",
    "code_classifier",
    "debiased_classifier",
    "detect_fakes",
    "sample_joint",
    "verification",
]
