# SPDX-License-Identifier: Apache-2.0
"""What a server says of itself: discovery and OpenAPI, compared as the answers to sequences are."""

import json

from answers import differences

JSON = {"Accept": "application/json"}
AGGREGATED = {"Accept": "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList"}
# Resources in discovery's documents have hashes and addresses of their own.
DROPPED = {"storageVersionHash", "serverAddressByClientCIDRs", "description", "buildDate", "compiler",
           "gitCommit", "goVersion", "platform", "gitTreeState", "gitVersion"}
# Served here in all versions, and in no real server of today.
OURS_ALONE = ("policy/v1beta1",)


def plain(value):
    if isinstance(value, dict):
        return {key: plain(sub) for key, sub in value.items() if key not in DROPPED}
    return [plain(sub) for sub in value] if isinstance(value, list) else value


def paths(client):
    """The documents of a server, as names and headers."""
    found = [("/version", JSON), ("/api", JSON), ("/api/v1", JSON), ("/apis", JSON),
             ("/api", AGGREGATED), ("/apis", AGGREGATED)]
    for group in client.send("GET", "/apis")[2]["groups"]:
        found.append(("/apis/" + group["name"], JSON))
        found += [("/apis/" + version["groupVersion"], JSON) for version in group["versions"]]
    index = client.send("GET", "/openapi/v3")[2]  # said to be text
    index = json.loads(index) if isinstance(index, str) else index
    return found + [("/openapi/v3/" + name, JSON) for name in sorted(index["paths"])
                    if name.startswith("api") and name.count("/") > 0]


def check(clients, path, headers):
    """What is different in one document, as text."""
    answers = []
    for client in clients:
        status, found, body = client.send("GET", path, headers)
        answers.append((status, {"Content-Type": found.get("Content-Type")}, plain(body)))
    return "\n".join("%s: %s" % one for one in differences(*answers))
