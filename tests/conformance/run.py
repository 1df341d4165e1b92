#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the recorded cases to a podgate binary and prints TAP, a line a case.

    tests/conformance/run.py PODGATE [TOPIC]...

Each case is decided twice, with its recorded answer and without; both must give the same. What was
decided is compared with the recording here, and with podgate's own verdict. Then what must hold of
every case: the order of a cluster's objects changes nothing, and a pod that was admitted is admitted
unchanged when it is sent as it was stored.
"""

import json
import lzma
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "cases")
TEXT_MAX = 1500


def read_cases(topics):
    cases = []
    for name in sorted(os.listdir(CASES)):
        topic = name.removesuffix(".jsonl.xz")
        if name != topic and (not topics or topic in topics):
            with lzma.open(os.path.join(CASES, name), "rt", encoding="utf-8") as lines:
                cases += [json.loads(line) for line in lines if line.strip()]
    return cases


def decide(podgate, cases):
    """The lines that `podgate test -o json` prints, by id, and what else went wrong."""
    text = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run([podgate, "test", "-o", "json", "-"], input=text, text=True,
                          capture_output=True, encoding="utf-8")
    answers = {}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        answers[answer["id"]] = answer
    trouble = done.stderr.strip()
    if done.returncode not in (0, 1):
        trouble += "\nexit status %d" % done.returncode
    return answers, trouble.strip()


def words(message):
    """What of a message stays the same when its parts change places."""
    return sorted(filter(None, (word.strip("[],;") for word in re.split(r" ", message))))


def same_message(expect, got):
    want, have = expect["message"], got.get("message", "")
    if want == have:
        return True
    if expect.get("messageIsPrefix") and have.startswith(want):
        return True
    return "messageAlternatives" in expect and words(want) == words(have)


def same_status(expect, got):
    want, have = dict(expect["status"]), dict(got.get("status", {}))
    for rules in ("resourceRules", "nonResourceRules"):
        if rules in want:
            key = lambda rule: json.dumps(rule, sort_keys=True)
            want[rules] = sorted(want[rules], key=key)
            have[rules] = sorted(have.get(rules, []), key=key)
    if have.get("reason") in expect.get("reasonAlternatives", []):
        want["reason"] = have["reason"]
    return want == have


def differences(expect, got):
    """The members of expect that the answer does not have so."""
    plain = ["code", "allowed", "reason"]
    found = [key for key in plain if key in expect and expect[key] != got.get(key)]
    if expect.get("code") == 400:  # the decoder's own words
        return found
    found += [key for key in ("details", "object") if key in expect and expect[key] != got.get(key)]
    if "message" in expect and not same_message(expect, got):
        found.append("message")
    if "status" in expect and not same_status(expect, got):
        found.append("status")
    return found


def without_decoder_words(answer):
    """An answer about Pod Security Standards without the texts that change with Go's version."""
    answer = json.loads(json.dumps(answer))
    if "decodeError" in answer:
        answer["decodeError"] = ""
    annotations = answer.get("auditAnnotations", {})
    if "error" in annotations:
        annotations["error"] = re.sub(r"(?s)^(failed to decode +(old )?object: ).*", r"\1",
                                      annotations["error"])
    return answer


def psa_differences(case, got):
    want, have = without_decoder_words(case["expect"]), without_decoder_words(got)
    return [key for key in sorted(set(want) | set(have)) if want.get(key) != have.get(key)]


def judge(case, answer, blind):
    """Why the case fails, or None."""
    if answer is None:
        return "not answered"
    if "got" not in answer:
        return "not supported"
    got, expect = answer["got"], case["expect"]
    is_psa = case["topic"].startswith("psa")
    found = psa_differences(case, got) if is_psa else differences(expect, got)
    if found:
        return "\n".join("%s\n  recorded: %s\n  decided:  %s" %
                         (key, json.dumps(expect.get(key), sort_keys=True)[:TEXT_MAX],
                          json.dumps(got.get(key), sort_keys=True)[:TEXT_MAX]) for key in found)
    if answer.get("pass") is not True:
        return "podgate itself takes it for a difference"
    if blind is None or blind.get("got") != got:
        return "decided otherwise without the recorded answer: %s" % json.dumps(blind)[:TEXT_MAX]
    return None


def without_answer(case):
    return {key: value for key, value in case.items() if key != "expect"}


def in_other_order(case):
    """The same cluster, its objects given the other way round."""
    return {**without_answer(case), "objects": case.get("objects", [])[::-1]}


def sent_again(case, got):
    """A pod that was admitted, sent as it was stored; None for other cases."""
    request = case.get("request", {})
    sent = request.get("object") or {}
    if request.get("operation") != "CREATE" or sent.get("kind") != "Pod" or not got.get("object"):
        return None
    pod = {**sent, "spec": got["object"]["spec"],
           "metadata": {**sent.get("metadata", {}), **got["object"]["metadata"]}}
    return {**without_answer(case), "request": {**request, "object": pod}}


def compare(name, answers, others):
    """Whether both answer alike: the text of a TAP line and what differs."""
    bad = [key for key, other in others.items() if other.get("got") != answers[key].get("got")]
    return name, "\n".join("%s\n  first: %s\n  then:  %s" %
                           (key, json.dumps(answers[key].get("got"), sort_keys=True)[:TEXT_MAX],
                            json.dumps(others[key].get("got"), sort_keys=True)[:TEXT_MAX])
                           for key in bad[:10])


def properties(podgate, cases, answers):
    """What must hold of every case, whatever its recording: (name, why not) each."""
    plain = [case for case in cases if not case["topic"].startswith("psa")]
    turned, trouble = decide(podgate, [in_other_order(case) for case in plain])
    yield compare("the order of objects changes nothing", answers, turned)
    again = [sent_again(case, answers[case["id"]].get("got", {})) for case in plain]
    stored, more_trouble = decide(podgate, [case for case in again if case])
    yield compare("a pod that was admitted is admitted unchanged", answers, stored)
    yield "nothing on standard error then", (trouble + "\n" + more_trouble).strip()


def report(number, name, why):
    print("%s %d - %s" % ("not ok" if why else "ok", number, name))
    if why:
        print("\n".join("# " + line for line in why.splitlines()[:60]))
    return bool(why)


def main(arguments):
    if not arguments:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    podgate, topics = arguments[0], arguments[1:]
    cases = read_cases(topics)
    answers, trouble = decide(podgate, cases)
    blind, blind_trouble = decide(podgate, [without_answer(case) for case in cases])
    rows = [(case["id"], judge(case, answers.get(case["id"]), blind.get(case["id"])))
            for case in cases]
    rows.append(("nothing on standard error", (trouble + "\n" + blind_trouble).strip()))
    if all(case["id"] in answers for case in cases):
        rows += properties(podgate, cases, answers)
    print("1..%d" % len(rows))
    failed = [report(number, name, why) for number, (name, why) in enumerate(rows, 1)]
    return 1 if any(failed) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
