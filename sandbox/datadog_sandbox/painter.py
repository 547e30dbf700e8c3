"""The process that draws pictures: `python -m datadog_sandbox.painter`, started and asked by pictures.py.

It reads from its input, and writes to its output, frames: the length in four bytes, and as many bytes. A question is
JSON with a `specification` and a `scale`; an answer begins with `+` and is PNG, or with `-` and is an error.
"""

import json
import os
import struct
import sys
from typing import IO, Any


def write(stream: IO[bytes], frame: bytes) -> None:
    stream.write(struct.pack('>I', len(frame)) + frame)
    stream.flush()


def read(stream: IO[bytes]) -> bytes | None:
    """Return the next frame; None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    [length] = struct.unpack('>I', head)
    frame = stream.read(length)
    return frame if len(frame) == length else None


def draw(question: dict[str, Any]) -> bytes:
    """Return `+` and a PNG, or `-` and why the specification cannot be drawn."""
    import vl_convert

    specification = question['specification']
    is_vega = '/vega/' in str(specification.get('$schema'))
    convert = vl_convert.vega_to_png if is_vega else vl_convert.vegalite_to_png
    try:
        # Nothing is fetched: the data is in it, and no address is allowed.
        return b'+' + convert(json.dumps(specification), scale=question['scale'], allowed_base_urls=[])
    except ValueError as error:
        return b'-' + str(error).encode()


def main() -> None:
    # A server that has many requests goes first.
    os.nice(5)
    output = os.fdopen(os.dup(sys.stdout.fileno()), 'wb')
    # What the library prints must not come between the frames.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while (question := read(sys.stdin.buffer)) is not None:
        write(output, draw(json.loads(question)))


if __name__ == '__main__':
    main()
