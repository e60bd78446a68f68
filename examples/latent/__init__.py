"""The latent space: positions of codes, paths between them, arithmetic on them."""
