# SPDX-License-Identifier: Apache-2.0
"""Sending the requests of one recorded scenario, and holding the answers against the recording."""

import gzip
import http.client
import json
import re
import ssl
import threading
import time
import urllib.parse

from matching import Values, sort_managed_fields

REQUEST_SECONDS_MAX = 60
POLL_SECONDS_MAX = 15
HEADERS = ("Content-Type", "Warning", "Location", "Content-Encoding", "Allow", "Retry-After",
           "Www-Authenticate")
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
# A collection's path in groups: what is before the namespace, the namespace, the resource.
COLLECTION = re.compile(r"(/api/v1|/apis/[^/]+/[^/]+)(?:/namespaces/([^/]+))?/([a-z0-9.-]+)")
OBJECT = re.compile(COLLECTION.pattern + "/[^/]+")
# POST to these answers a question and makes nothing.
QUESTIONS = {"tokenreviews", "subjectaccessreviews", "selfsubjectaccessreviews",
             "selfsubjectrulesreviews", "localsubjectaccessreviews"}


def identity(who):
    """The headers that say who asks: pairs, since groups repeat."""
    admin = ("Authorization", "Bearer admin-token")
    if who == "admin":
        return [admin]
    if who == "anonymous":
        return []
    if "token" in who:
        return [("Authorization", "Bearer " + who["token"])]
    groups = [("Impersonate-Group", group) for group in who.get("groups", [])]
    return [admin, ("Impersonate-User", who["user"]), *groups]


def read_body(content_type, text):
    """JSON as its value, a watch as the list of its events, anything else as text."""
    if "json" not in content_type:
        return text
    try:
        value = json.loads(text)
        return [value] if isinstance(value, dict) and set(value) == {"type", "object"} else value
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except ValueError:
        return text


class Client:
    """Sends requests; each thread has a connection of its own, which stays open."""

    def __init__(self, served):
        address = urllib.parse.urlsplit(served.server)
        self.host, self.port = address.hostname, address.port
        self.context = ssl.create_default_context(cadata=served.authority)
        self.mine = threading.local()

    def connection(self, fresh):
        if fresh or not hasattr(self.mine, "connection"):
            self.mine.connection = http.client.HTTPSConnection(
                self.host, self.port, context=self.context, timeout=REQUEST_SECONDS_MAX)
        return self.mine.connection

    def send(self, method, path, headers=None, body=None, who="admin"):
        """Status, the headers that are compared, and the body."""
        data = body
        if body is not None:
            data = body if isinstance(body, str) else json.dumps(body)
            data = data.encode("utf-8", "surrogateescape")
            headers = {"Content-Type": "application/json", **(headers or {})}
        given = {"Accept": "application/json", "User-Agent": "x-recorder/1.0", **(headers or {})}
        lines = [line for line in identity(who) if line[0] not in given] + list(given.items())
        for fresh in (False, True):  # the server may have closed a connection that idled
            connection = self.connection(fresh)
            try:
                return self.exchange(connection, method, path, lines, data)
            except (http.client.HTTPException, OSError):
                connection.close()
                del self.mine.connection
                if fresh:
                    raise

    @staticmethod
    def exchange(connection, method, path, lines, data):
        quoted = urllib.parse.quote(path, safe="/?&=%:,;+~!*'()@$-._|")
        connection.putrequest(method, quoted, skip_accept_encoding=True)
        for name, value in lines:
            if value is not None:
                connection.putheader(name, value)
        if data is not None or method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(data or b"")))
        connection.endheaders(data)
        response = connection.getresponse()
        raw = response.read()
        found = {name: response.headers.get_all(name) for name in HEADERS}
        found = {name: value[0] if len(value) == 1 else value for name, value in found.items() if value}
        if found.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        text = raw.decode("utf-8", "replace")
        return response.status, found, read_body(str(found.get("Content-Type", "")), text)


class Made:
    """What a scenario made, to be removed after it: a recording does not do so itself."""

    def __init__(self):
        self.paths = []
        self.finalizers = False  # some object may have had some

    def see(self, request, status, body):
        path, _, query = request["path"].partition("?")
        self.finalizers = self.finalizers or "finalizers" in json.dumps(request.get("body"))
        if status not in (200, 201, 202) or "dryRun" in query:
            return
        method = request["method"]
        collection = COLLECTION.fullmatch(path)
        if method == "POST" and collection and collection.group(3) not in QUESTIONS:
            name = isinstance(body, dict) and body.get("metadata", {}).get("name")
            if name:
                self.paths.append(path + "/" + name)
        elif method in ("PUT", "PATCH") and status == 201 and OBJECT.fullmatch(path):
            self.paths.append(path)

    def remove(self, client):
        """Removes all of it, namespaces last: they take along what is in them."""
        is_namespace = re.compile(r"/api/v1/namespaces/[^/]+").fullmatch
        for path in sorted(self.paths[::-1], key=lambda p: bool(is_namespace(p))):
            if self.finalizers:
                client.send("PATCH", path, MERGE_PATCH, {"metadata": {"finalizers": None}})
            is_pod = "/pods/" in path
            client.send("DELETE", path + ("?gracePeriodSeconds=0" if is_pod else ""))
        for path in filter(is_namespace, self.paths):
            end = time.monotonic() + POLL_SECONDS_MAX
            while client.send("GET", path)[0] != 404 and time.monotonic() < end:
                time.sleep(0.05)


def differences(recorded, status, headers, body, values):
    """How a live answer differs from the recorded one; learns the values of placeholders."""
    if status != recorded["status"]:
        said = body.get("message", body) if isinstance(body, dict) else body
        found = ["status: recorded %s, now %s (%s)" % (recorded["status"], status, str(said)[:1000])]
    else:
        found = values.match(recorded.get("headers", {}), headers, "headers")
    sort_managed_fields(body)
    return found + values.match(recorded.get("body"), body, "body")


def replay_step(client, step, values, made):
    """One step; its differences, and the values known after it."""
    request, who = values.fill(step["request"]), values.fill(step.get("as", "admin"))
    end = time.monotonic() + (POLL_SECONDS_MAX if step.get("poll") else 0)
    while True:
        status, headers, body = client.send(request["method"], request["path"],
                                            request.get("headers"), request.get("body"), who)
        made.see(request, status, body)
        attempt = values.copy()
        found = differences(step["response"], status, headers, body, attempt)
        if not found or time.monotonic() >= end:
            return found, attempt
        time.sleep(0.05)


def replay(client, scenario):
    """Why the scenario fails, or "". After a difference it goes on: the next may tell more.

    The pauses of a recording are not kept: a write is seen by the next request here."""
    values, made, lines = Values(), Made(), []
    try:
        for number, step in enumerate(scenario["steps"], 1):
            found, values = replay_step(client, step, values, made)
            if found:
                request = values.fill(step["request"])
                lines.append("step %d of %d: %s %s" % (number, len(scenario["steps"]),
                                                       request["method"], request["path"]))
                lines += ["  " + line for line in found]
    finally:
        made.remove(client)
    return "\n".join(lines)
