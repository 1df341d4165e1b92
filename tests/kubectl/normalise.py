# SPDX-License-Identifier: Apache-2.0
"""What kubectl prints, with all that differs from run to run replaced by a name for it.

The recordings hold texts that have been through this; README.md says what stands for what.
"""

import re

AGE = r"(?:<invalid>|\d+[smhdy](?:\d+[smhd])?)"
IP = r"10\.\d{1,3}\.\d{1,3}\.\d{1,3}"
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # of generated names: no vowels, nothing like them
AGE_COLUMNS = {"AGE", "LAST SEEN", "FIRST SEEN", "DURATION", "LAST SCHEDULE", "CREATED AT"}
CELL_WIDTH_MIN, GAP = 6, "   "

NAMES = re.compile(r"\S+(?: \S+)*")  # the names of a table's columns; one space is within a name
TABLE = re.compile(r"[A-Z][A-Z0-9()/.-]*(?: [A-Z]+)?(?: {2,}\S+(?: \S+)*)* *")
VARYING_TABLE = re.compile(r"(^| {2,})(AGE|LAST SEEN|FIRST SEEN|DURATION|CREATED AT|CLUSTER-IP)( {2,}|$)")
EVENT = re.compile(r"(\s*)(Normal|Warning)\s+(\S+)\s+%s(?: \(x\d+ over %s\))?\s+(.*)" % (AGE, AGE))
EVENT_HEAD = re.compile(r"\s+(Type\s+Reason\s+Age\s+From\s+Message|----\s+------\s+----\s+----\s+-------)")
THROTTLED = re.compile(r"Throttling request took|due to client-side throttling")

# Replaced first, in this order: (pattern, replacement). Matched with MULTILINE.
BEFORE = [(re.compile(pattern, re.MULTILINE), text) for pattern, text in (
    (r"\b(LIVE|MERGED)-\d+", r"\1-<rand>"),
    (r"\b(kubectl(?:-\w+)?)-edit-\w+\.(yaml|json)", r"\1-edit-<rand>.\2"),
    (r"\beyJ[\w-]+\.[\w-]+\.[\w-]+", "<token>"),
    (r"\bZXlK[A-Za-z0-9+/=]{40,}", "<token>"),
    (r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uid>"),
    (r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d)", "<time>"),
    (r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "<time>"),
    (r"\b[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ (\S+?):\d+\]", r"<klog> \1]"),
    (r'(resourceVersion"?: ?"?)\d+', r"\1<rv>"),
    (r"(Resource Version:\s+)\d+", r"\1<rv>"),
    (r"(Client Version: )(?:v1\.\d+\.\S+|version\.Info\{[^}]*\})", r"\1<client>"),
    (r"(Kustomize Version: )v\S+", r"\1<client>"),
    (r'(goVersion"?:\s*"?|GoVersion:")go[0-9][\w.]*', r"\1<go>"),
    (r"(Expected resource version to be \d+, was )\d+", r"\1<rv>"),
    (r"\(0x[0-9a-f]+\)", "(<pointer>)"),
)]
MANAGED = [(re.compile(pattern, re.MULTILINE), text) for pattern, text in (
    (r"^( *)managedFields:\n(?:\1-.*\n|\1  .*\n)+", "\\1managedFields: <managed>\n"),
    (r'^( *)"managedFields": \[\n(?:\1 .*\n)+\1\]', r'\1"managedFields": <managed>'),
    (r"^( *)Managed Fields:\n(?:\1 .*\n)+", "\\1Managed Fields: <managed>\n"),
)]
# Replaced last, when tables and events are done.
AFTER = [(re.compile(pattern, re.MULTILINE), text) for pattern, text in (
    (r"(\b(?:Age|Duration):\s+)%s$" % AGE, r"\1<age>"),
    (r"\b%s ago" % AGE, "<age> ago"),
    (r"-1[6-9]\d{8}(?=\b)", "-<time>"),
    (r"-[%s]{5}(?![\w-])" % SUFFIX_LETTERS, "-<rand>"),
    (r"\.[0-9a-f]{16}\b", ".<rand>"),
    (r'(clusterIP"?: "?|IPs?:\s+|- "?|^ +")%s(?![\d./])' % IP, r"\1<ip>"),
    (r'(nodePort"?: |NodePort:\s+\S+\s+)3[0-2]\d{3}', r"\1<port>"),
)]
AGE_AT_END = re.compile(r"(\s)%s$" % AGE)
AGE_WITHOUT_HEAD = re.compile(r"(\s{2,})%s$" % AGE, re.MULTILINE)


def cell(text, name, is_head, is_last):
    """One cell, at a width that does not depend on what was replaced in it."""
    if name not in AGE_COLUMNS and name not in ("CLUSTER-IP", "PORT(S)"):
        return text
    text = text.rstrip()
    if name == "CLUSTER-IP":
        text = re.sub("^%s$" % IP, "<ip>", text)
    elif name == "PORT(S)":
        text = re.sub(r":3[0-2]\d{3}/", ":<port>/", text)
    elif not is_head:
        text = re.sub("^%s$" % AGE, "<age>", text)
        if is_last:
            text = re.sub("^(.*?)(%s)%s$" % (GAP, AGE), r"\1\2<age>", text)
    if is_last:
        return text
    return text + GAP if name == "PORT(S)" else text.ljust(max(len(name), CELL_WIDTH_MIN) + len(GAP))


def table(lines):
    """A whole table, its heading first."""
    heads = [(found.start(), found.group()) for found in NAMES.finditer(lines[0])]
    ends = [start for start, _ in heads[1:]] + [None]
    for number, line in enumerate(lines):
        text = "".join(cell(line[start:end], name, number == 0, end is None)
                       for (start, name), end in zip(heads, ends))
        if number and heads[-1][1] in AGE_COLUMNS:
            text = AGE_AT_END.sub(r"\1<age>", text)
        yield text


def event(line):
    """A line of describe's events, its columns two spaces apart; other lines as they are."""
    found = EVENT.fullmatch(line)
    if found:
        indent, kind, reason, rest = found.groups()
        return "%s%s  %s  <age>  %s" % (indent, kind, reason, re.sub(r"^(\S+)\s{2,}", r"\1  ", rest))
    if EVENT_HEAD.fullmatch(line):
        return "  " + "  ".join(line.split())
    return line


def tables_and_events(lines):
    at = 0
    while at < len(lines):
        if TABLE.fullmatch(lines[at]) and VARYING_TABLE.search(lines[at]):
            end = lines.index("", at) if "" in lines[at:] else len(lines)
            yield from table(lines[at:end])
            at = end
        else:
            yield event(lines[at])
            at += 1


def normalise(text, names=(), command="", keep_managed=False):
    """names: pairs of a text of this run and what stands for it (the server, folders), first."""
    for name, placeholder in names:
        text = text.replace(name, placeholder)
    text = "".join(line for line in text.splitlines(True) if not THROTTLED.search(line))
    for pattern, replacement in BEFORE + ([] if keep_managed else MANAGED):
        text = pattern.sub(replacement, text)
    text = "\n".join(tables_and_events(text.split("\n")))
    if "--no-headers" in command:
        text = AGE_WITHOUT_HEAD.sub(r"\1<age>", text)
    for pattern, replacement in AFTER:
        text = pattern.sub(replacement, text)
    return text
