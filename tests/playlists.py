"""Small files that name others, and ways to see whether anybody looked there."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path


def playlists(secret: Path, port: int) -> dict[str, str]:
    """By their names. Nobody else uses the port, for a connection or for datagrams."""
    hls = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n"
    here = f"http://127.0.0.1:{port}"
    return {
        "concat.txt": f"ffconcat version 1.0\nfile '{secret}'\n",
        "relative.txt": "ffconcat version 1.0\nfile secret.wav\n",
        "remote.txt": f"ffconcat version 1.0\nfile '{here}/a.wav'\n",
        "local.m3u8": f"{hls}#EXTINF:10,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "remote.m3u8": f"{hls}#EXTINF:10,\n{here}/a.ts\n#EXT-X-ENDLIST\n",
        "key.m3u8": f'{hls}#EXT-X-KEY:METHOD=AES-128,URI="{here}/key"\n#EXTINF:10,\n{secret}\n#EXT-X-ENDLIST\n',
        "variant.m3u8": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{here}/v.m3u8\n",
        "call.sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
        "dash.mpd": f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{here}/</BaseURL></MPD>',
        "winamp.pls": f"[playlist]\nFile1={here}/a.mp3\n",
        "lavfi.wav": "sine=frequency=440:duration=10",
    }


class Opens:
    """Linux's inotify on one file: was it opened?"""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._fd = libc.inotify_init1(os.O_NONBLOCK)
        libc.inotify_add_watch(self._fd, os.fsencode(path), 0x20)  # IN_OPEN

    def seen(self) -> bool:
        try:
            return bool(os.read(self._fd, 4_096))
        except BlockingIOError:
            return False


def listens(port: int) -> bool:
    """Whether any process of this machine waits for datagrams at that port, as for what call.sdp tells of."""
    tables = [table for table in (Path("/proc/net/udp"), Path("/proc/net/udp6")) if table.exists()]
    lines = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
    return any(line[1].endswith(f":{port:04X}") for line in lines)
