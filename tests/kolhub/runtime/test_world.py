"""Real processes over a database of their own, and a browser that complains."""

from typing import Any

import pytest
from django.urls import reverse

from kolhub.runtime.processes import process
from tests.world import World


@pytest.mark.processes
@pytest.mark.browser
def test_web_starts_dies_and_starts_again(world: World, page: Any) -> None:
    world.start("web")
    first = world.pid("web")
    page.goto(world.web_url + reverse("account_login"))
    assert page.locator("input[type=password]").count() == 1
    world.kill("web")
    assert not process("web").answers(world.environment)
    world.start("web")
    assert world.pid("web") != first
    page.reload()
    assert page.locator("input[type=password]").count() == 1


@pytest.mark.processes
def test_a_worker_survives_the_loss_of_its_broker(world: World) -> None:
    world.start("worker")
    worker = world.pid("worker")
    world.broker.kill()
    assert not process("worker").answers(world.environment)
    world.broker.start()
    world.wait_for("worker")
    assert world.pid("worker") == worker
