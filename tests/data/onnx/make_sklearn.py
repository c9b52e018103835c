"""Writes ``sklearn_*.onnx``; needs scikit-learn 1.x and skl2onnx. Run: ``python tests/data/onnx/make_sklearn.py``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from skl2onnx import to_onnx
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neural_network import MLPClassifier

x = np.random.default_rng(0).normal(size=(60, 6)).astype(np.float32)
y = np.arange(60) % 3
signs = (x > 0).astype(np.float32)
fitted = {
    "kmeans": KMeans(4, n_init=1, random_state=0).fit(x),
    "gaussian_nb": GaussianNB().fit(x, y),
    "bernoulli_nb": BernoulliNB().fit(signs, y),
    "pca": PCA(2).fit(x),
    "mixture": GaussianMixture(3, covariance_type="diag", random_state=0).fit(x),
    "mlp": MLPClassifier((5,), max_iter=20, random_state=0).fit(x, y),
}
for name, model in fitted.items():
    onnx.save(to_onnx(model, x[:1]), Path(__file__).parent / f"sklearn_{name}.onnx")
