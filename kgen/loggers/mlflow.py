"""Runs in MLflow: parameters, metrics of each epoch, pictures, figures."""

import os
import re
import time

from kgen.loggers.table import Logger, register

EXPERIMENT = "kgen"  # Unless MLFLOW_EXPERIMENT_NAME or MLFLOW_EXPERIMENT_ID has one.
STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
HELD_OUT = "held_out/"
MOST = 100  # Parameters that MLflow takes at a time.
LONGEST = 500  # Characters of a parameter that every store of MLflow takes.


@register("mlflow", package="mlflow", extra="mlflow")
class MLflowLogger(Logger):
    """A run of MLflow, where `MLFLOW_TRACKING_URI` or `mlflow.set_tracking_uri` says.

    It is not the active run of MLflow, so that what else is logged does not mix with
    it. Parameters of MLflow cannot change: what a resumed run changes becomes a tag.
    """

    def __init__(self, run):
        import mlflow
        from mlflow.exceptions import MlflowException

        self.errors = (OSError, MlflowException)
        self.client = mlflow.MlflowClient()
        # The record has no address of a server, which may hold a password.
        place = without_password(self.client.tracking_uri)
        if run.record is None:
            found = self.client.create_run(self._experiment(), run_name=run.folder.name)
        else:
            found = self._recorded(run, place)
        self.run_id = found.info.run_id
        self.record = {"run_id": self.run_id}
        self.where = f"MLflow: run {self.run_id} at {place}"
        self._log_parameters(run.parameters, found.data.params)
        self.client.update_run(self.run_id, status="RUNNING")

    def epochs(self):
        """Those of which no metric is missing."""
        names = set(self.client.get_run(self.run_id).data.metrics) - {"learning_rate"}
        found = [self._steps(name) for name in names if not name.startswith(HELD_OUT)]
        return set.intersection(*found) if found else set()

    def log_epoch(self, epoch, logs, picture):
        """Logs a picture, then all metrics in one request, as `epochs` expects."""
        if picture is not None:
            from PIL import Image

            with Image.open(picture) as samples:
                self.client.log_image(self.run_id, samples, key="samples", step=epoch)
        self._log_metrics(epoch, logs)

    def log_results(self, epoch, figures, files):
        """Logs figures as metrics `held_out/elbo` and so on, and files as artifacts."""
        figures = {HELD_OUT + name: value for name, value in figures.items()}
        new = {k: v for k, v in figures.items() if epoch not in self._steps(k)}
        self._log_metrics(epoch, new)
        for file in files:
            self.client.log_artifact(self.run_id, os.fspath(file))

    def close(self, status):
        """Sets the status of the run."""
        self.client.set_terminated(self.run_id, STATUS[status])

    def _experiment(self):
        """The identity of the experiment, which is made if there is none."""
        if identity := os.environ.get("MLFLOW_EXPERIMENT_ID"):
            return identity
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
        found = self.client.get_experiment_by_name(name)
        return found.experiment_id if found else self.client.create_experiment(name)

    def _recorded(self, run, place):
        """The run that was begun before."""
        from mlflow.exceptions import MlflowException

        run_id = run.record.get("run_id")
        try:
            found = self.client.get_run(run_id)
        except MlflowException as error:
            found, reason = None, error.error_code
        if found is not None and found.info.lifecycle_stage == "deleted":
            found, reason = None, "it was deleted"
        if found is None:
            raise ValueError(
                f"{run.folder} was logged as run {run_id} of MLflow, which is not at "
                f"{place} ({reason}). Set MLFLOW_TRACKING_URI as before, and start in "
                "the same folder; or remove loggers.json, to log as another run."
            )
        return found

    def _log_parameters(self, parameters, known):
        from mlflow.entities import Param

        given = {name: str(value)[:LONGEST] for name, value in parameters.items()}
        new = [Param(name, v) for name, v in given.items() if name not in known]
        for start in range(0, len(new), MOST):
            self.client.log_batch(self.run_id, params=new[start : start + MOST])
        for name, value in given.items():
            if known.get(name, value) != value:
                self.client.set_tag(self.run_id, f"resumed.{name}", value)

    def _log_metrics(self, epoch, values):
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        metrics = [Metric(name, value, now, epoch) for name, value in values.items()]
        self.client.log_batch(self.run_id, metrics=metrics)

    def _steps(self, name):
        history = self.client.get_metric_history(self.run_id, name)
        return {metric.step for metric in history}


def without_password(uri):
    """The address of a server without a name and a password in it."""
    return re.sub(r"//[^/]*@", "//", uri)
