# SPDX-License-Identifier: Apache-2.0
"""Reading recordings: JSON lines, one scenario a line, one compressed file a topic."""

import json
import lzma
import os


def read(folder, topics=()):
    """The scenarios of the topics (all where none is named), in the order of their files."""
    scenarios = []
    for name in sorted(os.listdir(folder)):
        topic = name.removesuffix(".jsonl.xz")
        if name != topic and (not topics or topic in topics):
            with lzma.open(os.path.join(folder, name), "rt", encoding="utf-8") as lines:
                scenarios += [json.loads(line) for line in lines if line.strip()]
    return scenarios
