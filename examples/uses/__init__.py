"""Uses of models: anomalies, labels, segmentation, long training."""
