import json
import os

p = json.load(open(os.environ["OVERTONE_PARAMETERS"]))
if p["kind"] == "c" and p["count"] > 12:
    raise SystemExit("too large")
print(
    "score =",
    {"a": 0.0, "b": 4.0, "c": 2.0}[p["kind"]] * p["flag"] - abs(p["rate"] - 0.3) + p.get("deep", 0),
)
