"""The latent space: how codes lie, ways between them, and arithmetic on them."""
