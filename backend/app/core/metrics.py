"""Figures for Prometheus: how much is asked, how it is answered, and how long that takes."""

import os
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SHARED = "PROMETHEUS_MULTIPROC_DIR"
Connections = Callable[[], Mapping[str, int]]


class Metrics:
    """The figures of one application.

    With several processes behind one port the library's ``PROMETHEUS_MULTIPROC_DIR`` has each
    answer for all.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "housestaff_http_requests_total",
            "Requests answered.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "housestaff_http_request_seconds",
            "Time from a request to the end of its answer.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "housestaff_http_requests_in_flight",
            "Requests that are being answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def watch(self, connections: Connections) -> None:
        """Tell of the database's connections as well."""
        self.registry.register(_Pool(connections))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer.

        Parameters
        ----------
        route
            The template of the path: a path itself would be a figure of its own for each id.
        """
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def page(self) -> bytes:
        """Return all figures as Prometheus reads them."""
        if _SHARED not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # it has no types
        return generate_latest(registry)


class _Pool(Collector):
    def __init__(self, connections: Connections) -> None:
        self.connections = connections

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "housestaff_database_connections", "Connections to the database.", labels=["state"]
        )
        for state, number in self.connections().items():
            family.add_metric([state], number)
        yield family
