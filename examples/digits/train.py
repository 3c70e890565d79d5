"""Train a digit classifier with the settings given as arguments, and print its error.

    python train.py --classifier=svc --svc_c=10

The error is the share of wrong answers in a two-fold cross-validation of scikit-learn's bundled
digits: 1,797 images of 8 x 8 pixels with values from 0 to 16. It depends on the settings alone.
"""

import os

# One thread a run: several runs share the machine. It has to be said before numpy is imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter, sobel
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

BRIGHTEST = 16.0
BLUR = {"none": 0.0, "light": 0.4, "heavy": 0.7}  # standard deviation in pixels
FEW = 15  # one image in so many
SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def main() -> None:
    """Train with the settings of the command line and report the error."""
    settings = arguments().parse_args()
    error = cross_validated_error(settings)
    print(f"error={error:.6f}")
    if results := os.environ.get("OVERTONE_RESULTS"):
        with Path(results).open("a") as file:
            file.write(json.dumps({"error": error}) + "\n")


def arguments() -> argparse.ArgumentParser:
    """Every setting with its default; a setting that a choice leaves unused is ignored."""
    parser = argparse.ArgumentParser()
    # The image.
    parser.add_argument("--images", choices=["few", "all"], default="all")
    parser.add_argument("--pixels", choices=["raw", "binary"], default="raw")
    parser.add_argument("--threshold", type=int, default=8)  # of binary pixels
    parser.add_argument("--blur", choices=list(BLUR), default="none")
    parser.add_argument("--edges", choices=["no", "yes"], default="no")
    parser.add_argument("--shifts", choices=["no", "yes"], default="no")
    parser.add_argument("--scaler", choices=["none", "standard", "minmax"], default="standard")
    # The reduction of the pixels to fewer features.
    parser.add_argument("--reduction", choices=["none", "pca", "select"], default="pca")
    parser.add_argument("--pca_components", type=int, default=20)
    parser.add_argument("--pca_whiten", choices=["no", "yes"], default="no")
    parser.add_argument("--select_count", type=int, default=30)
    # The classifier.
    families = ["logistic", "knn", "svc"]
    parser.add_argument("--classifier", choices=families, default="logistic")
    parser.add_argument("--logistic_c", type=float, default=1.0)
    parser.add_argument("--knn_neighbours", type=int, default=5)
    parser.add_argument("--knn_weights", choices=["uniform", "distance"], default="uniform")
    parser.add_argument("--svc_kernel", choices=["linear", "poly", "rbf"], default="rbf")
    parser.add_argument("--svc_c", type=float, default=1.0)
    parser.add_argument("--svc_gamma", choices=["scale", "auto"], default="scale")
    # Seven dummies: nothing reads them. A tuner should find that out.
    parser.add_argument("--cache_slots", type=int, default=2)
    parser.add_argument("--checkpoint", choices=["never", "best", "always"], default="best")
    parser.add_argument("--io_buffer", choices=["small", "medium", "large"], default="medium")
    parser.add_argument("--label_style", choices=["digit", "word"], default="digit")
    parser.add_argument("--log_every", type=int, default=10)
    parser.add_argument("--prefetch", choices=["no", "yes"], default="yes")
    parser.add_argument("--progress", choices=["no", "yes"], default="no")
    return parser


def cross_validated_error(settings: argparse.Namespace) -> float:
    """The share of the digits that a model trained on the other half of them gets wrong."""
    digits = load_digits()
    images, labels = digits.images, digits.target
    wrong = 0
    halves = StratifiedKFold(n_splits=2, shuffle=True, random_state=0)
    for train, test in halves.split(images, labels):
        seen = train[::FEW] if settings.images == "few" else train
        known, answers = images[seen], labels[seen]
        if settings.shifts == "yes":
            known, answers = with_shifts(known, answers)
        model = pipeline(settings)
        model.fit(features(known, settings), answers)
        wrong += int((model.predict(features(images[test], settings)) != labels[test]).sum())
    return wrong / len(labels)


def with_shifts(images: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The images, and after them a copy of every second one moved by a pixel in turning directions."""
    moved = [
        np.roll(image, SHIFTS[i % len(SHIFTS)], axis=(0, 1)) for i, image in enumerate(images[::2])
    ]
    return np.concatenate([images, moved]), np.concatenate([labels, labels[::2]])


def features(images: np.ndarray, settings: argparse.Namespace) -> np.ndarray:
    """One row of pixels an image, followed by the strength of its edges if asked for."""
    if settings.pixels == "binary":
        images = np.where(images >= settings.threshold, BRIGHTEST, 0.0)
    width = BLUR[settings.blur]
    images = gaussian_filter(images, sigma=(0.0, width, width))
    if settings.edges == "yes":
        strength = np.hypot(sobel(images, axis=1), sobel(images, axis=2)) / 8
        images = np.concatenate([images, strength], axis=1)
    return images.reshape(len(images), -1)


def pipeline(settings: argparse.Namespace) -> Pipeline:
    """The scaler, the reduction and the classifier, untrained."""
    scaler = {
        "none": "passthrough",
        "standard": StandardScaler(),
        "minmax": MinMaxScaler(),
    }[settings.scaler]
    return Pipeline(
        [
            ("scaler", scaler),
            ("reduction", reduction(settings)),
            ("classifier", classifier(settings)),
        ]
    )


# A run imports the parts of scikit-learn that it uses: importing takes longer than training.


def reduction(settings: argparse.Namespace) -> object:
    """What turns the features into fewer ones."""
    match settings.reduction:
        case "pca":
            from sklearn.decomposition import PCA

            return PCA(
                settings.pca_components, whiten=settings.pca_whiten == "yes", svd_solver="full"
            )
        case "select":
            from sklearn.feature_selection import SelectKBest

            return SelectKBest(spread, k=settings.select_count)
        case _:
            return "passthrough"


def spread(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The variance of the classes' means of each feature: high where the digits differ."""
    return np.var([X[y == label].mean(axis=0) for label in np.unique(y)], axis=0)


def classifier(settings: argparse.Namespace) -> object:
    """The classifier of the chosen family, with the settings of that family."""
    match settings.classifier:
        case "logistic":
            from sklearn.linear_model import LogisticRegression

            return LogisticRegression(C=settings.logistic_c, max_iter=100)
        case "knn":
            from sklearn.neighbors import KNeighborsClassifier

            return KNeighborsClassifier(settings.knn_neighbours, weights=settings.knn_weights)
        case _:
            from sklearn.svm import SVC

            return SVC(
                kernel=settings.svc_kernel,
                C=settings.svc_c,
                gamma=settings.svc_gamma,
                coef0=1.0,
                max_iter=2000,
            )


if __name__ == "__main__":
    main()
