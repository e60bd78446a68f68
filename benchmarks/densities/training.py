"""Training of zuko's flows in the family `densities`."""

import copy
import math
import time

import torch


def clock(seconds):
    """A function that gives the elapsed fraction of the time."""
    start = time.perf_counter()
    return lambda step: (time.perf_counter() - start) / seconds


def count(steps):
    """A function that gives the fraction of the steps done."""
    return lambda step: step / steps


def mean_nats(flow, x):
    """The mean of `-log p(x)`, nats."""
    with torch.no_grad():
        return -float(flow().log_prob(x).mean())


def train(
    flow,
    x,
    batch_size,
    learning_rate,
    progress,
    noise=0.0,
    weight_decay=0.0,
    after=None,
):
    """Trains a flow: fused AdamW with a cosine to 0.

    Args:
        flow: The flow.
        x: Tensor of data.
        batch_size: Rows of a batch.
        learning_rate: Learning rate at the start.
        progress: Function from the step to the fraction of training done.
        noise: Standard deviation of normal noise on the data.
        weight_decay: Weight decay of AdamW.
        after: Function of the step, called after each step; optional.
    """
    optimizer = torch.optim.AdamW(
        flow.parameters(), learning_rate, weight_decay=weight_decay, fused=True
    )
    step = 0
    while True:
        for rows in torch.randperm(len(x)).split(batch_size):
            part = progress(step)
            if part >= 1:
                return
            optimizer.param_groups[0]["lr"] = (
                0.5 * learning_rate * (1 + math.cos(math.pi * part))
            )
            batch = x[rows]
            if noise:
                batch = batch + noise * torch.randn_like(batch)
            optimizer.zero_grad()
            (-flow().log_prob(batch).mean()).backward()
            optimizer.step()
            step += 1
            if after is not None:
                after(step)


def train_best(flow, x, choosing, *arguments, every, **settings):
    """Trains a flow, and takes the best of the weights after every `every` steps.

    Args:
        flow: The flow.
        x: Tensor of data.
        choosing: Tensor of held-out data; the best weights have the fewest nats on it.
        *arguments: Arguments of `train`.
        every: Steps between two evaluations; the first is after one step.
        **settings: Arguments of `train`.

    Returns:
        The nats of the held-out data.
    """
    best = [math.inf, None]

    def look(step):
        if step % every == 1 and (nats := mean_nats(flow, choosing)) < best[0]:
            best[:] = nats, copy.deepcopy(flow.state_dict())

    train(flow, x, *arguments, after=look, **settings)
    flow.load_state_dict(best[1])
    return best[0]
