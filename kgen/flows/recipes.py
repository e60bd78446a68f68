"""Recipes of the flow wing."""

import math
from functools import partial

from kgen.core.checks.values import check_count
from kgen.core.config import lookup
from kgen.core.recipe import Recipe
from kgen.flows import transforms
from kgen.flows.autoregressive import InverseAutoregressive, MaskedAutoregressive
from kgen.flows.bases import Logistic
from kgen.flows.building import compiled, diffflow, ffjord
from kgen.flows.continuous import ContinuousFlow
from kgen.flows.coupling import Coupling, halves
from kgen.flows.dequantization import UniformDequantization, VariationalDequantization
from kgen.flows.diffflow import DiffFlow
from kgen.flows.flow import Flow
from kgen.flows.linear import ActNorm, LULinear, Standardize
from kgen.flows.multiscale import Split, Squeeze
from kgen.flows.steps import Flatten, Logit, Permute, Probit
from kgen.networks.conditioners import conv_conditioner, mlp_conditioner
from kgen.networks.made import MADE

AUTOREGRESSIVE = {"masked": MaskedAutoregressive, "inverse": InverseAutoregressive}
KINDS = {"coupling": Coupling, **AUTOREGRESSIVE}
PERMUTATIONS = {name: name for name in ("lu", "reverse", "shuffle")}


def dense_flow(
    data_shape,
    num_classes=None,
    step="coupling",
    transform="affine",
    permutation="shuffle",
    num_steps=8,
    hidden=(64, 64),
    activation="relu",
    dropout=0.0,
    final_scale=False,
    num_bins=None,
    levels=None,
    variational=False,
    context_shape=None,
    learning_rate=1e-3,
    weight_decay=0.0,
    steps_per_execution="auto",
    jit_compile="auto",
    **settings,
):
    """A `Flow` of dense networks, compiled; images are flattened.

    Data is standardised first. Levels are dequantised and go through the quantile of
    the base before that: `Probit`, or `Logit` for a logistic base.

    Args:
        data_shape: Shape of an example.
        num_classes: If given, every network takes labels.
        step: `"coupling"`, `"masked"` (MAF) or `"inverse"` (IAF).
        transform: Transform of each step: `"additive"`, `"affine"`, `"spline"` or a
            `kgen.flows.Transform`.
        permutation: The step between steps: `"lu"`, an `LULinear`; `"shuffle"`, a
            random order (couplings have it after each pair of steps, as a pair keeps
            the first and the last half in turn); `"reverse"`, the reverse order, for
            autoregressive steps.
        num_steps: Number of steps that have a network.
        hidden: Units of the hidden layers of each network.
        activation: Activation of the hidden layers.
        dropout: Share of hidden units of couplings left out in training.
        final_scale: Whether a learned scale of each value follows the last step.
        num_bins: Number of bins, for a `transform` of `"spline"`.
        levels: Number of levels of discrete data; 256 by default for images.
        variational: Whether the dequantisation of levels is learned, too.
        context_shape: Shape of a context, or size of a vector, see `Flow`. All networks
            take it, flattened.
        learning_rate: See `compiled`.
        weight_decay: See `compiled`.
        steps_per_execution: See `compiled`.
        jit_compile: See `compiled`.
        **settings: Arguments of `Flow`.
    """
    size, base = math.prod(data_shape), settings.get("base", "normal")
    levels = 256 if levels is None and len(data_shape) == 3 else levels
    kind = lookup("step", step, KINDS)
    make = {
        "transform": _transform(transform, num_bins),
        "hidden": hidden,
        "activation": activation,
        "dropout": dropout,
        "num_classes": num_classes,
    }
    lookup("permutation", permutation, PERMUTATIONS)
    if dropout and kind is not Coupling:
        raise ValueError(f"dropout={dropout} is for couplings, not for step={step!r}.")
    if kind is Coupling and permutation == "reverse":
        raise ValueError(
            "Couplings keep the first and the last half in turn, which "
            "permutation='reverse' would undo. Choose 'lu' or 'shuffle'."
        )
    if variational and levels is None:
        raise ValueError("variational=True is for data over levels: pass levels.")
    blocks = dense_blocks(
        size, num_steps, kind, permutation, context_shape=context_shape, **make
    )
    first = [Flatten()] if len(data_shape) > 1 else []
    first += [Standardize()] if levels is None else [_opened(base), Standardize()]
    dequantization = None
    if variational:
        inner = dense_blocks(size, 2, Coupling, "shuffle", context_shape=size, **make)
        dequantization = VariationalDequantization([Flatten(), *inner], levels)
    elif levels is not None:
        dequantization = UniformDequantization(levels)
    model = Flow(
        [*first, *blocks, *([ActNorm()] if final_scale else [])],
        data_shape,
        dequantization=dequantization,
        num_classes=num_classes,
        context_shape=context_shape,
        **settings,
    )
    return compiled(
        model, learning_rate, weight_decay, steps_per_execution, jit_compile
    )


def dense_blocks(
    size,
    num_steps,
    kind,
    permutation,
    transform,
    hidden,
    activation,
    dropout,
    **conditions,
):
    """Steps with networks, and the steps that mix values between them.

    Args:
        size: Number of values of an example.
        num_steps: Number of steps that have a network.
        kind: Class of these steps, of those in `KINDS`.
        permutation: See `dense_flow`.
        transform: A `kgen.flows.Transform`.
        hidden: See `dense_flow`.
        activation: See `dense_flow`.
        dropout: See `dense_flow`.
        **conditions: `num_classes` and `context_shape` of the networks.
    """
    steps = []
    for k in range(check_count("build", "num_steps", num_steps)):
        if k and permutation == "lu":
            steps.append(LULinear())
        elif k and (permutation == "reverse" or (kind is not Coupling and size == 2)):
            steps.append(Permute("reverse"))
        elif k and size > 2 and (kind is not Coupling or k % 2 == 0):
            steps.append(Permute("shuffle", seed=k))
        common = (transform.num_parameters, hidden, activation)
        if kind is not Coupling:
            steps.append(kind(MADE(size, *common, **conditions), transform))
            continue
        keep = "first" if k % 2 == 0 else "last"
        if size < 2:
            raise ValueError(
                "A coupling divides the values of an example, but data has one. Use "
                "'maf' or 'nsf-ar'."
            )
        network = mlp_conditioner(*halves(size, keep), *common, dropout, **conditions)
        steps.append(Coupling(network, transform, keep))
    return steps


def glow(
    data_shape,
    num_classes=None,
    num_scales=2,
    num_steps=8,
    width=64,
    activation="relu",
    transform="affine",
    num_bins=None,
    levels=256,
    alpha=None,
    context_shape=None,
    learning_rate=1e-3,
    weight_decay=0.0,
    steps_per_execution="auto",
    jit_compile="auto",
    **settings,
):
    """A multi-scale `Flow` of convolutions over images, compiled.

    Each scale squeezes the image. Then come steps of `ActNorm`, an invertible 1x1
    convolution and a coupling of channels. Then half of the channels are done.

    Args:
        data_shape: `(height, width, channels)`, with an even height or width.
        num_classes: If given, every network takes labels.
        num_scales: Number of scales; fewer if there is nothing left to halve.
        num_steps: Steps of each scale.
        width: Channels of the hidden layers of each network.
        activation: Activation of the hidden layers.
        transform: See `dense_flow`.
        num_bins: Number of bins, for a `transform` of `"spline"`.
        levels: Number of levels of the data, which is dequantised; `None` for real
            numbers in [0, 1].
        alpha: Argument of the `Logit` for real numbers, 0.05 by default. Levels go
            through the quantile of the base instead.
        context_shape: Shape of a context, or size of a vector, see `Flow`. All networks
            take it, an image in the size of their scale.
        learning_rate: See `compiled`.
        weight_decay: See `compiled`.
        steps_per_execution: See `compiled`.
        jit_compile: See `compiled`.
        **settings: Arguments of `Flow`.
    """
    if len(data_shape) != 3:
        raise ValueError(
            f"'glow' is for images (height, width, channels), but data has shape "
            f"{data_shape}. Use 'realnvp' or 'nsf'."
        )
    transform = _transform(transform, num_bins)
    base = settings.get("base", "normal")
    first = (
        _opened(base) if levels is not None and alpha is None else _logit(levels, alpha)
    )
    check_count("build", "num_scales", num_scales)
    shape, scales = tuple(data_shape), []
    while len(scales) < num_scales and not all(size % 2 for size in shape[:2]):
        squeeze = Squeeze()
        *size, channels = squeeze.squeezed(shape)
        network = {
            "activation": activation,
            "num_classes": num_classes,
            "context_shape": context_shape,
        }
        steps = [squeeze]
        for k in range(check_count("build", "num_steps", num_steps)):
            keep = "first" if k % 2 == 0 else "last"
            kept, changed = halves(channels, keep)
            conditioner = conv_conditioner(
                (*size, kept),
                changed,
                transform.num_parameters,
                width,
                **network,
            )
            rotation = LULinear("rotation", seed=len(scales) * num_steps + k)
            steps += [ActNorm(), rotation, Coupling(conditioner, transform, keep)]
        scales.append(steps)
        shape = (*size, channels - channels // 2)
    if not scales:
        raise ValueError(
            f"'glow' halves images, but data of shape {data_shape} has odd sides. Pad "
            "the images to even sides."
        )
    steps = [*scales.pop(), Flatten()]
    while scales:
        steps = [*scales.pop(), Split(steps)]
    model = Flow(
        [first, *steps],
        data_shape,
        dequantization=None if levels is None else UniformDequantization(levels),
        num_classes=num_classes,
        context_shape=context_shape,
        **settings,
    )
    return compiled(
        model, learning_rate, weight_decay, steps_per_execution, jit_compile
    )


def _opened(base):
    """The step from (0, 1) to all numbers whose tails are like those of the base."""
    logistic = base == "logistic" or isinstance(base, Logistic)
    return Logit(0.0) if logistic else Probit()


def _logit(levels, alpha):
    """The `Logit` for images of real numbers, which include 0 and 1."""
    if alpha is not None and levels is not None:
        raise ValueError(
            f"alpha={alpha!r} is for images of real numbers, but there are levels="
            f"{levels}. Leave alpha out, or pass levels=None."
        )
    return Logit() if alpha is None else Logit(alpha)


def _transform(transform, num_bins):
    if num_bins is None:
        return transforms.get(transform)
    if transform != "spline":
        raise ValueError(
            f"num_bins={num_bins} is for transform='spline', but "
            f"transform={transform!r} was given. Leave num_bins out, or pass a "
            "kgen.flows.Spline."
        )
    return transforms.Spline(num_bins)


_NETWORKS = ("steps", "dequantization")
_dense = partial(
    Recipe,
    dense_flow,
    Flow,
    networks=_NETWORKS,
    tiny={"hidden": (7,), "num_steps": 2},
)

RECIPES = {
    "nice": _dense(
        "flow of additive couplings",
        "https://arxiv.org/abs/1410.8516",
        {"transform": "additive", "final_scale": True, "base": "logistic"},
    ),
    "realnvp": _dense(
        "flow of affine couplings",
        "https://arxiv.org/abs/1605.08803",
        representative=True,
    ),
    "maf": _dense(
        "masked autoregressive flow",
        "https://arxiv.org/abs/1705.07057",
        {"step": "masked", "permutation": "reverse", "num_steps": 5},
    ),
    "iaf": _dense(
        "inverse autoregressive flow",
        "https://arxiv.org/abs/1606.04934",
        {"step": "inverse", "permutation": "reverse", "num_steps": 5},
        # A density takes one pass of the network for each value.
        steps={"small image": 300},
    ),
    "nsf": _dense(
        "flow of rational-quadratic splines, couplings",
        "https://arxiv.org/abs/1906.04032",
        {"transform": "spline", "permutation": "lu", "num_steps": 5},
    ),
    "nsf-ar": _dense(
        "flow of rational-quadratic splines, autoregressive",
        "https://arxiv.org/abs/1906.04032",
        {
            "step": "masked",
            "transform": "spline",
            "permutation": "reverse",
            "num_steps": 5,
        },
    ),
    "glow": Recipe(
        glow,
        Flow,
        "multi-scale flow of convolutions over images",
        "https://arxiv.org/abs/1807.03039",
        networks=_NETWORKS,
        tiny={"width": 4, "num_steps": 2},
        representative=True,
    ),
    "ffjord": Recipe(
        ffjord,
        ContinuousFlow,
        "continuous flow by a differential equation, for vectors",
        "https://arxiv.org/abs/1810.01367",
        {"kinetic_energy": 0.01, "jacobian_norm": 0.01},
        networks=("field", "training_solver"),
        # A step solves the equation and differentiates through it.
        steps={"vector": 2_000},
        tiny={"hidden": (6,), "num_steps": 2},
        example_shape=(3,),
    ),
    "diffflow": Recipe(
        diffflow,
        DiffFlow,
        "flow with noise, both ways learned, for vectors",
        "https://arxiv.org/abs/2110.07579",
        networks=("drift", "score"),
        steps={"vector": 3_000},
        tiny={"hidden": (6,), "num_steps": 3},
        example_shape=(3,),
    ),
}
