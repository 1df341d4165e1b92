# SPDX-License-Identifier: Apache-2.0
"""What a server says of itself: discovery and OpenAPI, compared as the answers to sequences are."""

import json

from answers import differences
from known import is_off

JSON = {"Accept": "application/json"}
AGGREGATED = {"Accept": "application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList"}
# Resources in discovery's documents have hashes and addresses of their own.
DROPPED = {"storageVersionHash", "serverAddressByClientCIDRs", "description", "buildDate", "compiler",
           "gitCommit", "goVersion", "platform", "gitTreeState", "gitVersion"}
# What only one of the two serves, see docs/differences.md.
OURS_ALONE = {"policy/v1beta1"}
REAL_ALONE = {"podcertificaterequests", "podcertificaterequests/status", "csinodes/status"}


def is_alone(value):
    """Is an entry of a list one that only one of the two has?"""
    if not isinstance(value, dict):
        return False
    name = value.get("name", value.get("resource"))
    return (value.get("groupVersion") in OURS_ALONE or name in REAL_ALONE or
            value.get("version") == "v1beta1" and
            any(one.get("resource") == "podsecuritypolicies" for one in value.get("resources", ())))


def plain(value):
    if isinstance(value, dict):
        made = {key: plain(sub) for key, sub in value.items() if key not in DROPPED}
        if value.get("resource") == "csinodes":
            made.pop("subresources", None)
        return made
    return [plain(sub) for sub in value if not is_alone(sub)] if isinstance(value, list) else value


def type_of(schema):
    """A reference or a type, with that of its items or values."""
    found = schema.get("$ref") or (type_of(schema["allOf"][0]) if "allOf" in schema else schema.get("type"))
    inner = schema.get("items") or schema.get("additionalProperties")
    return [found, type_of(inner)] if isinstance(inner, dict) else found


def types(document):
    """The fields of each API type and their types, in one order."""
    found = document.get("components", {}).get("schemas", {}) if isinstance(document, dict) else {}
    return {name: {field: type_of(sub) for field, sub in sorted(schema["properties"].items())
                   if not is_off(name, field)}
            for name, schema in sorted(found.items()) if "properties" in schema and ".meta.v1." not in name}


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
                    if name.startswith("api/") or (name.startswith("apis/") and name.count("/") == 2)]


def check(clients, path, headers):
    """What is different in one document, as text."""
    answers = []
    for client in clients:
        status, found, body = client.send("GET", path, headers)
        body = plain(body)
        if path.startswith("/openapi/"):
            body = types(body)
        answers.append((status, {"Content-Type": found.get("Content-Type")}, body))
    if path.startswith("/openapi/"):  # types that nothing leads to but fields that are left out
        both = answers[0][2].keys() & answers[1][2].keys()
        answers = [(*answer[:2], {name: of for name, of in answer[2].items() if name in both})
                   for answer in answers]
    return "\n".join("%s: %s" % one for one in differences(*answers))
