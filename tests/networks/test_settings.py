"""Networks and models that are built by hand: shapes and sizes that cannot be."""

import keras
import pytest

import kgen
from kgen import networks
from tests.forbidden import FORBIDDEN

IMAGE, VECTOR = (8, 8, 1), (3,)
BUILDERS = {
    networks.mlp_encoder: (VECTOR, 2),
    networks.mlp_decoder: (2, VECTOR),
    networks.mlp_autoencoder: (VECTOR, 2),
    networks.mlp_generator: (2, VECTOR),
    networks.mlp_discriminator: (VECTOR,),
    networks.mlp_denoiser: (VECTOR,),
    networks.conv_encoder: (IMAGE, 2),
    networks.conv_decoder: (2, IMAGE),
    networks.dcgan_generator: (2, IMAGE),
    networks.dcgan_discriminator: (IMAGE,),
    networks.resnet_generator: (2, IMAGE),
    networks.resnet_discriminator: (IMAGE,),
    networks.unet_denoiser: (IMAGE,),
}
SHAPES = None, 8, (), "8x8", (8, 8, 0), {8}, (None, 8, 1), (2.5,), [[1]], print
SIZES = 3, "64,32", (0,), (-1,), (1.5,), {8}, [[1]], print
COUNTS = -1, 0, 1.5, "a", float("nan"), [1, 2], True, {1}, print
NONSENSE = {
    **{"data_shape": SHAPES, "hidden": SIZES, "filters": (*SIZES, ())},
    **{"latent_dim": COUNTS, "num_classes": COUNTS, "num_blocks": COUNTS},
    **{"blocks_per_size": COUNTS, "strides": COUNTS, "output_dim": COUNTS},
    **{"normalization": (3, print, [1]), "activation": (3, "nonsense", [1])},
}


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_networks_name_the_setting_that_cannot_be(build):
    names = list(build.__wrapped__.__code__.co_varnames)
    given = dict(zip(names, BUILDERS[build], strict=False))
    for name in NONSENSE.keys() & set(names):
        for value in NONSENSE[name]:
            with pytest.raises(ValueError, match=name) as error:
                build(**{**given, name: value})
            assert not [words for words in FORBIDDEN if words in str(error.value)]


def test_python_tells_which_argument_of_a_network_is_missing():
    with pytest.raises(TypeError, match="mlp_encoder.*output_dim"):
        networks.mlp_encoder(VECTOR)
    with pytest.raises(TypeError, match="mlp_encoder.*units"):
        networks.mlp_encoder(VECTOR, 2, units=3)


@pytest.mark.parametrize("found", [None, 3, "mlp", print, keras.layers.Dense(2)])
def test_models_say_what_is_no_network(found):
    encoder, decoder = networks.mlp_autoencoder(VECTOR, 2)
    generator = networks.mlp_generator(2, VECTOR)
    for build, *given in (
        (kgen.Autoencoder, found, decoder),
        (kgen.Autoencoder, encoder, found),
        (kgen.GAN, generator, found),
        (kgen.BEGAN, found, decoder),
    ):
        with pytest.raises(ValueError, match="Expected a network with one input"):
            build(*given)


@pytest.mark.parametrize("found", [None, 3, print, [3], kgen.flows.Permute()])
def test_a_flow_says_what_is_no_list_of_steps(found):
    with pytest.raises(ValueError, match=r"instances of kgen\.flows\.Step, in a list"):
        kgen.Flow(found, VECTOR)
