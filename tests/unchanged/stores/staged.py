import json
import os

p = json.load(open(os.environ["OVERTONE_PARAMETERS"]))
budget = int(os.environ["OVERTONE_BUDGET"])
if p["kind"] == "c" and p["count"] > 12:
    raise SystemExit("too large")
loss = {"a": 0.0, "b": 4.0, "c": 2.0}[p["kind"]] * (1 if p["flag"] else -1) + abs(p["rate"] - 0.3)
print("loss =", loss + p.get("deep", 0) / p["layers"] + 1 / budget)
