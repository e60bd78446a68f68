"""Uses of a trained model: anomalies, classes, codes without a bias."""

# This import comes first: it registers kgen's models, see `kgen._lazy`.
import keras  # noqa: F401

from kgen.downstream.anomaly import AnomalyDetector
from kgen.downstream.bayes import bayes_classify, class_probabilities
from kgen.downstream.classifiers import code_classifier
from kgen.downstream.debiasing import bias_accuracy, debiased_classifier

__all__ = [
    "AnomalyDetector",
    "bayes_classify",
    "bias_accuracy",
    "class_probabilities",
    "code_classifier",
    "debiased_classifier",
]
