"""The flow and the prior of a VAE, by name."""

from kgen.autoencoders.ladder import Ladder
from kgen.autoencoders.priors import VampPrior
from kgen.core.config import lookup
from kgen.flows import transforms
from kgen.flows.autoregressive import InverseAutoregressive, MaskedAutoregressive
from kgen.flows.coupling import Coupling
from kgen.flows.flow import Flow
from kgen.flows.recipes import dense_blocks

# What the encoder tells the steps of a posterior about an example.
CONTEXT = 16
# Kind of step, transform and the permutation between steps.
POSTERIOR_FLOWS = {
    "iaf": (InverseAutoregressive, "affine", "reverse"),
    "nsf": (Coupling, "spline", "shuffle"),
}
FLOW_PRIORS = {
    "maf": (MaskedAutoregressive, "affine", "reverse"),
    "nsf": (Coupling, "spline", "shuffle"),
    "realnvp": (Coupling, "affine", "shuffle"),
}
PRIORS = {"ladder": Ladder, "vamp": VampPrior, **FLOW_PRIORS}


def posterior_steps(choice, latent_dim, hidden, num_steps):
    """Steps of a `posterior_flow` by its name, and the size of their context.

    Args:
        choice: A name in `POSTERIOR_FLOWS`, a list of steps, or `None`.
        latent_dim: Size of z.
        hidden: Units of the hidden layers of each network.
        num_steps: Number of steps with a network.
    """
    if not isinstance(choice, str):
        return choice
    found = lookup("posterior_flow", choice, POSTERIOR_FLOWS)
    return _steps(found, latent_dim, hidden, num_steps, context_shape=CONTEXT)


def named_prior(choice, latent_dim, hidden, num_steps, groups, num_components):
    """The prior with a name in `PRIORS`; anything else as it is.

    Args:
        choice: A name, an object, or `None`.
        latent_dim: Size of z.
        hidden: Units of the hidden layers of each network of a flow or a ladder.
        num_steps: Number of steps of a flow that have a network.
        groups: See `Ladder`; by default a quarter of z and the rest.
        num_components: See `VampPrior`.
    """
    if not isinstance(choice, str):
        return choice
    found = lookup("prior", choice, PRIORS)
    if found is VampPrior:
        return VampPrior(num_components)
    if found is Ladder:
        top = max(1, latent_dim // 4)
        return Ladder(groups or (top, latent_dim - top), hidden)
    return Flow(_steps(found, latent_dim, hidden, num_steps), (latent_dim,))


def check_latent_settings(posterior_flow, prior, hidden, num_steps):
    """Raises a ValueError for settings of networks of z that nothing would use."""
    named = [choice for choice in (posterior_flow, prior) if isinstance(choice, str)]
    uses = {
        "latent_hidden": [name for name in named if name != "vamp"],
        "num_latent_steps": [name for name in named if name not in ("vamp", "ladder")],
    }
    for name, value in (("latent_hidden", hidden), ("num_latent_steps", num_steps)):
        if value is not None and not uses[name]:
            raise ValueError(
                f"{name}={value!r} is for the networks of a flow of z, but there are "
                "none. Set posterior_flow='iaf' or prior='maf', or leave it out."
            )


def _steps(found, latent_dim, hidden, num_steps, context_shape=None):
    kind, transform, permutation = found
    if kind is Coupling and latent_dim < 2:
        raise ValueError(
            f"A coupling divides the numbers of z, but latent_dim={latent_dim}. Choose "
            "posterior_flow='iaf' or prior='maf'."
        )
    return dense_blocks(
        latent_dim,
        num_steps,
        kind,
        permutation,
        transforms.get(transform),
        hidden,
        "relu",
        0.0,
        num_classes=None,
        context_shape=context_shape,
    )
