"""The clipboard for real: tmux, the X server's selection, the terminal's sequence."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from kbcli.doors.cli.clipboard import copy_text, list_ways

pytestmark = pytest.mark.doors
TEXT = "429，请稍候 🙂‍↕️ — किताबें\n\n\tnächste Zeile "


def needs(*programs: str) -> pytest.MarkDecorator:
    """Skip, with a word, where a program is not installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed")


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    """An X server without a screen."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "64x64x8", "-nolisten", "tcp", "-noreset"],
        pass_fds=(writing,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as stream:
        number = stream.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@needs("Xvfb", "xclip")
def test_xclip_holds_the_text_byte_for_byte(display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pasted on a desktop is what was copied, in every script, and kb does not wait for it."""
    monkeypatch.setenv("DISPLAY", display)
    for name in ("WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "TMUX"):
        monkeypatch.delenv(name, raising=False)
    began = time.monotonic()
    assert copy_text(TEXT, os.environ) == "xclip"
    assert time.monotonic() - began < 3
    pasted = subprocess.run(
        ["xclip", "-selection", "clipboard", "-o"], capture_output=True, check=True
    ).stdout
    assert pasted == TEXT.encode()


@needs("tmux")
def test_tmux_holds_the_text_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over SSH within tmux the text is in its buffer, also a longer one than terminals take."""
    socket = tmp_path / "t"
    tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
    subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24", "sleep 60"], check=True)
    try:
        monkeypatch.setenv("TMUX", f"{socket},0,0")
        monkeypatch.setenv("SSH_TTY", "/dev/pts/0")
        for text in (TEXT, TEXT * 3000):
            assert copy_text(text, os.environ) == "tmux"
            held = subprocess.run([*tmux, "show-buffer"], capture_output=True, check=True).stdout
            assert held == text.encode()
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def test_a_terminal_alone_gets_the_sequence(tmp_path: Path) -> None:
    """Without a desktop the terminal is given the text by OSC 52, whole, however kb's own output is redirected."""
    script = (
        "import sys; from kbcli.doors.cli.clipboard import copy_text; "
        f"how = copy_text({TEXT!r}, {{'SSH_TTY': 'x'}}); print('by', how, file=sys.stderr)"
    )
    child = pexpect.spawn("/bin/sh", ["-c", f'{sys.executable} -c "$0" > /dev/null', script])
    child.expect(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07")
    import base64

    assert base64.b64decode(child.match[1]) == TEXT.encode()
    child.expect(b"by osc52")
    child.expect(pexpect.EOF)


@pytest.mark.parametrize(
    ("environment", "platform", "ways"),
    [
        ({}, "darwin", ["pbcopy", "osc52"]),
        ({"DISPLAY": ":0"}, "linux", ["xclip", "xsel", "osc52"]),
        (
            {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0", "TMUX": "x"},
            "linux",
            ["wl-copy", "xclip", "xsel", "tmux", "osc52"],
        ),
        ({"WSL_DISTRO_NAME": "x"}, "linux", ["clip.exe", "osc52"]),
        ({"SSH_TTY": "x", "DISPLAY": ":0", "TMUX": "x"}, "linux", ["tmux", "osc52"]),
        ({"KB_CLIPBOARD": "osc52", "DISPLAY": ":0"}, "linux", ["osc52"]),
        ({"KB_CLIPBOARD": "my-copy 'a b'", "DISPLAY": ":0"}, "linux", ["my-copy 'a b'"]),
    ],
)
def test_the_clipboard_in_front_of_the_user_comes_first(
    environment: dict[str, str], platform: str, ways: list[str]
) -> None:
    """What is named wins; else the desktop, unless it is another machine's; then tmux, then the terminal."""
    found = list(list_ways(environment, lambda name: f"/bin/{name}", platform))
    assert [name for name, _ in found] == ways
    assert ("my-copy 'a b'", ["my-copy", "a b"]) in found or "my-copy 'a b'" not in ways
