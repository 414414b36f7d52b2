"""espeak-ng as a pure function of text and voice. Knows nothing of sentences.

espeak-ng keeps state between utterances (the flutter's phase, echoes, rand()) and once in some thousand texts it dies of a
stray pointer. So a small server process loads it and never speaks; a fork of it speaks each utterance and ends. The server's
addresses are not randomised, so that even strays go the same way: the same text and voice give the same sound, in any order.
This file imports the standard library only, as the server runs it as a script.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import struct
import subprocess
import sys
from functools import cache
from typing import IO, Any, NamedTuple

# espeak-ng 1.51, speak_lib.h
RATE = 22_050  # Hz
SYNCHRONOUS = 2
PHONEME_EVENTS, DONT_EXIT = 1, 0x8000
WORD, END, PHONEME = 1, 5, 7
UTF8 = 1
SET_RATE, SET_VOLUME, SET_PITCH, SET_RANGE = 1, 2, 3, 4
VOLUME = 50  # of 0..200: at espeak's own 100 some speakers clip
NOT_RANDOM = 0x0040000  # ADDR_NO_RANDOMIZE of linux/personality.h

_REQUEST = struct.Struct("<iiii64s")  # rate, pitch, range, length of the text in bytes, voice
_ANSWER = struct.Struct("<iii")  # wait status, number of signs, bytes of sound
_SIGN = struct.Struct("<iii8s")


class VoiceMissing(RuntimeError):
    """espeak-ng, or one of its voices, is not installed."""


class VoiceCrashed(RuntimeError):
    """espeak-ng died of the text or said nothing; another text may follow."""


class Sign(NamedTuple):
    """What espeak says happened: a word, a phoneme or the end."""

    kind: int
    position: int  # of the word, in characters from 0
    sample: int
    name: str  # the phoneme's mnemonic; "" for words


def utter(text: str, voice: str, rate: int, pitch: int, pitch_range: int) -> tuple[bytes, list[Sign]]:
    """int16 samples at 22050 Hz and the signs in them. `voice` is as "en-us+f2"; `rate` in words a minute."""
    server = _server(os.getpid())
    letters = text.encode()
    assert server.stdin
    assert server.stdout
    server.stdin.write(_REQUEST.pack(rate, pitch, pitch_range, len(letters), voice.encode()) + letters)
    server.stdin.flush()
    answer = server.stdout.read(_ANSWER.size)
    if len(answer) < _ANSWER.size:
        raise VoiceMissing("libespeak-ng.so.1 (1.51) is not installed: apt-get install espeak-ng")
    status, n_signs, n_bytes = _ANSWER.unpack(answer)
    signs = server.stdout.read(n_signs * _SIGN.size)
    sound = server.stdout.read(n_bytes)
    if status:
        raise VoiceCrashed(
            f"espeak-ng died with wait status {status} of {text!r} as {voice} at {rate}/min, {pitch}, {pitch_range}"
        )
    if not n_signs:
        raise VoiceMissing(f"espeak-ng has no voice {voice}: apt-get install espeak-ng-data")
    return sound, [
        Sign(kind, position, sample, name.split(b"\0")[0].decode("utf-8", "replace"))
        for kind, position, sample, name in _SIGN.iter_unpack(signs)
    ]


@cache
def _server(_process: int) -> subprocess.Popen[bytes]:
    """One per process, so that forked workers do not share a pipe. It ends when its standard input does."""
    command = [sys.executable, "-I", "-S", __file__]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"LC_ALL": "C.UTF-8"})
    atexit.register(_end, server)
    return server


def _end(server: subprocess.Popen[bytes]) -> None:
    """Closes the pipes; a server of a parent process, inherited by a fork, is not this process's to wait for."""
    if _server(os.getpid()) is server:
        server.communicate()


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_uint64),  # char[8] for phonemes
    )


_ON_SOUND = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class _Espeak:
    """The loaded library. `utter` is called in forks only."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL("libespeak-ng.so.1")
        rate = self._library.espeak_Initialize(SYNCHRONOUS, 200, None, PHONEME_EVENTS | DONT_EXIT)
        if rate != RATE:
            raise VoiceMissing(f"espeak-ng started at {rate} Hz instead of {RATE}")
        self.sound: list[bytes] = []
        self.signs: list[bytes] = []
        self._on_sound = _ON_SOUND(self._hear)
        self._library.espeak_SetSynthCallback(self._on_sound)

    def utter(self, letters: bytes, voice: bytes, rate: int, pitch: int, pitch_range: int) -> None:
        """Leaves signs and sound behind; none if there is no such voice."""
        if self._library.espeak_SetVoiceByName(voice) != 0:
            return
        for name, value in ((SET_RATE, rate), (SET_VOLUME, VOLUME), (SET_PITCH, pitch), (SET_RANGE, pitch_range)):
            self._library.espeak_SetParameter(name, value, 0)
        self._library.espeak_Synth(letters, ctypes.c_size_t(len(letters) + 1), 0, 1, 0, UTF8, None, None)

    def _hear(self, samples: Any, n_samples: int, events: Any) -> int:
        if n_samples > 0:
            self.sound.append(ctypes.string_at(samples, 2 * n_samples))
        index = 0
        while (event := events[index]).type:
            if event.type in (WORD, END, PHONEME):
                name = event.id if event.type == PHONEME else 0
                self.signs.append(struct.pack("<iiiQ", event.type, event.text_position - 1, event.sample, name))
            index += 1
        return 0


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    espeak = _Espeak()
    while len(request := requests.read(_REQUEST.size)) == _REQUEST.size:
        rate, pitch, pitch_range, n_letters, voice = _REQUEST.unpack(request)
        letters = requests.read(n_letters)
        receiving, sending = os.pipe()
        child = os.fork()
        if child == 0:
            espeak.utter(letters, voice.rstrip(b"\0"), rate, pitch, pitch_range)
            signs, sound = b"".join(espeak.signs), b"".join(espeak.sound)
            with os.fdopen(sending, "wb") as pipe:
                pipe.write(_ANSWER.pack(0, len(espeak.signs), len(sound)) + signs + sound)
            os._exit(0)
        os.close(sending)
        with os.fdopen(receiving, "rb") as pipe:
            answer = pipe.read()
        _, status = os.waitpid(child, 0)
        answers.write(_ANSWER.pack(status, 0, 0) if status else answer)
        answers.flush()


if __name__ == "__main__":
    libc = ctypes.CDLL(None)
    if sys.platform == "linux" and not libc.personality(0xFFFFFFFF) & NOT_RANDOM and "fixed" not in sys.argv:
        libc.personality(NOT_RANDOM)
        os.execv(sys.executable, [sys.executable, "-I", "-S", __file__, "fixed"])
    _serve(sys.stdin.buffer, sys.stdout.buffer)
