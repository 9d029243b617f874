"""Other methods on the runs of an emulator's benchmark, by scikit-learn: tuned on the validation part, then fitted to all.

Reads {"train": {"x", "y"}, "valid": {...}, "test": {...}} from stdin, standardised, rows of numbers; prints
{"method": root mean square error on the test over its standard deviation} as JSON.
"""

import json
import sys
import warnings
from itertools import product

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

warnings.filterwarnings("ignore")


def main():
    data = {part: {k: np.array(v) for k, v in xy.items()} for part, xy in json.load(sys.stdin).items()}
    train, valid, test = data["train"], data["valid"], data["test"]
    both = {k: np.concatenate([train[k], valid[k]]) for k in ("x", "y")}
    inputs = both["x"].shape[1]

    def error(model, part):
        predicted = model.predict(part["x"]).reshape(part["y"].shape)
        spread = part["y"] - part["y"].mean(axis=0)
        return float(np.sqrt(((predicted - part["y"]) ** 2).mean() / (spread**2).mean()))

    def gaussian_process(length, noise):
        kernel = ConstantKernel(1.0) * RBF(np.full(inputs, length), (0.05, 100)) + WhiteKernel(noise, (1e-8, 1))
        return GaussianProcessRegressor(kernel, n_restarts_optimizer=0, random_state=0)

    candidates = {
        "ridge": [
            lambda d=d, a=a: make_pipeline(PolynomialFeatures(d), Ridge(alpha=a))
            for d, a in product([1, 2], [1e-4, 1e-2, 1, 10])
        ],
        "kernel ridge": [
            lambda g=g, a=a: KernelRidge(kernel="rbf", gamma=g, alpha=a)
            for g, a in product([0.01, 0.03, 0.1, 0.3, 1], [1e-6, 1e-4, 1e-2, 0.1])
        ],
        "forest": [
            lambda leaf=leaf, f=f: RandomForestRegressor(200, min_samples_leaf=leaf, max_features=f, random_state=0)
            for leaf, f in product([1, 3], [1.0, 0.5])
        ],
        # Where its likelihood is climbed from decides whether it finds more than noise.
        "Gaussian process": [
            lambda length=length, noise=noise: gaussian_process(length, noise)
            for length, noise in [(2.0, 1e-3), (5.0, 1e-1)]
        ],
        "MLP": [
            lambda a=a, h=h: MLPRegressor(h, alpha=a, max_iter=1000, random_state=0)
            for a, h in product([1e-4, 1e-2], [(128, 128), (256, 256)])
        ],
    }
    result = {}
    for name, makers in candidates.items():
        tried = [error(make().fit(train["x"], train["y"]), valid) for make in makers] if len(makers) > 1 else [0]
        best = makers[int(np.argmin(tried))]
        result[name] = error(best().fit(both["x"], both["y"]), test)
    print(json.dumps(result))


main()
