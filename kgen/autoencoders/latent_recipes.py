"""The flow and the prior of a VAE, by name."""

from kgen.autoencoders.ladder import Ladder
from kgen.autoencoders.priors import VampPrior
from kgen.core.checks.values import check_count
from kgen.core.config import lookup
from kgen.flows import transforms
from kgen.flows.autoregressive import InverseAutoregressive, MaskedAutoregressive
from kgen.flows.coupling import Coupling
from kgen.flows.flow import Flow
from kgen.flows.recipes import dense_blocks

HIDDEN = (64,)
NUM_STEPS = 2
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
        hidden: Units of the hidden layers of each network; `None` for `HIDDEN`.
        num_steps: Number of steps with a network; `None` for `NUM_STEPS`.
    """
    if not isinstance(choice, str):
        return choice
    found = lookup("posterior_flow", choice, POSTERIOR_FLOWS)
    return _steps(found, latent_dim, hidden, num_steps, context_shape=CONTEXT)


def named_prior(
    choice, latent_dim, hidden, num_steps, groups, num_components, **conditions
):
    """The prior with a name in `PRIORS`; anything else as it is.

    A flow is told the condition of the VAE: the codes of a class lie elsewhere than
    those of another, as far as the encoder leaves them there.

    Args:
        choice: A name, an object, or `None`.
        latent_dim: Size of z.
        hidden: Units of the hidden layers of each network of a flow or a ladder, or
            `None`.
        num_steps: Number of steps of a flow that have a network, or `None`.
        groups: See `Ladder`; by default a quarter of z and the rest.
        num_components: See `VampPrior`.
        **conditions: `num_classes` and `context_shape` of the VAE.
    """
    if not isinstance(choice, str):
        return choice
    found = lookup("prior", choice, PRIORS)
    if found is VampPrior:
        return VampPrior(num_components)
    if found is Ladder:
        if groups is None:
            if latent_dim < 2:
                raise ValueError(
                    f"A ladder has two groups of latents, but latent_dim={latent_dim}. "
                    "Choose 2 or more."
                )
            top = max(1, latent_dim // 4)
            groups = (top, latent_dim - top)
        return Ladder(groups, HIDDEN if hidden is None else hidden)
    steps = _steps(found, latent_dim, hidden, num_steps, **conditions)
    return Flow(steps, (latent_dim,), **conditions)


def check_latent_settings(posterior_flow, prior, hidden, num_steps):
    """Raises a ValueError for settings of networks of z that nothing would use."""
    if num_steps is not None:
        check_count("build", "num_latent_steps", num_steps)
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


def _steps(found, latent_dim, hidden, num_steps, num_classes=None, context_shape=None):
    kind, transform, permutation = found
    if kind is Coupling and latent_dim < 2:
        raise ValueError(
            f"A coupling divides the numbers of z, but latent_dim={latent_dim}. Choose "
            "posterior_flow='iaf' or prior='maf'."
        )
    hidden = HIDDEN if hidden is None else hidden
    return dense_blocks(
        latent_dim,
        NUM_STEPS if num_steps is None else num_steps,
        kind,
        permutation,
        transforms.get(transform),
        hidden,
        "relu",
        0.0,
        num_classes=num_classes,
        context_shape=context_shape,
    )
