# SPDX-License-Identifier: Apache-2.0
"""Where the kubectl clients of the tests are, by version.

`scripts/bootstrap test` fetches them from Debian's packages; PODGATE_KUBECTL_1_20 and
PODGATE_KUBECTL_1_32 name others.
"""

import os

VERSIONS = ("1.20", "1.32")


def cache():
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "podgate", "clients")


def find(version):
    """The path of the client of that version, or None."""
    named = os.environ.get("PODGATE_KUBECTL_" + version.replace(".", "_"))
    path = named or os.path.join(cache(), "kubectl-" + version)
    return os.path.realpath(path) if os.access(path, os.X_OK) else None
