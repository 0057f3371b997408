"""The named endpoints with gradio_client: end to end, many at once, and what they refuse."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("gradio")
from demo_pictures import pixels
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from huge_png import huge_png
from PIL import Image

from adain_core import AdaIN, Region


def connect(app: str, tmp_path: Path) -> Client:
    """A client of its own: another user."""
    return Client(
        app, verbose=False, download_files=str(tmp_path), analytics_enabled=False, httpx_kwargs={"timeout": 60}
    )


@pytest.fixture
def client(app: str, tmp_path: Path) -> Client:
    """One user."""
    return connect(app, tmp_path)


def test_a_picture_in_a_built_in_style(client: Client, model: AdaIN, photo: Callable[..., Path]) -> None:
    """As in the README: the file is the library's picture."""
    file, about = client.predict(photo=handle_file(photo(1)), styles="starry-night", size=0, api_name="/stylize")
    assert np.abs(pixels(file) - pixels(model.stylize(photo(1), "starry-night"))).max() <= 1
    assert Path(file).suffix == ".png" and (about["width"], about["height"]) == (96, 80) and about["seconds"] > 0


def test_every_parameter_arrives(client: Client, model: AdaIN, photo: Callable[..., Path], tmp_path: Path) -> None:
    """Blend of a built-in style and an own picture, strength, colour, mask, soft edge, size, stroke."""
    mask = tmp_path / "mask.png"
    Image.fromarray(np.repeat([[0, 255]], 8, 0).astype(np.uint8)).save(mask)
    file, _ = client.predict(
        photo=handle_file(photo(1)), styles="scream:0.2", style_picture=handle_file(photo(2)),
        style_picture_weight=0.6, strength=0.7, color="luminance", size=72, stroke=64, api_name="/stylize",
    )  # fmt: skip
    blend = [("scream", 0.2), (str(photo(2)), 0.6)]
    expected = model.stylize(photo(1), blend, alpha=0.7, color="luminance", size=72, style_size=64)
    assert np.abs(pixels(file) - pixels(expected)).max() <= 1
    file, _ = client.predict(
        photo=handle_file(photo(1)), styles="scream, irises", mask=handle_file(mask), soft_edge=3, size=0,
        api_name="/stylize",
    )  # fmt: skip
    expected = model.stylize(photo(1), [Region("scream", mask)], feather=3, background="irises")
    assert np.abs(pixels(file) - pixels(expected)).max() <= 1


def test_the_list_of_styles(client: Client) -> None:
    rows = client.predict(api_name="/styles")
    assert {"key": "scream", "title": "The Scream", "by": "Edvard Munch, 1893"} in rows and len(rows) > 100


def test_the_endpoints_are_typed_and_described(client: Client) -> None:
    """And the page's own events are not among them."""
    endpoints = client.view_api(return_format="dict")["named_endpoints"]
    assert {"/stylize", "/styles"} <= set(endpoints) <= {"/stylize", "/styles", "/stylize_video"}
    parameters = {row["parameter_name"]: row for row in endpoints["/stylize"]["parameters"]}
    assert parameters["strength"]["python_type"]["type"] == "float"
    assert "'luminance'" in parameters["color"]["python_type"]["type"]
    assert parameters["strength"]["parameter_default"] == 1.0


@pytest.mark.slow
def test_fifty_requests_of_ten_clients(app: str, model: AdaIN, photo: Callable[..., Path], tmp_path: Path) -> None:
    """All are answered and none is mixed up: each client has photos and styles of its own."""
    styles = [row["key"] for row in connect(app, tmp_path).predict(api_name="/styles")][:10]

    def user(number: int) -> list[tuple[int, int, str]]:
        mine = connect(app, tmp_path / str(number))
        jobs = []
        for turn in range(5):
            call = {"photo": handle_file(photo(5 * number + turn, 40, 32)), "styles": styles[(number + turn) % 10]}
            jobs.append((number, turn, mine.submit(**call, size=0, api_name="/stylize")))
        return [(number, turn, job.result(timeout=120)[0]) for number, turn, job in jobs]

    with ThreadPoolExecutor(10) as pool:
        answers = [answer for answers in pool.map(user, range(10)) for answer in answers]
    assert len(answers) == 50
    for number, turn, file in answers:
        expected = model.stylize(photo(5 * number + turn, 40, 32), styles[(number + turn) % 10])
        assert np.abs(pixels(file) - pixels(expected)).max() <= 1, (number, turn)


def refused(client: Client, photo: Any, **parameters: Any) -> str:
    """The message of a request that must fail."""
    with pytest.raises(AppError) as caught:
        client.predict(photo=photo, **{"styles": "scream", "size": 0, **parameters}, api_name="/stylize")
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def test_bad_files_are_refused_and_the_app_lives(client: Client, photo: Callable[..., Path], tmp_path: Path) -> None:
    """Text renamed .jpg, 0 bytes, 200 megapixels, half a PNG: each with a message that says what is wrong."""
    text, empty, half = tmp_path / "text.jpg", tmp_path / "empty.jpg", tmp_path / "half.png"
    text.write_text("no picture at all")
    empty.touch()
    half.write_bytes(photo(1).read_bytes()[:300])
    for path, says in [(text, "no picture"), (empty, "0 bytes"), (half, "cannot be read")]:
        assert says in refused(client, handle_file(path)), path
        assert "style picture" in refused(client, handle_file(photo(1)), style_picture=handle_file(path))
    bomb = huge_png(tmp_path / "huge.png", 14_200)
    assert "202 million pixels" in refused(client, handle_file(bomb))
    assert "202 million pixels" in refused(client, handle_file(photo(1)), mask=handle_file(bomb))
    client.predict(photo=handle_file(photo(1)), styles="scream", size=0, api_name="/stylize")


@pytest.mark.parametrize(
    "parameters, says",
    [
        ({"styles": "no-such"}, "no built-in style 'no-such'"),
        ({"styles": "/etc/passwd"}, "no built-in style"),
        ({"styles": "scream:much"}, "much"),
        ({"styles": ""}, "choose one"),
        ({"size": 5000}, "to 1536"),
        ({"stroke": 100_000}, "to 1024"),
        ({"strength": -1}, "-1"),
        ({"strength": 99}, "from 0 to 1.5"),
        ({"soft_edge": 1e6}, "from 0 to 64"),
        ({"size": -5}, "size is -5"),
        ({"stroke": -1}, "stroke size is -1"),
        ({"color": "sepia"}, "sepia"),
        ({"area": "moon"}, "moon"),
    ],
)
def test_what_cannot_be_done_is_said(
    client: Client, photo: Callable[..., Path], parameters: dict[str, Any], says: str
) -> None:
    assert says in refused(client, handle_file(photo(1)), **parameters)


def raw(app: str, photo: Any, **parameters: Any) -> str:
    """The server's answer to a call by plain HTTP, where a client library changes nothing: its event stream."""
    values = {
        "photo": photo, "styles": "scream", "style_picture": None, "style_picture_weight": 1, "strength": 1,
        "color": "style", "area": "everywhere", "mask": None, "soft_edge": 0, "size": 0, "stroke": 512,
        "model": "vgg19", "refine": 0, "texture": 0, "grain": "auto", "keep": 0,
        **parameters,
    }  # fmt: skip
    address = f"{app}/gradio_api/call/stylize"
    body = json.dumps({"data": list(values.values())}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        event = json.load(reply)["event_id"]
    with urllib.request.urlopen(f"{address}/{event}", timeout=60) as reply:
        return reply.read().decode()


def test_files_of_the_server_cannot_be_named(app: str, photo: Callable[..., Path], tmp_path: Path) -> None:
    """Neither by their path nor by an address: only what was uploaded goes in."""
    meta = {"_type": "gradio.FileData"}
    secret = str(photo(1))
    for path in (secret, "/etc/passwd", "http://127.0.0.1:1/a.png", "file:///etc/passwd", "../../etc/passwd"):
        for file in ({"path": path, "meta": meta}, {"path": path}, {"path": None, "url": path, "meta": meta}):
            answer = raw(app, file)
            assert "event: error" in answer and "event: complete" not in answer, (file, answer)


def get(url: str) -> int:
    """The status of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as e:
        return e.code


def test_the_server_serves_nothing_else(app: str) -> None:
    """No file of this machine, no list of what others uploaded."""
    import adain_demo

    sources = Path(adain_demo.__file__).parent
    paths = [
        "/etc/passwd",
        "../../../../etc/passwd",
        str(sources),
        f"{sources}/server.py",
        f"{sources}/assets/styles.json",
    ]
    for path in (*paths, *map(urllib.parse.quote_plus, paths)):
        assert get(f"{app}/gradio_api/file={path}") in (400, 403, 404), path
    assert get(f"{app}/gradio_api/file={sources}/assets/styles.webp") == 200
    assert get(f"{app}/monitoring") in (403, 404)


def test_uploads_above_the_cap_are_refused(app: str) -> None:
    """While they arrive: nothing of that size is kept."""
    boundary = b"frontier"
    head = b'--frontier\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    request = urllib.request.Request(f"{app}/gradio_api/upload", head + bytes(21 << 20) + b"\r\n--frontier--\r\n")
    request.add_header("Content-Type", f"multipart/form-data; boundary={boundary.decode()}")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=30)
    assert caught.value.code == 413


def test_an_upload_that_was_deleted_is_asked_for_again(app: str, photo: Callable[..., Path]) -> None:
    """Gradio passes its path on without a look: what is missing is found when the picture is opened."""
    path = post(app, photo(42))
    sent = {"path": path, "meta": {"_type": "gradio.FileData"}}
    assert "event: complete" in raw(app, sent)
    Path(path).unlink()
    assert "files are kept for an hour" in raw(app, sent)


def test_two_users_never_see_each_others_pictures(app: str, photo: Callable[..., Path], tmp_path: Path) -> None:
    """Nothing the server tells one user names a file of the other."""
    ann, bob = connect(app, tmp_path / "ann"), connect(app, tmp_path / "bob")
    ann.predict(photo=handle_file(photo(40)), styles="scream", size=0, api_name="/stylize")
    answer = bob.predict(photo=handle_file(photo(41)), styles="irises", size=0, api_name="/stylize")
    told = [json.dumps(answer), json.dumps(bob.config), json.dumps(bob.view_api(return_format="dict"))]
    for page in ("", "/config", "/gradio_api/info"):
        with urllib.request.urlopen(app + page, timeout=20) as reply:
            told.append(reply.read().decode())
    uploads = Path(__import__("os").environ["GRADIO_TEMP_DIR"])
    names = {path.parent.name for path in uploads.glob("*/photo-40*")}
    assert names and not any(name in text for name in names for text in told)


def test_no_analytics_and_no_run_history(app: str) -> None:
    with urllib.request.urlopen(f"{app}/config", timeout=20) as reply:
        config = json.load(reply)
    assert config["analytics_enabled"] is False and not config.get("run_history", False)


def post(app: str, photo: Path) -> str:
    """Upload a file; its path on the server."""
    head = b'--frontier\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    body = head + photo.read_bytes() + b"\r\n--frontier--\r\n"
    request = urllib.request.Request(f"{app}/gradio_api/upload", body)
    request.add_header("Content-Type", "multipart/form-data; boundary=frontier")
    with urllib.request.urlopen(request, timeout=30) as reply:
        [path] = json.load(reply)
    return str(path)


@pytest.mark.needs("mcp")
def test_mcp_takes_files_of_this_server_and_gives_pictures(
    app: str, model: AdaIN, photo: Callable[..., Path], tmp_path: Path
) -> None:
    """By the address that an upload gets; no other server is asked, and no other file is read."""
    import asyncio
    import base64
    import io

    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    folder = f"{app}/gradio_api/file="
    mine, secret = folder + post(app, photo(1)), tmp_path / "secret.png"
    secret.write_bytes(photo(2).read_bytes())
    upload = mine.rsplit("/", 1)[0]
    others = [
        mine.replace(app, "http://127.0.0.1:1"),
        mine.replace(app, "http://example.org"),
        f"{folder}{secret}",
        f"{upload}/../../../../../../../..{secret}",
        f"{upload}/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e{secret}",
    ]

    async def calls() -> list[Any]:
        async with (
            streamablehttp_client(f"{app}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            asked = {"styles": "scream", "size": 64, "model": "vgg19"}
            return [await session.call_tool("stylize", {"photo": address, **asked}) for address in [mine, *others]]

    answer, *refusals = asyncio.run(calls())
    picture = Image.open(io.BytesIO(base64.b64decode(answer.content[0].data)))
    assert np.abs(pixels(picture) - pixels(model.stylize(photo(1), "scream", size=64))).max() <= 1
    for address, refusal in zip(others, refusals, strict=True):
        assert refusal.isError and "pload" in refusal.content[0].text, address


def test_mcp_offers_the_same_tools(app: str) -> None:
    """Where the mcp package is there."""
    pytest.importorskip("mcp", reason="mcp is not installed: the MCP tools were NOT tested")
    with urllib.request.urlopen(f"{app}/gradio_api/mcp/schema", timeout=20) as reply:
        tools = {tool["name"]: tool for tool in json.load(reply)}
    stylize = next(tool for name, tool in tools.items() if name.endswith("stylize"))
    assert "strength" in stylize["inputSchema"]["properties"] and "Repaint" in stylize["description"]
