"""Second tasks of a discriminator: codes (InfoGAN) and classes (ACGAN)."""

from kgen.adversarial.auxiliary.acgan import ACGAN
from kgen.adversarial.auxiliary.auxiliary import Auxiliary
from kgen.adversarial.auxiliary.infogan import InfoGAN
from kgen.core.config import named

__all__ = ["ACGAN", "Auxiliary", "InfoGAN", "get"]

AUXILIARIES = {"acgan": ACGAN, "infogan": InfoGAN}


def get(auxiliary: str | Auxiliary | None) -> Auxiliary | None:
    """A task from its name, `"acgan"` or `"infogan"`; others as they are."""
    return named("auxiliary", Auxiliary, auxiliary, AUXILIARIES)
