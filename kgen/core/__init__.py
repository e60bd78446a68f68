"""What every family shares: configuration, verbs, noise and the training loop."""
