"""Draw shortlists and train the learned ranker: the room's only part that touches the database."""

from campaigns.matching.shortlist.drawing import choose, draw, draw_waiting, request_draw, waiting, wanted_by
from campaigns.matching.shortlist.learn import load_lessons, train_ranker

__all__ = ["choose", "draw", "draw_waiting", "load_lessons", "request_draw", "train_ranker", "waiting", "wanted_by"]
