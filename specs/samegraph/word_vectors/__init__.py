"""Word vectors trained on every backend and by gensim: how good they are, and how fast."""
