"""Fixtures of every test, and how tests are shared among the workers of `-n`."""

import gc
import inspect
import pathlib

import keras
import pytest
from tensorflow.python.framework import config, ops

from kgen.testing import two_devices

two_devices()  # Before any test uses TensorFlow, which then keeps its devices.
# Tracing makes many small objects. Python would look through them all the time, which
# took a fifth of the tests' time.
gc.collect()
gc.freeze()
gc.set_threshold(100_000, 20, 10)

FOLDER = pathlib.Path(__file__).parent
# These start processes that wait for one another: never two of them at a time.
PROCESSES = ("test_kill", "test_multiworker")
# Files that take long, which `pytest -m quick` leaves out.
LONG = """
    adversarial/augmentation/test_augmented_game
    adversarial/auxiliary/test_auxiliary adversarial/restoration/test_inpainter
    adversarial/restoration/test_super_resolution
    adversarial/test_adversarial_autoencoder adversarial/test_cycle
    adversarial/test_game adversarial/test_gap adversarial/test_stackgan
    adversarial/test_translation adversarial/test_vaegan
    autoencoders/test_autoencoder autoencoders/test_vae autoencoders/test_vqvae
    autoregressive/test_model core/checkpoint/test_checkpoint
    core/checkpoint/test_resuming core/distribution/test_replicas
    core/test_door_properties core/test_model core/test_specs
    core/test_verb_properties data/test_loading diffusion/test_contract_of_diffusion
    diffusion/test_ddpm diffusion/test_gaussian downstream/test_classifiers
    downstream/test_debiasing flows/test_flow flows/test_levels flows/test_steps
    hub/test_hub metrics/test_classifier mixtures/test_mixtures
    networks/causal/test_causality
    networks/gan/test_gan_networks networks/layers/test_group_norm
    networks/layers/test_unpooling networks/test_denoisers networks/test_unet
    loggers/test_mlflow runs/test_logging runs/test_runs runs/test_survival
    serving/test_operations
    serving/test_saved_model test_adding test_cli test_context test_contract
    test_docstrings test_editors test_examples test_import test_kill
    test_multiworker test_pages test_reproduce test_two_stage
""".split()
# Their tests share nothing, or no more than a model.
SPREAD = ("test_contract", "test_docstrings", "test_examples", "test_pages")


@pytest.fixture(scope="session", autouse=True)
def tfds_dir(tmp_path_factory):
    """The folder that TFDS writes to, so that the home folder stays as it is."""
    folder = tmp_path_factory.mktemp("tensorflow_datasets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(folder))
        yield folder


@pytest.fixture
def free_operations():
    """Operations need not be deterministic, whatever tests before this one wanted."""
    was_deterministic = config.is_op_determinism_enabled()
    config.disable_op_determinism()
    yield
    if was_deterministic:
        config.enable_op_determinism()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """The same initial weights and noise, whichever tests ran before.

    A hook comes before the fixtures of a file, which a fixture of each test does not.
    """
    keras.utils.set_random_seed(0)


def piece(nodeid):
    """The name of what goes to one worker as a whole, so that it is made only once.

    A file, as a rule; of the contract all checks of a model. `--dist loadgroup` has no
    effect with pytest 9.2 (pytest-dev/pytest-xdist#1386).
    """
    file, _, test = nodeid.partition("::")
    name = pathlib.PurePath(file).stem
    if name in PROCESSES:
        return "processes"
    if name == "test_contract":
        return test.rpartition("-")[0] or test
    return nodeid if name in SPREAD else file


def pytest_collection_modifyitems(items):
    """Marks quick tests; puts small pieces last, so that workers end together."""
    for item in items:
        name = item.path.relative_to(FOLDER).with_suffix("").as_posix()
        if name not in LONG and item.get_closest_marker("slow") is None:
            item.add_marker("quick")
    items.sort(key=lambda item: item.path.stem in SPREAD)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Frees the graphs of a file's tests after its last one.

    TensorFlow keeps the graph of each `tf.custom_gradient` for good. Its own `silu` is
    one, so that memory grew with every model. TFP traces some of its functions once for
    a process: theirs stay.
    """
    result = yield
    if nextitem is None or nextitem.path != item.path:
        registry = ops.gradient_registry._registry
        for name in [name for name in registry if name.startswith("CustomGradient-")]:
            if not defined_in(registry[name]["type"], "tensorflow_probability"):
                del registry[name]
        gc.collect()
        gc.freeze()  # What is left stays, and is not looked through again.
    return result


def defined_in(gradient, package):
    """Whether a registered gradient calls a function of a package."""
    for name in ("tape_grad_fn", "grad_fn"):  # One inside the other.
        gradient = inspect.getclosurevars(gradient).nonlocals.get(name, gradient)
    return gradient.__module__.startswith(package)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Gives workers one `piece` after another, in this order."""
    from xdist.scheduler import LoadScopeScheduling

    class Pieces(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return piece(nodeid)

    config.option.loadscopereorder = False
    return Pieces(config, log)
