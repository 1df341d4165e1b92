#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replays recorded kubectl sessions and walk-throughs against `podgate up`; TAP, a line a session.

    tests/kubectl/run.py PROGRAM [--topic TOPIC]... [--client VERSION]... [--only TEXT] [--show N]
                         [--jobs N]

Each session has a `podgate up --kubernetes-version 1.20 --nodes 0` of its own. Without the client
of a version (scripts/bootstrap test fetches them) its sessions are skipped.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "common"))

import clients  # noqa: E402
import recordings  # noqa: E402
import sessions  # noqa: E402
import walkthroughs  # noqa: E402
from served import Served  # noqa: E402
from tap import Tap  # noqa: E402

# Topics that are not served yet, and why. A row goes when its topic comes.
# Steps that a client gets wrong by itself, and how.
CLIENT_DEFECTS = {
    # Debian's build of 1.20, asking no server: `kubectl config set-credentials` crashes, and what it
    # writes has `as-user-extra: null`.
    "config@1.20": {13, 20},
}
WALKTHROUGH = "walk-through"


def all_tests():
    """(topic, client's version, name, options of the server, test(served, client)) of all of them."""
    for session in recordings.read(os.path.join(HERE, "cases")):
        ignored = CLIENT_DEFECTS.get(session["id"], ())
        yield session["topic"], session["client"], session["id"], None, lambda served, client, s=session, i=ignored: (
            sessions.replay(served, client, s, i))
    for name, version, path in walkthroughs.each(os.path.join(HERE, WALKTHROUGH)):
        up = walkthroughs.options(path)
        yield WALKTHROUGH, version, "%s@%s" % (name, version), up, lambda served, client, p=path: (
            walkthroughs.replay(served, client, p))


def with_server(program, up, client, test):
    """Runs a test with a server of its own, which must then end in good order."""
    with Served(program, up) as served:
        why = test(served, client)
    return "\n".join(part for part in (why, served.trouble) if part)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--topic", action="append", help="only this topic (%s is one)" % WALKTHROUGH)
    parser.add_argument("--client", action="append", choices=clients.VERSIONS, help="only this kubectl")
    parser.add_argument("--only", default="", metavar="TEXT", help="only ids that contain this")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="explain N failures (20)")
    # More than there are processors: a session waits for what controllers do most of the time.
    parser.add_argument("--jobs", type=int, default=16, metavar="N", help="sessions at once (16)")
    options = parser.parse_args()
    program, tap, tests = os.path.abspath(options.program), Tap(options.show), []
    for topic, version, name, up, test in all_tests():
        if (options.topic and topic not in options.topic or options.only not in name or
                options.client and version not in options.client):
            continue
        client = clients.find(version)
        if not client:
            tap.report(name, skip="no kubectl %s here" % version)
        else:
            tests.append((name, lambda u=up, c=client, t=test: with_server(program, u, c, t)))
    tap.run_all(tests, options.jobs)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
