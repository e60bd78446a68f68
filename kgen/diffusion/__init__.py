"""Diffusion: models that learn to undo noise, and samplers that need few steps."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.core.ode import DormandPrince, RungeKutta, Solver
from kgen.diffusion.ddpm import DDPM
from kgen.diffusion.prediction import Estimate
from kgen.diffusion.samplers import (
    DDIM,
    Ancestral,
    DPMSolver,
    Heun,
    RePaint,
    Sampler,
    Steps,
)
from kgen.diffusion.schedules import Cosine, Linear, Rectified, Schedule, Sigmoid

__all__ = [
    "DDIM",
    "DDPM",
    "Ancestral",
    "Cosine",
    "DPMSolver",
    "DormandPrince",
    "Estimate",
    "Heun",
    "Linear",
    "RePaint",
    "Rectified",
    "RungeKutta",
    "Sampler",
    "Schedule",
    "Sigmoid",
    "Solver",
    "Steps",
]
