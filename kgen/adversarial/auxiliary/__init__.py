"""Second tasks of a discriminator: codes (InfoGAN) and classes (ACGAN)."""

from kgen.adversarial.auxiliary.acgan import ACGAN
from kgen.adversarial.auxiliary.auxiliary import Auxiliary
from kgen.adversarial.auxiliary.infogan import InfoGAN
from kgen.core.config import named

__all__ = ["ACGAN", "Auxiliary", "InfoGAN", "discriminator_condition", "get"]

AUXILIARIES = {"acgan": ACGAN, "infogan": InfoGAN}


def get(auxiliary: str | Auxiliary | None) -> Auxiliary | None:
    """A task from its name, `"acgan"` or `"infogan"`; others as they are."""
    return named("auxiliary", Auxiliary, auxiliary, AUXILIARIES)


def discriminator_condition(auxiliary: Auxiliary | None, condition: dict) -> dict:
    """What a discriminator is told of a condition: nothing if it is to find it."""
    return condition if auxiliary is None or auxiliary.takes_labels else {}
