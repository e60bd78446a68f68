"""What a notebook shows of a model."""

import html

import keras

from kgen.core.verbs import verbs


class ShownInNotebooks:
    """Gives a model the table that Jupyter shows. A base of `GenerativeModel`."""

    def _repr_html_(self):
        rows = {
            "data": self.data_shape,
            "latent": self.latent_shape,
            "classes": self.num_classes,
            "context": self.context_shape,
            "verbs": ", ".join(sorted(verbs(self))),
        }
        networks = {
            name: value
            for name, value in vars(self).items()
            if isinstance(value, keras.Model) and not name.startswith("_")
        }
        for name, network in networks.items():
            rows[name] = f"{network.name}, {network.count_params():,} parameters"
        cells = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td></tr>"
            for name, value in rows.items()
            if value not in (None, "")
        )
        title = html.escape(f"{type(self).__name__}: {self.name}")
        return f"<table><caption>{title}</caption>{cells}</table>"
