"""What a server counts, for Prometheus."""

import prometheus_client


class Figures:
    """What a server counts, in a registry of its own, for Prometheus."""

    def __init__(self):
        self.registry = prometheus_client.CollectorRegistry()
        kept = {"registry": self.registry}
        self.requests = prometheus_client.Counter(
            "kgen_requests", "Requests by status.", ("model", "status"), **kept
        )
        self.seconds = prometheus_client.Histogram(
            "kgen_request_seconds", "Time of answered requests.", ("model",), **kept
        )
        self.in_progress = prometheus_client.Gauge(
            "kgen_requests_in_progress", "Requests that are being answered.", **kept
        )
        self.dropped = prometheus_client.Counter(
            "kgen_dropped",
            "Requests that were dropped, as their client left while they waited.",
            ("model",),
            **kept,
        )
        self.rows = prometheus_client.Histogram(
            "kgen_batch_rows",
            "Rows that ran at once.",
            buckets=[2**n for n in range(13)],
            **kept,
        )

    def text(self):
        """All figures, in the format of Prometheus."""
        return prometheus_client.generate_latest(self.registry)
