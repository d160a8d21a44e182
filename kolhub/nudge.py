"""Waking a worker up. Messages are nudges, never facts: a lost one is found by the sweep."""

import logging
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def nudge(task: Any, *args: Any) -> None:
    """Send a task off once the open transaction is committed. A dead broker is logged and otherwise ignored."""

    def send() -> None:
        try:
            task.apply_async(args=args, retry=False)
        except OperationalError as trouble:
            log.warning("%s waits for its sweep: the broker does not answer (%s)", task.name, trouble)

    transaction.on_commit(send)
