# SPDX-License-Identifier: Apache-2.0
"""Recorded kubectl sessions: setting the cluster up as it was, typing, comparing."""

import difflib
import json
import ssl
import time
import urllib.request

from served import token
from shell import Shell

SETTLE_SECONDS_MAX = 20

# With PodSecurityPolicy on, no pod is made without a policy: unless a session says otherwise there
# is one that allows everything, and every service account may use it.
OPEN_POLICY = [
    ("/apis/policy/v1beta1/podsecuritypolicies", {
        "apiVersion": "policy/v1beta1", "kind": "PodSecurityPolicy", "metadata": {"name": "00-open"},
        "spec": {"privileged": True, "allowPrivilegeEscalation": True, "allowedCapabilities": ["*"],
                 "volumes": ["*"], "hostNetwork": True, "hostPorts": [{"min": 0, "max": 65535}],
                 "hostIPC": True, "hostPID": True,
                 **{name: {"rule": "RunAsAny"}
                    for name in ("runAsUser", "seLinux", "supplementalGroups", "fsGroup")}}}),
    ("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "use-00-open"},
        "rules": [{"apiGroups": ["policy"], "resources": ["podsecuritypolicies"],
                   "resourceNames": ["00-open"], "verbs": ["use"]}]}),
    ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "use-00-open"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "use-00-open"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group",
                      "name": "system:serviceaccounts"}]}),
]


def ask(served, path, body=None):
    """A request of the administrator's: the answer, or None when it is not there (yet)."""
    request = urllib.request.Request(
        served.server + path, data=json.dumps(body).encode() if body else None,
        headers={"Authorization": "Bearer " + token("admin"), "Content-Type": "application/json"})
    context = ssl.create_default_context(cadata=served.authority)
    try:
        with urllib.request.urlopen(request, context=context, timeout=SETTLE_SECONDS_MAX) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 404:
                return None
            raise RuntimeError("%s: %s" % (path, error.read().decode("utf-8", "replace"))) from error


def make_namespace(served, name):
    """A namespace as sessions find it: with its default service account, its token and the root CA."""
    ask(served, "/api/v1/namespaces?fieldManager=kubectl-create",
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    within = "/api/v1/namespaces/%s/" % name
    end = time.monotonic() + SETTLE_SECONDS_MAX
    while time.monotonic() < end:
        account = ask(served, within + "serviceaccounts/default") or {}
        if account.get("secrets") and ask(served, within + "configmaps/kube-root-ca.crt"):
            return
        time.sleep(0.1)


def set_up(served, session):
    if session.get("policy") != "none":
        for path, body in OPEN_POLICY:
            ask(served, path, body)
    for name in session.get("namespaces", []):
        make_namespace(served, name)


def difference(step, got):
    """How one step went otherwise, or ""."""
    lines = []
    for name, want, have in zip(("exit", "stdout", "stderr"), (step["exit"], step["stdout"], step["stderr"]), got):
        if want == have:
            continue
        if name == "exit":
            lines.append("exit status: recorded %s, now %s" % (want, have))
        else:
            lines += difflib.unified_diff(want.splitlines(), have.splitlines(), "recorded " + name, "now",
                                          lineterm="", n=2)
    return "\n".join(lines)


def replay(served, client, session, ignored):
    """Why the session went otherwise, or "". ignored: numbers of steps that are not compared."""
    set_up(served, session)
    found = []
    with Shell(client, served) as shell:
        for name, text in session.get("files", {}).items():
            shell.write(name, text)
        for number, step in enumerate(session["steps"], 1):
            why = difference(step, shell.step(step, session.get("managed", False)))
            if why and number not in ignored:
                found.append("step %d of %d: %s\n%s" % (number, len(session["steps"]), step["cmd"], why))
    return "\n".join(found)
