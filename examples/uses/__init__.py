"""What models are used for: anomalies, labels, segmentation, training that lasts."""
