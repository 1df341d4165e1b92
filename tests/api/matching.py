# SPDX-License-Identifier: Apache-2.0
"""Comparing a live answer with a recorded one that has placeholders in it.

What a server chooses stands in a recording as `<kind>` or `<kind:N>`. Within a scenario a numbered
placeholder is one value throughout, and two of one kind are two values; README.md has the kinds.
"""

import json
import re

TEXT_MAX = 400

# What a live value has to look like, by kind.
SHAPES = {
    "uid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "rv": r"[1-9]\d*",
    "lrv": r"\d+",
    "rand": r"[a-z0-9]{3,20}",
    "ip": r"\d+(?:\.\d+){3}|[0-9a-f:]+",
    "port": r"\d+",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "microtime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z",
    "continue": r"[A-Za-z0-9_=-]+",
    "age": r"(?:\d+[smhdy])+|<invalid>",
    "token": r"[A-Za-z0-9_.=+/-]+",
    "ptr": r"0x[0-9a-f]+",
    "server": r'[^\s"/]+',
    "n": r"\d+",
}
PLACEHOLDER = re.compile("<(%s)(?::\\d+)?>" % "|".join(SHAPES))
# Of these nothing is said but their shape; requests use the latest of the first two.
LATEST = {"lrv", "continue"}
FREE = LATEST | {"time", "microtime", "age", "n", "ptr", "server"}


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= TEXT_MAX else text[:TEXT_MAX] + "..."


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class Values:
    """What the placeholders of one scenario stand for, as far as it is known."""

    def __init__(self, known=None):
        self.known = dict(known or {})

    def copy(self):
        return Values(self.known)

    def fill(self, value):
        """A request with the live values in place of its placeholders."""
        if isinstance(value, dict):
            return {self.fill(key): self.fill(member) for key, member in value.items()}
        if isinstance(value, list):
            return [self.fill(member) for member in value]
        if not isinstance(value, str):
            return value
        whole = PLACEHOLDER.fullmatch(value)
        if whole and whole.group(1) == "port" and value in self.known:
            return int(self.known[value])  # a port is a number, wherever one is sent
        return PLACEHOLDER.sub(lambda found: self.known.get(found.group(), found.group()), value)

    def learn(self, placeholder, kind, text):
        """Takes text for the value of the placeholder; why it cannot be, or ""."""
        if kind in FREE:
            if kind in LATEST:
                self.known[placeholder] = text
            return ""
        if placeholder in self.known:
            before = self.known[placeholder]
            return "" if before == text else "%s was %s before" % (placeholder, before)
        for other, value in self.known.items():
            if value == text and PLACEHOLDER.fullmatch(other).group(1) == kind:
                return "%s has this value too, %s another" % (other, placeholder)
        self.known[placeholder] = text
        return ""

    def match_text(self, want, got):
        """Compares one string; why they differ, or ""."""
        pattern, unknown, end = "", [], 0
        for found in PLACEHOLDER.finditer(want):
            name, kind = found.group(), found.group(1)
            pattern += re.escape(want[end:found.start()])
            if name in self.known and kind not in FREE:
                pattern += re.escape(self.known[name])
            else:
                pattern += "(" + SHAPES[kind] + ")"
                unknown.append((name, kind))
            end = found.end()
        matched = re.fullmatch(pattern + re.escape(want[end:]), got, re.DOTALL)
        if not matched:
            return "recorded %s, now %s" % (short(self.fill(want)), short(got))
        for (name, kind), text in zip(unknown, matched.groups()):
            why = self.learn(name, kind, text)
            if why:
                return "%s: %s" % (short(got), why)
        return ""

    def match(self, want, got, where):
        """Compares whole values and learns from them; a line for each difference."""
        if isinstance(want, dict) and isinstance(got, dict):
            return self.match_members(want, got, where)
        if isinstance(want, list) and isinstance(got, list):
            found = []
            for i, pair in enumerate(zip(want, got)):
                found += self.match(*pair, "%s[%d]" % (where, i))
            if len(want) != len(got):
                found.append("%s: recorded %d entries, now %d" % (where, len(want), len(got)))
            return found
        if isinstance(want, str) and PLACEHOLDER.search(want):
            if isinstance(got, str) or is_number(got):
                why = self.match_text(want, str(got))
                return [where + ": " + why] if why else []
        elif want == got and (type(want) is type(got) or is_number(want) and is_number(got)):
            return []
        return ["%s: recorded %s, now %s" % (where, short(want), short(got))]

    def match_members(self, want, got, where):
        found, pairs, left = [], [], set(got)
        for key in want:
            live = self.live_key(key, left)
            if live is None:
                found.append("%s.%s: recorded %s, now absent" % (where, key, short(want[key])))
            else:
                left.discard(live)
                pairs.append((key, live))
        found += ["%s.%s: not recorded, now %s" % (where, key, short(got[key])) for key in sorted(left)]
        for key, live in sorted(pairs):
            found += self.match(want[key], got[live], where + "." + key)
        return found

    def live_key(self, key, candidates):
        """The key of the live object that a recorded one, maybe with placeholders, stands for."""
        filled = self.fill(key) if PLACEHOLDER.search(key) else key
        if filled in candidates:
            return filled
        if PLACEHOLDER.search(filled):
            for candidate in sorted(candidates):
                attempt = self.copy()
                if not attempt.match_text(key, candidate):
                    self.known = attempt.known
                    return candidate
        return None


def sort_managed_fields(value):
    """Orders managedFields as the recordings do: the server puts time first, which they lack."""
    if isinstance(value, list):
        for member in value:
            sort_managed_fields(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key == "managedFields" and isinstance(member, list):
                member.sort(key=lambda entry: [str(entry.get(part))
                                               for part in ("manager", "operation", "apiVersion")])
            else:
                sort_managed_fields(member)
