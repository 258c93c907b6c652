"""Makes `predictions.npz`: rates, components and neighbour maps as scikit-learn computes them.

Run outside of the project's environment, with scikit-learn 1.5 or later: `python tests/golden/make_predictions.py`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.distance import squareform
from sklearn.decomposition import PCA
from sklearn.manifold import _t_sne
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve
from sklearn.metrics.pairwise import euclidean_distances

PERPLEXITY = 8.0


def make() -> dict[str, Any]:
    """All arrays by name."""
    rng = np.random.default_rng(4)
    positive = rng.random(120) < 0.3
    scores = np.round(rng.normal(size=120) + positive, 1)  # rounded: many are equal
    x, y, _ = roc_curve(positive, scores, drop_intermediate=False)
    precision, recall, _ = precision_recall_curve(positive, scores)
    found = {
        "positive": positive,
        "scores": scores,
        "roc_x": x,
        "roc_y": y,
        "auc": np.array(roc_auc_score(positive, scores)),
        "precision": precision,
        "recall": recall,
        "average_precision": np.array(average_precision_score(positive, scores)),
    }
    centres = rng.normal(0.0, 3.0, (3, 6))
    points = np.concatenate([centre + rng.normal(size=(15, 6)) for centre in centres])
    pca = PCA(2, svd_solver="full")
    found |= {"points": points, "places": pca.fit_transform(points), "shares": pca.explained_variance_ratio_}
    distances = euclidean_distances(points, squared=True)
    joint = _t_sne._joint_probabilities(distances.astype(np.float32), PERPLEXITY, 0)
    places = rng.normal(size=(45, 2))
    loss, gradient = _t_sne._kl_divergence(places.ravel(), joint, 1, 45, 2)
    return found | {
        "joint": squareform(joint),
        "map": places,
        "divergence": np.array(loss),
        "gradient": gradient.reshape(45, 2),
    }


if __name__ == "__main__":
    np.savez_compressed(Path(__file__).with_name("predictions.npz"), **make())
