"""The two servers of a worker, on which every trial puts doubles of its own."""

from __future__ import annotations

import base64
import json
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from sandbox.crm.service import PATH, Manufacturer
from sandbox.faults import Fault, Faults
from sandbox.http import Double, Request, Response, serving
from sandbox.onec.configuration import load
from sandbox.onec.service import OneC
from sandbox.running import ONEC_PASSWORD, ONEC_USER, UT11, Sandbox

if TYPE_CHECKING:
    from sandbox.content import World

PATIENCE: Final = 20.0


class _Counting(Faults):
    """Faults that count the requests which have come, so that one can wait until all are answered."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0

    def strike(self, method: str, target: str, body: str) -> list[Fault]:
        with self._lock:
            self.begun += 1
        return super().strike(method, target, body)


class Place(Double):
    """A server's double that hands everything to the one that stands here now."""

    def __init__(self) -> None:
        super().__init__()
        self.now: Double = self

    def put(self, double: Double) -> None:
        """Let another double stand here."""
        self.counting = double.faults = self.faults = _Counting()
        self.seen, self.now = double.seen, double

    def handle(self, request: Request) -> Response:
        return self.now.handle(request)

    def fault_answer(self, kind: str, request: Request) -> Response | None:
        return self.now.fault_answer(kind, request)

    def settle(self) -> None:
        """Disarm all faults, let held requests go on, and wait until every request that came is answered."""
        self.faults.clear()
        until = time.monotonic() + PATIENCE
        while len(self.seen) < self.counting.begun and time.monotonic() < until:
            time.sleep(0.001)
        assert len(self.seen) >= self.counting.begun


class Stage:
    """Two servers that stay; ``put`` gives a world's doubles, new and undamaged."""

    def __init__(self) -> None:
        self._configuration = load(UT11)
        self._closing = ExitStack()
        self.onec, self.crm = Place(), Place()
        self._onec_root = self._closing.enter_context(serving(self.onec)).url
        self._crm_root = self._closing.enter_context(serving(self.crm)).url

    def put(self, world: World) -> Sandbox:
        """Put the doubles of a world on the servers."""
        onec = OneC(self._configuration, world.onec, users={ONEC_USER: ONEC_PASSWORD})
        crm = Manufacturer([world.crm], barcode_column="BarCode", clock=lambda: world.now)
        self.onec.put(onec)
        self.crm.put(crm)
        return Sandbox(world, onec, crm, f"{self._onec_root}{onec.root}", f"{self._crm_root}{PATH}", ExitStack())

    def settle(self) -> None:
        """Disarm both and wait until they are idle."""
        self.onec.settle()
        self.crm.settle()

    def close(self) -> None:
        """Stop both servers."""
        self._closing.close()


def told(doubles: Sandbox, entity: str, reference: str, action: str = "", **values: Any) -> None:
    """Do in 1C what its people do: change an object, or post and unpost it; no fault strikes them."""
    token = base64.b64encode(f"{ONEC_USER}:{ONEC_PASSWORD}".encode()).decode()
    path = f"{doubles.onec.root}/{entity}(guid'{reference}'){'/' + action if action else ''}"
    headers = {"authorization": f"Basic {token}", "accept": "application/json", "host": "localhost"}
    method = "POST" if action else "PATCH"
    answer = doubles.onec.handle(Request(method, path, "$format=json", headers, json.dumps(values).encode()))
    assert answer.status < 300, answer.body.decode()
