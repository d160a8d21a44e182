"""Background work of this wing. Each task is a nudge: it looks at the database for what there is to do.

One module per room; Celery finds the tasks by the imports below.
"""

from campaigns.tasks.matching import draw_shortlist, sweep_shortlists
from campaigns.tasks.outreach import send_outreach, sweep_outreach

__all__ = ["draw_shortlist", "send_outreach", "sweep_outreach", "sweep_shortlists"]
