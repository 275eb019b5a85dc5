"""The published base over real sockets: sessions, the pool, cold start, encodings, control pages, faults."""

from __future__ import annotations

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from sandbox.http import Request, serving
from sandbox.onec.service import OneC
from tests.sandbox.onec_base import BEER, CONFIGURATION, DEFECT, MAIN, PASSWORD, USER, ask, base, basic, ref

if TYPE_CHECKING:
    from sandbox.http import Running

START = {"ibsession": "start"}


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


def client(running: Running) -> httpx.Client:
    """Open a client as our product and most others do."""
    assert isinstance(running.double, OneC)
    auth = httpx.BasicAuth(USER, PASSWORD)
    return httpx.Client(base_url=running.url + running.double.root, auth=auth, headers={"Accept": "application/json"})


def test_a_session_is_kept_by_its_cookie_until_it_is_finished() -> None:
    """Start gives a cookie, the cookie goes on, finish ends it, after that it is stale."""
    onec = base()
    with serving(onec) as running, client(running) as http_client:
        started = http_client.get("/Catalog_Склады", headers={"IBSession": "start"})
        assert started.cookies["ibsession"]
        assert onec.pool.kept == 1
        again = http_client.get("/Catalog_Склады")
        assert again.status_code == 200
        assert "set-cookie" not in again.headers
        assert http_client.get("/Catalog_Склады", headers={"IBSession": "finish"}).status_code == 200
        assert onec.pool.kept == 0
        stale = http_client.get("/Catalog_Склады")
        assert stale.status_code == 400
        http_client.cookies.clear()
        assert http_client.get("/Catalog_Склады").status_code == 200


def test_an_exhausted_pool_is_406_until_a_session_ends_by_age() -> None:
    """Kept sessions hold their places between requests; one that nobody uses ends after its age."""
    clock = Clock()
    onec = base(pool_size=2, session_max_age=20, ticks=clock)
    for _ in range(2):
        assert ask(onec, "Catalog_Склады", headers=START).status == 200
    refused = ask(onec, "Catalog_Склады")
    assert (refused.status, refused.content_type) == (406, "text/html;charset=utf-8")
    assert ask(onec, "Catalog_Склады", headers=START).status == 406
    clock.now = 21
    assert ask(onec, "Catalog_Склады").status == 200


def test_requests_at_once_take_a_place_each() -> None:
    """While one request is in work in a pool of one, the next is 406."""
    working, go_on = threading.Event(), threading.Event()

    def slow(_: object) -> None:
        working.set()
        go_on.wait(10)

    onec = base(pool_size=1, handlers={"Catalog_Склады": slow})
    thread = threading.Thread(target=ask, args=(onec, "Catalog_Склады"), kwargs={"method": "POST", "body": {}})
    thread.start()
    assert working.wait(10)
    assert ask(onec, "Catalog_Склады").status == 406
    go_on.set()
    thread.join()
    assert ask(onec, "Catalog_Склады").status == 200


def test_a_publication_may_ignore_the_wish_for_a_session() -> None:
    """No cookie comes back, and a foreign cookie is no error."""
    onec = base(ignore_session=True)
    told = ask(onec, "Catalog_Склады", headers={**START, "cookie": "a=b; ibsession=xyz"})
    assert told.status == 200
    assert "Set-Cookie" not in told.headers
    assert onec.pool.kept == 0


def test_the_first_request_waits_for_the_base_to_wake_up() -> None:
    """Only the first one, however long it is set."""
    waited: list[float] = []
    onec = base(cold_start_seconds=40, sleep=waited.append)
    for _ in range(3):
        assert ask(onec, "Catalog_Склады").status == 200
    assert waited == [40]


def test_names_and_values_travel_percent_encoded_and_a_plus_stays() -> None:
    """The dollar may be encoded too; a literal plus inside quotes is found as a plus."""
    onec = base()
    onec_content = OneC(CONFIGURATION, {"Catalog_Склады": [{"Ref_Key": MAIN, "Description": "А+Б"}]})
    assert ask(onec, "Catalog_Склады", raw="%24format=json&%24top=1").value[0]["Ref_Key"] == MAIN
    text = quote("Description eq 'А+Б'", safe="'")
    assert len(ask(onec_content, "Catalog_Склады", raw=f"$format=json&$filter={text}").value) == 1
    plus = text.replace("%2B", "+")
    assert len(ask(onec_content, "Catalog_Склады", raw=f"$format=json&$filter={plus}").value) == 1


def test_location_leaves_as_raw_bytes_of_utf8() -> None:
    """A latin-1 client reads rubbish there, as with 1C; the bytes are UTF-8."""
    with serving(base()) as running:
        connection = http.client.HTTPConnection("127.0.0.1", running.port)
        path = quote("/ut/odata/standard.odata/Catalog_Склады")
        connection.request("POST", path + "?$format=json", b"{}", {"Authorization": basic()})
        answer = connection.getresponse()
        location = (answer.getheader("Location") or "").encode("latin-1").decode("utf-8")
        assert "/Catalog_Склады(guid'" in location
        connection.close()


def test_another_publication_and_other_users() -> None:
    """The name in the address and the users are settings."""
    onec = base(publication="trade/prod", users={"обмен": "п:ароль"})
    assert onec.root == "/trade/prod/odata/standard.odata"
    assert ask(onec, "Catalog_Склады", headers={"authorization": basic("обмен", "п:ароль")}).status == 200
    assert ask(onec, "Catalog_Склады").status == 401
    told = onec.handle(Request("GET", "/ut/odata/standard.odata/", "", {}, b""))
    assert told.status == 404


def test_control_pages_show_exact_balances_and_objects() -> None:
    """For people and tests: decimals as strings, objects by set; nothing else answers."""
    with serving(base()) as running:
        balances = httpx.get(f"{running.url}/_sandbox/balances").json()
        assert balances["ТоварыНаСкладах"][0] == {
            "Номенклатура": BEER,
            "Склад": MAIN,
            "ВНаличии": "7.5",
            "КОтгрузке": "0",
        }
        assert balances["Резервы"][0]["Количество"] == "3"
        objects = httpx.get(f"{running.url}/_sandbox/objects/Catalog_Склады").json()
        assert [each["Ref_Key"] for each in objects] == [MAIN, DEFECT]
        assert httpx.get(f"{running.url}/_sandbox/objects/НетТакого").status_code == 404
        assert httpx.post(f"{running.url}/_sandbox/balances").status_code == 404


def test_faults_of_the_wire_work_on_this_double() -> None:
    """A cut after the document is stored: the client sees a broken connection, the base has the document."""
    onec = base()
    onec.faults.arm("cut_after", method="POST")
    with serving(onec) as running, client(running) as http_client:
        try:
            http_client.post("/Document_Поступление", json={"Number": "Х-1"})
        except httpx.TransportError:
            broken = True
        else:
            broken = False
        assert broken
        assert [each["Number"] for each in onec.store.objects("Document_Поступление")][-1] == "Х-1"


def test_pages_asked_for_at_once_make_one_whole() -> None:
    """Four clients read pages of one ordered query of 20,000 rows: every row once."""
    rows = [{"Ref_Key": ref(number), "Description": f"т{number % 100}"} for number in range(1, 20_001)]
    onec = OneC(CONFIGURATION, {"Catalog_ВидыЦен": rows})

    def page(number: int) -> list[str]:
        query = {"orderby": "Description,Ref_Key", "select": "Ref_Key", "top": 1000, "skip": number * 1000}
        return [row["Ref_Key"] for row in ask(onec, "Catalog_ВидыЦен", **query).value]  # type: ignore[arg-type] # options of any type

    with ThreadPoolExecutor(4) as pool:
        read = [key for keys in pool.map(page, range(20)) for key in keys]
    assert len(read) == len(set(read)) == 20_000
