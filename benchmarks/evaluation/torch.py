"""Figures of quality in torch-fidelity, torchmetrics and prdc."""

import sys
from functools import partial

import torch
from torch import nn

from benchmarks.evaluation import (
    DENSITY_NEIGHBORS,
    PRECISION_NEIGHBORS,
    SUBSET_SIZE,
    SUBSETS,
    WIDTH,
)
from benchmarks.evaluation.side import Figures
from benchmarks.harness.stubs import Stub, stub


def stub_torchvision():
    """Stands in for torchvision, which torch-fidelity imports for its data sets."""
    modules = ("datasets", "models", "transforms", "transforms.functional")
    stub("torchvision", *(f"torchvision.{name}" for name in modules))
    datasets = sys.modules.get("torchvision.datasets")
    if isinstance(datasets, Stub):  # It derives classes from these.
        datasets.CIFAR10 = datasets.CIFAR100 = datasets.STL10 = object


class Given(nn.Identity):
    """The network of features that are given."""

    num_features = WIDTH


def fidelity_frechet(real, fake):
    """torch-fidelity's FID."""
    from torch_fidelity import metric_fid

    pair = map(metric_fid.fid_features_to_statistics, (fake, real))
    return metric_fid.fid_statistics_to_metric(*pair, verbose=False).values()


def fidelity_kernel(real, fake):
    """torch-fidelity's KID, without its standard deviation."""
    from torch_fidelity import metric_kid

    found = metric_kid.kid_features_to_metric(
        fake,
        real,
        kid_subsets=SUBSETS,
        kid_subset_size=min(SUBSET_SIZE, len(real)),
        verbose=False,
    )
    return [found[metric_kid.KEY_METRIC_KID_MEAN]]


def fidelity_precision(real, fake, save_cpu_ram=False):
    """torch-fidelity's precision and recall."""
    from torch_fidelity import metric_prc

    found = metric_prc.prc_features_to_metric(
        fake,
        real,
        prc_neighborhood=PRECISION_NEIGHBORS,
        save_cpu_ram=save_cpu_ram,
        verbose=False,
    )
    names = (metric_prc.KEY_METRIC_PRECISION, metric_prc.KEY_METRIC_RECALL)
    return [found[name] for name in names]


def metrics_frechet(real, fake):
    """torchmetrics' FID."""
    from torchmetrics.image.fid import FrechetInceptionDistance

    return computed(FrechetInceptionDistance(Given()), real, fake)


def metrics_kernel(real, fake):
    """torchmetrics' KID, without its standard deviation."""
    from torchmetrics.image.kid import KernelInceptionDistance

    size = min(SUBSET_SIZE, len(real))
    metric = KernelInceptionDistance(Given(), subsets=SUBSETS, subset_size=size)
    return computed(metric, real, fake)[:1]


def computed(metric, real, fake):
    """The values of a metric of torchmetrics."""
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return torch.atleast_1d(torch.as_tensor(metric.compute())).tolist()


def prdc_density(real, fake):
    """prdc's density and coverage; it gives precision and recall besides."""
    from prdc import compute_prdc

    found = compute_prdc(real.numpy(), fake.numpy(), DENSITY_NEIGHBORS)
    return [found["density"], found["coverage"]]


if __name__ == "__main__":
    stub_torchvision()
    functions = (
        fidelity_frechet,
        fidelity_kernel,
        fidelity_precision,
        metrics_frechet,
        metrics_kernel,
        prdc_density,
    )
    saving = partial(fidelity_precision, save_cpu_ram=True)
    Figures(
        {
            **{function.__name__: function for function in functions},
            "fidelity_precision_saving": saving,
        },
        given=torch.from_numpy,
    ).serve()
