"""Learning curves of random configurations, of a training and of a surrogate."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

DIGITS_EPOCHS = 81
EPOCH = "epoch"


@dataclass(frozen=True)
class Curves:
    """Errors `(M, epochs)` after each epoch, of M configurations."""

    validation: NDArray[np.float64]
    test: NDArray[np.float64]

    @property
    def epochs(self) -> int:
        """Of a full training."""
        return self.validation.shape[1]


def digits(configurations: int, *, seed: int) -> Curves:
    """Of scikit-learn's digits: a neural network of nine settings."""
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    X, X_val, y, y_val = train_test_split(X, y, test_size=0.4, stratify=y, random_state=0)
    rng = np.random.default_rng(seed)
    validation, test = np.ones((2, configurations, DIGITS_EPOCHS))
    for i in range(configurations):
        scaler = StandardScaler(with_std=bool(rng.integers(2)))
        scaler.fit(X)
        network = MLPClassifier(
            hidden_layer_sizes=(int(2 ** rng.uniform(2, 6)),) * int(rng.integers(1, 3)),
            activation=str(rng.choice(["relu", "tanh", "logistic"])),
            solver="sgd",
            learning_rate_init=float(10 ** rng.uniform(-5, 0.5)),
            momentum=float(rng.uniform(0, 0.99)),
            nesterovs_momentum=bool(rng.integers(2)),
            alpha=float(10 ** rng.uniform(-6, 1)),
            batch_size=int(2 ** rng.integers(6, 9)),
            random_state=i,
        )
        train, val, held = scaler.transform(X), scaler.transform(X_val), scaler.transform(X_test)
        for epoch in range(DIGITS_EPOCHS):
            try:
                network.partial_fit(train, y, classes=np.unique(y))
            except ValueError:  # weights that are not finite any more: the errors stay at 1
                break
            validation[i, epoch] = 1 - network.score(val, y_val)
            test[i, epoch] = 1 - network.score(held, y_test)
    return Curves(validation, test)


def surrogate(folder: Path, task: str, configurations: int, *, seed: int) -> Curves:
    """Of YAHPO Gym's surrogate of LCBench on a dataset: errors of accuracy; in the test, balanced accuracy.

    Args:
        folder: with the surrogate's `model.onnx`, `names.json`, `config_space.json` and `encoding.json`.
        task: the dataset, a number of OpenML.
        configurations: how many, uniform in the space.
        seed: of them.
    """
    import onnxruntime

    names, space, encoding = (
        json.loads((folder / f"{part}.json").read_text())
        for part in ("names", "config_space", "encoding")
    )
    ranges = {h["name"]: h for h in space["hyperparameters"]}
    epochs = int(ranges[EPOCH]["upper"])
    rng = np.random.default_rng(seed)
    drawn = {
        name: _drawn(ranges[name], configurations, rng)
        for name in names["cont_names"]
        if name != EPOCH
    }
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / "model.onnx"), settings, providers=["CPUExecutionProvider"]
    )
    first, second = (each.name for each in session.get_inputs())
    instance = names["instance_names"]
    tasks = np.full((configurations, 1), encoding[instance][task], np.int32)
    places = [names["y_names"].index(y) for y in ("val_accuracy", "test_balanced_accuracy")]
    curves = np.empty((2, configurations, epochs))
    for epoch in range(1, epochs + 1):
        columns = [
            np.full(configurations, float(epoch)) if name == EPOCH else drawn[name]
            for name in names["cont_names"]
        ]
        inputs = {first: tasks, second: np.stack(columns, axis=1).astype(np.float32)}
        predicted = np.asarray(session.run(None, inputs)[0])
        # The accuracy is in percent, the balanced accuracy is a share.
        curves[:, :, epoch - 1] = 1.0 - predicted[:, places].T / [[100.0], [1.0]]
    return Curves(*curves)


def _drawn(scale: dict[str, object], count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Uniform values of a hyperparameter, or uniform in its logarithm."""
    low, high = float(str(scale["lower"])), float(str(scale["upper"]))
    if scale["log"]:
        values = np.exp(rng.uniform(np.log(low), np.log(high), count))
    else:
        values = rng.uniform(low, high, count)
    return np.round(values) if "int" in str(scale["type"]) else values
