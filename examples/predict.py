"""Latencies of networks from a tempograph service, as a pandas table.

    python3 examples/predict.py pixel3 networks.csv > latencies.csv

networks.csv has a column `architecture`. TEMPOGRAPH_URL names the service (http://localhost:8080), TEMPOGRAPH_KEY an
API key if it requires one. Needs only requests and pandas.
"""

import os
import sys

import pandas as pd
import requests

URL = os.environ.get("TEMPOGRAPH_URL", "http://localhost:8080")
MOST_AT_ONCE = 10_000

session = requests.Session()
if "TEMPOGRAPH_KEY" in os.environ:
    session.headers["authorization"] = f"Bearer {os.environ['TEMPOGRAPH_KEY']}"


def ask(method: str, path: str, **arguments) -> dict:
    """A service's answer; if it refuses the request, its message is printed."""
    response = session.request(method, URL + path, timeout=60, **arguments)
    if not response.ok:
        sys.exit(f"{path}: {response.json()['error']['message']}")
    return response.json()


def predict(device: str, architectures: list[str]) -> pd.DataFrame:
    """One row per architecture: its latency in ms and the interval in which 90 % of measurements lie."""
    rows = []
    for start in range(0, len(architectures), MOST_AT_ONCE):
        body = {
            "device": device,
            "architectures": architectures[start : start + MOST_AT_ONCE],
            "intervals": True,
        }
        rows += ask("POST", "/v1/predict", json=body)["predictions"]
    table = pd.json_normalize(rows).rename(
        columns={
            "latencyMs": "latency_ms",
            "interval.lowMs": "low_ms",
            "interval.highMs": "high_ms",
        }
    )
    wanted = ["architecture", "latency_ms", "low_ms", "high_ms", "error"]
    return table.reindex(columns=[name for name in wanted if name in table])


if __name__ == "__main__":
    if len(sys.argv) != 3:
        devices = ", ".join(device["id"] for device in ask("GET", "/v1/devices")["devices"])
        sys.exit(f"usage: predict.py <device> <networks.csv>\ndevices: {devices}")
    networks = pd.read_csv(sys.argv[2])
    predict(sys.argv[1], networks["architecture"].tolist()).to_csv(sys.stdout, index=False)
