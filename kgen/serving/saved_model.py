"""SavedModels, with a signature for each verb, as TensorFlow Serving takes them."""

import keras

from kgen.serving.formats import register


@register("saved_model")
def write_saved_model(endpoints, folder):
    """Writes a SavedModel; the first endpoint is also its `serving_default`.

    Args:
        endpoints: `{name: Endpoint}`.
        folder: An empty `pathlib.Path`.
    """
    archive = keras.export.ExportArchive()
    for name, endpoint in endpoints.items():
        archive.add_endpoint(name, endpoint.function, list(endpoint.specs.values()))
    archive.write_out(str(folder), verbose=False)
