"""GANs: two networks that train against each other."""
