"""Normalising flows: exact densities from invertible steps."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.core.ode import DormandPrince, RungeKutta, Solver
from kgen.flows.autoregressive import InverseAutoregressive, MaskedAutoregressive
from kgen.flows.bases import Base, Logistic, Normal
from kgen.flows.continuous import ContinuousFlow
from kgen.flows.coupling import Coupling
from kgen.flows.dequantization import (
    UniformDequantization,
    VariationalDequantization,
)
from kgen.flows.diffflow import DiffFlow
from kgen.flows.flow import Flow
from kgen.flows.linear import ActNorm, LULinear, Standardize
from kgen.flows.multiscale import Split, Squeeze
from kgen.flows.planar import Planar, Radial
from kgen.flows.residual import Residual
from kgen.flows.reverse import ReverseKL
from kgen.flows.steps import Flatten, Logit, Permute, Probit, Step
from kgen.flows.transforms import Additive, Affine, Spline, Transform

__all__ = [
    "ActNorm",
    "Additive",
    "Affine",
    "Base",
    "ContinuousFlow",
    "Coupling",
    "DiffFlow",
    "DormandPrince",
    "Flatten",
    "Flow",
    "InverseAutoregressive",
    "LULinear",
    "Logistic",
    "Logit",
    "MaskedAutoregressive",
    "Normal",
    "Permute",
    "Planar",
    "Probit",
    "Radial",
    "Residual",
    "ReverseKL",
    "RungeKutta",
    "Solver",
    "Spline",
    "Split",
    "Squeeze",
    "Standardize",
    "Step",
    "Transform",
    "UniformDequantization",
    "VariationalDequantization",
]
