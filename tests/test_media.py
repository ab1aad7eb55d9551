"""A media file is read as that file alone, whatever its name or its content asks for."""

from __future__ import annotations

import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzzing_readers import SOUNDS

from pipeline.audio import load_audio
from pipeline.clip import cut_clip
from pipeline.errors import SourceError
from tests.feeds.server import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.sound("/x.mp3")
        yield running


@pytest.fixture
def real(tmp_path: Path) -> Path:
    path = tmp_path / "secret.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(b"\1\0" * 32_000)
    return path


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{}'\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet '
    'mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>{}</BaseURL></Representation></AdaptationSet>'
    "</Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\na={}\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("is_web", [True, False])
def test_a_playlist_leads_nowhere(tmp_path: Path, server: Server, real: Path, kind: str, is_web: bool) -> None:  # fmt: skip
    path = tmp_path / "a.mp3"
    there = f"{server.url}/x.mp3" if is_web else real.name
    path.write_text(PLAYLISTS[kind].format(there), encoding="utf-8")
    for read in (load_audio, lambda p: cut_clip(p, 0, 1)):
        with pytest.raises(SourceError, match=r"a\.mp3"):
            read(path)
    assert server.asked == []


@pytest.mark.parametrize(
    "name", ["http:x.wav", "concat:a.wav|b.wav", "pipe:0.wav", "data:a.wav", "%05d.wav", "-i.wav", "file:a.wav"]
)  # fmt: skip
def test_a_name_is_a_name(real: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(real.parent)
    made: list[float] = []
    real.rename(name)
    # In a thread: what waits for its standard input would wait for ever.
    thread = threading.Thread(target=lambda: made.append(load_audio(Path(name)).duration_s), daemon=True)  # fmt: skip
    thread.start()
    thread.join(20)
    assert made == [2.0]
    assert cut_clip(Path(name), 0.5, 1.0)


@pytest.mark.parametrize("name", SOUNDS)
def test_every_container_is_still_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(SOUNDS[name]())
    assert load_audio(tmp_path / name).duration_s == pytest.approx(1.0, abs=0.15)
