#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the *.schema files into the C tables of kube/schema.h, kube/kinds.h and kube/proto/table.h.

    generate.py OUTPUT.c INPUT.schema...

The form of a .schema file, one fact a line; "#" starts a comment line:

    package core/v1 v1              the short name of a Go package, and its apiVersion

    kind Pod resource=pods short=po in=all namespaced
        A kind of the package. Its type has the same name, or is given with type=PACKAGE.NAME.
        resource=   its plural; without it the kind is only sent, or a part of others
        short=      short names, comma separated        in=  category
        namespaced, cluster   the scope
        since=, until=        first minor version that serves it, first that does not any more

    type PodSpec [atomic] [marked=] a struct; its fields follow, indented, as Go declares them
        inline TYPE [#N]            the fields of an embedded struct
        NAME TYPE [FACT...]

A TYPE is string, bool, int32, int64, intorstring, quantity, time, microtime, bytes, raw, a struct
(NAME, or PACKAGE.NAME of another package), []TYPE or `map TYPE` (of strings); * before it makes a
pointer. The facts:

    #N              its number in protobuf messages; without one it never stands in them. An
                    embedded struct with a number is a message of its own there.
    wrapped         in protobuf the list stands in a message of its own, as its field 1
    always          without omitempty: written even when empty
    omitzero        a zero struct or time is left out
    merge[=KEY]     patchStrategy merge, with patchMergeKey
    replace         patchStrategy replace
    retainkeys      patchStrategy retainKeys
    list=atomic, list=set, list=map:KEY,...   listType and listMapKeys
    atomic          mapType or structType atomic
    marked=         first minor version (after 20) where list= or atomic hold; before it patchStrategy
                    says whether a list is merged, and structs and maps are merged
    since=, until=  first minor version (after 20) that has the field, first that has it no more
"""

import re
import sys

SCALARS = ["string", "bool", "int32", "int64", "intorstring", "quantity", "time", "microtime",
           "bytes", "raw"]
KIND_NAMES = {"intorstring": "INT_OR_STRING", "microtime": "MICRO_TIME"}
FIELDS_MAX = 80  # SCHEMA_FIELDS_MAX
WRAPPED = 128    # PROTO_WRAPPED; numbers are below it


class Field:
    def __init__(self, name, type_, flags, merge_key, list_keys, since, until, marked, number,
                 within=()):
        self.name, self.type, self.flags = name, type_, flags
        self.merge_key, self.list_keys = merge_key, list_keys
        self.since, self.until, self.marked = since, until, marked
        self.number = number  # in protobuf; 0 for none
        self.within = within  # numbers of the embedded messages it stands in, outermost first


class Struct:
    def __init__(self, name, flags, marked):
        self.name, self.flags, self.marked = name, flags, marked
        self.lines = []  # ("inline", type, since, until, number) or a Field


class Reader:
    """Reads all files into structs (by full name) and kinds."""

    def __init__(self):
        self.structs = {}
        self.kinds = []
        self.package = self.api_version = None
        self.struct = None

    def fail(self, what):
        sys.exit(f"{self.where}: {what}")

    def qualified(self, type_):
        """A TYPE with the package of every struct in it, split: pointer, rest."""
        pointer = type_.startswith("*")
        if pointer:
            type_ = type_[1:]
        for container in ("[]", "map "):
            if type_.startswith(container):
                inner_pointer, inner = self.qualified(type_[len(container):])
                return pointer, container + ("*" if inner_pointer else "") + inner
        if type_ not in SCALARS and "." not in type_:
            type_ = f"{self.package}.{type_}"
        return pointer, type_

    def version(self, value):
        if not value.isdigit() or not 10 < int(value) < 256:
            self.fail(f"bad version {value}")
        return int(value)

    def number(self, value):
        if not value.isdigit() or not 0 < int(value) < WRAPPED:
            self.fail(f"bad number {value}")
        return int(value)

    def read(self, path):
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            self.where = f"{path}:{number}"
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if line[0] == " ":
                self.field(words)
            elif words[0] == "package":
                _, self.package, self.api_version = words
            elif words[0] == "kind":
                self.kind(words[1], words[2:])
            elif words[0] == "type":
                name = f"{self.package}.{words[1]}"
                if name in self.structs:
                    self.fail(f"{name} twice")
                self.struct = self.structs[name] = self.new_struct(name, words[2:])
            else:
                self.fail(f"unknown {words[0]}")

    def new_struct(self, name, facts):
        flags, marked = [], 0
        for fact in facts:
            key, _, value = fact.partition("=")
            if fact == "atomic":
                flags = ["ATOMIC"]
            elif key == "marked":
                marked = self.version(value)
            else:
                self.fail(f"unknown fact {fact}")
        return Struct(name, flags, marked)

    def kind(self, name, facts):
        kind = {"api_version": self.api_version, "kind": name, "type": f"{self.package}.{name}",
                "resource": "", "short": "", "in": "", "namespaced": False, "since": 0, "until": 0}
        for fact in facts:
            key, _, value = fact.partition("=")
            if key in ("namespaced", "cluster"):
                kind["namespaced"] = key == "namespaced"
            elif key in ("since", "until"):
                kind[key] = self.version(value)
            elif key in kind:
                kind[key] = value
            else:
                self.fail(f"unknown fact {fact}")
        self.kinds.append(kind)

    def field(self, words):
        name, rest = words[0], words[1:]
        type_ = rest.pop(0)
        while type_ in ("map", "*map", "[]map"):
            type_ += " " + rest.pop(0)
            if not type_.endswith("map"):
                break
        pointer, type_ = self.qualified(type_)
        flags = ["OMIT_EMPTY"] + (["POINTER"] if pointer else [])
        merge_key, list_keys, since, until, marked, number = "", [], 0, 0, 0, 0
        for fact in rest:
            key, _, value = fact.partition("=")
            if fact.startswith("#"):
                number = self.number(fact[1:])
            elif fact == "wrapped" and number:
                number |= WRAPPED
            elif key == "always":
                flags.remove("OMIT_EMPTY")
            elif key == "omitzero":
                flags.append("OMIT_ZERO")
            elif key == "merge":
                flags.append("MERGE")
                merge_key = value
            elif key == "replace":
                flags.append("REPLACE")
            elif key == "retainkeys":
                flags.append("RETAIN_KEYS")
            elif key == "atomic" or fact == "list=atomic":
                flags.append("ATOMIC")
            elif fact == "list=set":
                flags.append("SET")
            elif key == "list" and value.startswith("map:"):
                flags.append("KEYED")
                list_keys = value[len("map:"):].split(",")
            elif key == "since":
                since = self.version(value)
            elif key == "until":
                until = self.version(value)
            elif key == "marked":
                marked = self.version(value)
            else:
                self.fail(f"unknown fact {fact}")
        if name == "inline":
            self.struct.lines.append(("inline", type_, since, until, number))
        else:
            self.struct.lines.append(Field(name, type_, flags, merge_key, list_keys, since, until,
                                           marked, number))


def flatten(structs, name, since=0, until=0, within=()):
    """The fields of a struct with those of embedded ones in their place. within is None where an
    embedded struct has no number: then its fields have none either."""
    fields = []
    for line in structs[name].lines:
        if isinstance(line, Field):
            fields.append(Field(line.name, line.type, line.flags, line.merge_key, line.list_keys,
                                max(since, line.since),
                                min(until or 255, line.until or 255) % 255, line.marked,
                                0 if within is None else line.number, within or ()))
        else:
            _, inner, inner_since, inner_until, number = line
            fields += flatten(structs, inner, max(since, inner_since), until or inner_until,
                              None if within is None or not number else within + (number,))
    return fields


def name_word(name):
    """What schema.c mixes a name into before the seed comes in."""
    n = len(name)
    if n >= 8:
        word = int.from_bytes(name[:8], "little")
        word ^= int.from_bytes(name[-8:], "little") * 0xD6E8FEB86659FD93
    elif n >= 4:
        word = int.from_bytes(name[:4] + name[-4:], "little")
    else:
        word = name[0] | name[n // 2] << 8 | name[n - 1] << 16
    return word + n


def find_slots(names):
    """(bits, seed, slots): a slot for every name without two meeting. Slots hold row + 1."""
    first_rows = {}
    for row, name in enumerate(names):
        first_rows.setdefault(name, row)
    words = [(name_word(name.encode()), row + 1) for name, row in first_rows.items()]
    for bits in range(max(1, (2 * len(words) - 1).bit_length()), 12):
        for seed in range(2000):
            factor = 0x9E3779B97F4A7C15 + 2 * seed
            slots = [0] * (1 << bits)
            for word, row in words:
                at = (word * factor & 0xFFFFFFFFFFFFFFFF) >> (64 - bits)
                if slots[at]:
                    break
                slots[at] = row
            else:
                return bits, seed, slots
    sys.exit(f"no hash for {sorted(first_rows)}")


class Names:
    """All texts in one array; equal ones once."""

    def __init__(self):
        self.at = {}
        self.order = []
        self.size = 0

    def place(self, name):
        if name not in self.at:
            self.at[name] = self.size
            self.order.append(name)
            self.size += len(name.encode()) + 1
        return self.at[name]


class Writer:
    def __init__(self, reader):
        self.structs = reader.structs
        self.kinds = sorted(reader.kinds, key=lambda k: (k["api_version"], k["kind"]))
        self.names = Names()
        self.keys = [""]  # merge keys: one byte names them; then the list keys
        self.types = {}   # type text to index
        self.type_rows, self.field_rows, self.slots = [], [], []
        self.proto_rows = []
        self.embeds = [()]  # paths of embedded messages; each but the first extends another

    def type_index(self, type_):
        if type_ not in self.types:
            sys.exit(f"no type {type_}")
        return self.types[type_]

    def collect_types(self):
        """Scalars, then structs by name, then the lists and maps that fields have."""
        order = SCALARS + sorted(self.structs)
        seen = set(order)
        for struct in sorted(self.structs):
            for field in flatten(self.structs, struct):
                inner = field.type
                while inner not in seen:
                    if not inner.startswith(("[]", "map ")):
                        sys.exit(f"{struct}.{field.name}: no type {inner}")
                    seen.add(inner)
                    order.append(inner)
                    inner = re.sub(r"^(\[\]|map )\*?", "", inner)
        self.types = {type_: index for index, type_ in enumerate(order)}

    def key_place(self, key):
        if key not in self.keys:
            self.keys.append(key)
        return self.keys.index(key)

    def key_run(self, keys):
        """The place of several keys that stand together."""
        for at in range(1, len(self.keys) - len(keys) + 1):
            if self.keys[at:at + len(keys)] == keys:
                return at
        self.keys += keys
        return len(self.keys) - len(keys)

    def embed_place(self, path):
        if path not in self.embeds:
            self.embed_place(path[:-1])
            self.embeds.append(path)
        return self.embeds.index(path)

    def add_struct(self, name):
        fields = flatten(self.structs, name)
        names = [f.name for f in fields]
        if len(fields) > FIELDS_MAX:
            sys.exit(f"{name} has {len(fields)} fields")
        for field, row in {f: i for i, f in enumerate(names)}.items():
            first = names.index(field)
            if names[first:row + 1].count(field) != row + 1 - first:
                sys.exit(f"{name}: the rows of {field} do not adjoin")
        bits, seed, slots = find_slots(names) if fields else (1, 0, [0, 0])
        row = (self.names.place(name), len(name), self.structs[name].flags, 0,
               len(self.field_rows), len(self.slots), seed, bits, len(fields), "struct",
               self.structs[name].marked)
        self.slots += slots
        self.check_numbers(name, fields)
        for f in fields:
            self.field_rows.append(
                (self.names.place(f.name), f.flags, self.type_index(f.type),
                 self.key_run(f.list_keys) if f.list_keys else 0, len(f.list_keys),
                 self.key_place(f.merge_key), len(f.name), f.since, f.until, f.marked))
            self.proto_rows.append((f.number, self.embed_place(f.within)))
        return row

    def check_numbers(self, struct, fields):
        """No two fields of one message have one number in one version."""
        seen = {}
        for f in fields:
            for other in seen.setdefault(f.within + (f.number,), []):
                if (f.number and f.name != other.name and f.since < (other.until or 255)
                        and other.since < (f.until or 255)):
                    sys.exit(f"{struct}: {f.name} and {other.name} have one number")
            seen[f.within + (f.number,)].append(f)

    def add_type(self, type_):
        if type_ in self.structs:
            return self.add_struct(type_)
        if type_ in SCALARS:
            return (0, 0, [], 0, 0, 0, 0, 0, 0, type_, 0)
        container, inner = ("list", type_[2:]) if type_.startswith("[]") else ("map", type_[4:])
        flags = ["ITEM_POINTER"] if inner.startswith("*") else []
        return (0, 0, flags, self.type_index(inner.lstrip("*")), 0, 0, 0, 0, 0, container, 0)

    def write(self, out):
        self.names.place("")
        self.collect_types()
        for struct in sorted(self.structs):  # merge keys first: they have one byte
            for field in flatten(self.structs, struct):
                self.key_place(field.merge_key)
        if len(self.keys) > 255:
            sys.exit("too many merge keys")
        self.type_rows = [self.add_type(type_) for type_ in self.types]
        if len(self.field_rows) > 0xFFFF or len(self.slots) > 0xFFFF:
            sys.exit("the tables have outgrown 16 bits")
        if len(self.embeds) > 255:
            sys.exit("too many embedded messages")
        kind_rows = [self.kind_row(kind) for kind in self.kinds]

        def flags(names, prefix="SCHEMA_"):
            return " | ".join(prefix + n for n in names) or "0"

        out.write('/* Made by schema/generate.py. */\n'
                  '#include "kube/kinds.h"\n#include "kube/proto/table.h"\n')
        out.write("const SchemaType schema_types[] = {\n")
        for name, length, fl, item, field, slot, seed, bits, count, kind, marked in self.type_rows:
            kind = "SCHEMA_" + KIND_NAMES.get(kind, kind.upper())
            out.write(f"{{{name},{length},{flags(fl)},{item},{field},{slot},{seed},{bits},"
                      f"{count},{kind},{marked}}},\n")
        out.write("};\nconst SchemaField schema_fields[] = {\n")
        for row in self.field_rows:
            name, fl, *rest = row
            out.write(f"{{{name},{flags(fl)}," + ",".join(map(str, rest)) + "},\n")
        out.write("};\nconst ProtoField proto_fields[] = {\n")
        for at in range(0, len(self.proto_rows), 12):
            out.write(",".join(f"{{{n},{w}}}" for n, w in self.proto_rows[at:at + 12]) + ",\n")
        out.write("};\nconst ProtoEmbed proto_embeds[] = {\n{0,0},\n")
        for path in self.embeds[1:]:
            out.write(f"{{{self.embeds.index(path[:-1])},{path[-1]}}},\n")
        out.write("};\nconst uint8_t schema_slots[] = {\n")
        for at in range(0, len(self.slots), 32):
            out.write(",".join(map(str, self.slots[at:at + 32])) + ",\n")
        out.write("};\nconst Str schema_keys[] = {\n{0},\n")
        for key in self.keys[1:]:
            out.write(f'STR_INIT("{key}"),\n')
        out.write("};\nconst KindRow kind_rows[] = {\n")
        for row in kind_rows:
            out.write("{" + ",".join(map(str, row)) + "},\n")
        structs = len(self.structs)
        out.write(f"}};\nconst size_t kind_row_count = {len(kind_rows)};\n")
        out.write(f"const size_t schema_first_struct = {len(SCALARS)};\n")
        out.write(f"const size_t schema_struct_count = {structs};\n")
        out.write("const char schema_names[] =\n")
        for name in self.names.order:
            out.write(f'"{name}\\0"\n')
        out.write(";\n")

    def kind_row(self, kind):
        if kind["type"] not in self.types:
            sys.exit(f'kind {kind["kind"]}: no type {kind["type"]}')
        row = []
        for key in ("api_version", "kind", "resource", "short", "in"):
            row += [self.names.place(kind[key])]
        row += [self.type_index(kind["type"])]
        for key in ("api_version", "kind", "resource", "short", "in"):
            row += [len(kind[key])]
        return row + [int(kind["namespaced"]), kind["since"], kind["until"]]


def main():
    reader = Reader()
    for path in sys.argv[2:]:
        reader.read(path)
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        Writer(reader).write(out)


if __name__ == "__main__":
    main()
