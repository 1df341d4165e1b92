# SPDX-License-Identifier: Apache-2.0
"""Answers of two servers made comparable, and what is then different.

What a server chooses by itself (uids, versions, times, addresses) becomes a placeholder with a
number, in the order in which a sequence meets the values: where one server gives the same value
twice, the other must, too.
"""

import json
import re

UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
# Of this year or the next: requests have others.
TIME = re.compile(r"\b20(2[6-9]|[3-9]\d)-(?!01-02T)\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
AGE = re.compile(r"(\d+[smhd])+|<unknown>|<invalid>")
SERVICE_ADDRESS = re.compile(r"\b10\.\d+\.\d+\.\d+\b")
GENERATED = re.compile(r"\b(gen|kube-api-access)-[a-z0-9]{5}\b")
# What an update changed: lines of a dump there, the paths of fields here.
CHANGES = re.compile(r"\n(@@ .*|\s+core\.PodSpec\{\n.*|(?:spec[][\w./-]*\n?)+)$", re.S)
# Where a program of modules was built, other than a release, it names the scheme by its own file.
SCHEME = re.compile(r'in scheme "[^"]*"')
# In an object that is quoted in a message.
QUOTED_VERSION = re.compile(r'(resourceVersion\\*":\\*"|in record \()\d+(?=[)\\"])')
CHOSEN_ADDRESS = "10.0.0.77"
# Numbers of ports that requests ask for.
CHOSEN_PORTS = (30080, 31000, 30000)
HEADERS = ("Content-Type", "Warning", "Location", "Allow", "Retry-After")


def in_one_order(status):
    """What is wrong with an object, in one order: rules that are declared with the types come last
    since 1.36, and maps are gone through in any order."""
    details = status.get("details") or {}
    causes = details.get("causes") or []
    if len(causes) < 2 or " is invalid: [" not in status.get("message", ""):
        return status
    causes = sorted(causes, key=lambda cause: sorted(cause.items()))
    message = status["message"].partition(" is invalid: [")[0] + " is invalid: [...]"
    return {**status, "message": message, "details": {**details, "causes": causes}}


MANAGED = re.compile(r'managedFields\\*":\[')


def managers_in_one_order(text):
    """Who manages fields, in an object that is quoted in a message: ordered by the time first, which
    differs where one server was asked at the end of a second and the other after it."""
    match = MANAGED.search(text)
    if not match:
        return text
    depth, entries, begun = 0, [], match.end()
    for at in range(match.end(), len(text)):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(text[at], 0)
        if depth < 0:
            return text[:match.end()] + ",".join(sorted(entries)) + text[at:]
        if depth == 0 and text[at] == "}":
            entries.append(text[begun:at + 1])
        elif depth == 0 and text[at] == ",":
            begun = at + 1
    return text  # it was cut off


class Normaliser:
    """For the answers of one server to one sequence."""

    def __init__(self):
        self.seen = {}

    def numbered(self, kind, value):
        of_kind = self.seen.setdefault(kind, {})
        return "<%s:%d>" % (kind, of_kind.setdefault(value, len(of_kind) + 1))

    def text(self, value):
        value = managers_in_one_order(TIME.sub("<time>", value))
        value = GENERATED.sub(r"\1-<random>", value)
        value = CHANGES.sub("\n<changes>", value)
        value = SCHEME.sub('in scheme "<scheme>"', value)
        value = QUOTED_VERSION.sub(r"\1<rv>", value)
        value = UUID.sub(lambda match: self.numbered("uid", match.group(0)), value)
        return SERVICE_ADDRESS.sub(
            lambda match: match.group(0) if match.group(0) == CHOSEN_ADDRESS or match.group(0).endswith(".0")
            else self.numbered("ip", match.group(0)), value)

    def value(self, value, key="", is_list=False):
        if isinstance(value, dict):
            if value.get("kind") == "Status":
                value = in_one_order(value)
            kind = value.get("kind")
            lists = isinstance(kind, str) and (kind.endswith("List") or kind == "Table")
            return {self.text(name): self.value(sub, name, lists if name == "metadata" else is_list)
                    for name, sub in value.items()}
        if isinstance(value, list):
            if key == "cells":
                return ["<age>" if isinstance(cell, str) and AGE.fullmatch(cell) else self.value(cell)
                        for cell in value]
            made = [self.value(sub, key) for sub in value]
            if key == "managedFields" and all(isinstance(entry, dict) for entry in made):
                made.sort(key=lambda entry: [str(entry.get(name)) for name in
                                             ("manager", "operation", "apiVersion", "subresource")])
            return made
        if key == "resourceVersion" and isinstance(value, str) and value.isdigit():
            if is_list or value == "0" or value == "1":
                return "<rv>"
            return self.numbered("rv", value)
        if key == "continue" and value:
            return "<continue>"
        if key in ("nodePort", "healthCheckNodePort") and isinstance(value, int) and value >= 30000:
            return value if value in CHOSEN_PORTS else "<port>"
        return self.text(value) if isinstance(value, str) else value


def show(value, most=300):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= most else text[:most] + "..."


def show_apart(real, ours, most=500):
    """Two texts from a little before where they part."""
    at = next((i for i, (a, b) in enumerate(zip(real, ours)) if a != b), min(len(real), len(ours)))
    at = max(0, at - 150) if max(len(real), len(ours)) > most else 0
    real, ours = (("..." if at else "") + text[at:] for text in (real, ours))
    return "%s\n    ours %s" % (show(real, most), show(ours, most))


def compare(real, ours, path=""):
    """Pairs of where and what: every difference between two values, the order of keys included."""
    if isinstance(real, dict) and isinstance(ours, dict):
        found = []
        for key in real:
            where = path + "." + key
            if key not in ours:
                found.append((where, "missing: %s" % show(real[key])))
            else:
                found += compare(real[key], ours[key], where)
        found += [(path + "." + key, "too much: %s" % show(ours[key])) for key in ours if key not in real]
        if not found and list(real) != list(ours):
            found.append((path, "order of keys: %s, ours %s" % (list(real), list(ours))))
        return found
    if isinstance(real, list) and isinstance(ours, list):
        if len(real) != len(ours):
            return [(path, "%d entries %s, ours %d %s" % (len(real), show(real), len(ours), show(ours)))]
        return [one for at, (a, b) in enumerate(zip(real, ours)) for one in compare(a, b, "%s[%d]" % (path, at))]
    if type(real) is not type(ours) or real != ours:
        return [(path, show_apart(*(value if isinstance(value, str) else json.dumps(value)
                                    for value in (real, ours))))]
    return []


def differences(real, ours):
    """Of two answers: (status, headers, body)."""
    if real[0] != ours[0]:
        said = [answer[2].get("message", answer[2].get("kind")) if isinstance(answer[2], dict) else answer[2]
                for answer in (real, ours)]
        return [("status", "%s %s\n    ours %s %s" % (real[0], show(said[0], 900), ours[0], show(said[1], 900)))]
    return compare(real[1], ours[1], "headers") + compare(real[2], ours[2], "body")


# -- sorting differences into categories, for whoever goes through many --------------------------------

def category(step, where, what):
    """A short text that differences of one cause mostly share."""
    where = re.sub(r"\[\d+\]", "[]", where)
    where = re.sub(r"\.f:.*", ".f:...", where)
    what = re.sub(r'"[^"]*"', '""', what)
    what = re.sub(r"\d+", "9", what)
    return "%s %s | %s" % (step["method"], where, what[:160])
