"""Diffusion: models that learn to undo noise, and samplers that need few steps."""

# First of all, as it registers kgen's models: see `kgen._lazy`.
import keras  # noqa: F401

from kgen.core.ode import DormandPrince, RungeKutta, Solver
from kgen.diffusion.ddpm import DDPM
from kgen.diffusion.fourier import FourierFeatures, fourier_denoiser
from kgen.diffusion.learned_schedule import LearnedSchedule
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
from kgen.diffusion.vdm import VDM

__all__ = [
    "DDIM",
    "DDPM",
    "VDM",
    "Ancestral",
    "Cosine",
    "DPMSolver",
    "DormandPrince",
    "Estimate",
    "FourierFeatures",
    "Heun",
    "LearnedSchedule",
    "Linear",
    "RePaint",
    "Rectified",
    "RungeKutta",
    "Sampler",
    "Schedule",
    "Sigmoid",
    "Solver",
    "Steps",
    "fourier_denoiser",
]
