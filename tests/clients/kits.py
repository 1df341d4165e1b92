#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Client libraries for the tests, in the versions that their lock files here name.

    tests/clients/kits.py packages   Debian packages of the tools that this machine lacks for them
    tests/clients/kits.py missing    which are not here, one a line
    tests/clients/kits.py fetch      gets these; says why where that fails

They are kept in a folder of the user's cache, named after what their lock file says, and come from
the registries with each language's own client: pip, npm, go. scripts/bootstrap test calls this.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "common"))

import clients  # noqa: E402

SECONDS_MAX = 1800
TRY_AGAIN_SECONDS = 3600  # after it failed; in CI at once
GO_MIN = (1, 21)  # from then on go gets the toolchain that go.mod asks for
NODE_MIN = (18, 0)
DONE = "done"  # the file that says that it is whole
HELM = {"3": "helm.sh/helm/v3/cmd/helm", "4": "helm.sh/helm/v4/cmd/helm"}


def version_of(*command):
    """The first version that a program names, as numbers; None when it is not here."""
    try:
        text = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
                              stderr=subprocess.STDOUT, timeout=60, cwd="/").stdout.decode()
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)\.(\d+)", text)
    return tuple(int(n) for n in found.groups()) if found else None


def at_least(least, *command):
    found = version_of(*command)
    return found is not None and found >= least


def run(command, folder, **more):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False,
                          env={**os.environ, **more})
    if done.returncode != 0:
        text = done.stdout.decode("utf-8", "replace").strip()
        raise RuntimeError("%s: %s" % (" ".join(command[:3]), text[-600:] or "status %d" % done.returncode))


# -- what is fetched: each makes a folder ----------------------------------------------------------


def make_python(folder):
    run([sys.executable, "-m", "venv", folder], HERE)
    run([os.path.join(folder, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check",
         "-r", os.path.join(HERE, "python", "requirements.txt")], HERE)


def make_javascript(folder):
    os.makedirs(folder)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(HERE, "javascript", name), folder)
    run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], folder)


def make_go(folder):
    """Both Helms, and in Go's own caches what the tests are compiled with."""
    os.makedirs(folder)
    for name, package in HELM.items():
        run(["go", "build", "-ldflags=-s -w", "-o", os.path.join(folder, "helm" + name), package], os.path.join(HERE, "go"))
    run(["go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-o", os.devnull, "."], os.path.join(HERE, "go"))


class Kit:
    """One language's: what makes it, the files that say what is in it, the tools that it takes.

    tools  (Debian's package, whether the tool is here) each
    """

    def __init__(self, name, make, locks, tools):
        self.name = name
        self.make = make
        self.locks = [os.path.join(HERE, lock) for lock in locks]
        self.tools = tools

    def folder(self):
        digest = hashlib.sha256()
        for lock in self.locks:
            with open(lock, "rb") as file:
                digest.update(file.read() + b"\0")
        return os.path.join(clients.cache(), "%s-%s" % (self.name, digest.hexdigest()[:12]))

    def is_here(self):
        return os.path.exists(os.path.join(self.folder(), DONE))

    def packages(self):
        return [package for package, has in self.tools if not has()]

    def why_not(self):
        """Why it is not here, in a line."""
        lacking = self.packages()
        if lacking:
            return "no " + " and no ".join(lacking)
        try:
            with open(self.folder() + ".why", encoding="utf-8") as file:
                return " ".join(file.read().split())
        except OSError:
            return "not fetched (scripts/bootstrap test does)"

    def can_be_tried(self):
        if self.is_here() or self.packages():
            return False
        try:
            age = time.time() - os.stat(self.folder() + ".why").st_mtime
        except OSError:
            return True
        return bool(os.environ.get("CI")) or age > TRY_AGAIN_SECONDS

    def fetch(self):
        """Makes it; "" or why that failed. What was left by one that was ended is made again."""
        folder = self.folder()
        os.makedirs(clients.cache(), exist_ok=True)
        shutil.rmtree(folder, True)
        try:
            self.make(folder)
            with open(os.path.join(folder, DONE), "w", encoding="utf-8"):
                pass
        except (OSError, RuntimeError, subprocess.SubprocessError) as problem:
            shutil.rmtree(folder, True)
            with open(folder + ".why", "w", encoding="utf-8") as out:
                out.write(str(problem))
            return str(problem)
        if os.path.exists(folder + ".why"):
            os.unlink(folder + ".why")
        return ""


def has_venv():
    return version_of(sys.executable, "-c", "import ensurepip, venv; print('1.0')") is not None


KITS = {kit.name: kit for kit in (
    Kit("python", make_python, ["python/requirements.txt"], [("python3-venv", has_venv)]),
    Kit("javascript", make_javascript, ["javascript/package-lock.json"], [
        ("nodejs", lambda: at_least(NODE_MIN, "node", "--version")),
        ("npm", lambda: at_least((0, 0), "npm", "--version"))]),
    Kit("go", make_go, ["go/go.mod", "go/go.sum"], [
        ("golang-go", lambda: at_least(GO_MIN, "go", "version"))]),
)}


def main(arguments):
    if arguments == ["packages"]:
        print("".join("%s\n" % p for kit in KITS.values() if not kit.is_here() for p in kit.packages()), end="")
    elif arguments == ["missing"]:
        print("".join("%s\n" % kit.name for kit in KITS.values() if kit.can_be_tried()), end="")
    elif arguments == ["fetch"]:
        for kit in KITS.values():
            if kit.can_be_tried():
                print("kits: fetching the clients in " + kit.name, file=sys.stderr)
                why = kit.fetch()
                if why:
                    print("kits: %s: %s" % (kit.name, why), file=sys.stderr)
    else:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
