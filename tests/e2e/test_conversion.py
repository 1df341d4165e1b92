# SPDX-License-Identifier: Apache-2.0
"""Custom resources with webhooks: converted by one, mutated and refused by others."""

import json
import unittest

from test_webhooks import Hooked

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
GROUP = "shop.example.org"
OLD = "/apis/%s/v1/namespaces/default/hosts" % GROUP
NEW = "/apis/%s/v2/namespaces/default/hosts" % GROUP
MERGE = "application/merge-patch+json"


def convert(host, version):
    """v1 has hostPort ("a:1"), v2 has host and port."""
    out = json.loads(json.dumps(host))
    spec = out["spec"]
    if version == GROUP + "/v2" and "hostPort" in spec:
        spec["host"], port = spec.pop("hostPort").split(":")
        spec["port"] = int(port)
    elif version == GROUP + "/v1" and "host" in spec:
        spec["hostPort"] = "%s:%d" % (spec.pop("host"), spec.pop("port"))
    out["apiVersion"] = version
    return out


class Conversion(Hooked):
    def converts(self, review):
        request = review["request"]
        objects = [convert(o, request["desiredAPIVersion"]) for o in request["objects"]]
        return self.reply(review, {"result": {"status": "Success"}, "convertedObjects": objects})

    @staticmethod
    def reply(review, response):
        body = {"apiVersion": review["apiVersion"], "kind": "ConversionReview",
                "response": {"uid": review["request"]["uid"], **response}}
        return 200, "application/json", json.dumps(body).encode()

    def define(self, hook, reviews=("v1",)):
        def version(name, storage, **properties):
            spec = {"type": "object", "properties": properties}
            return {"name": name, "served": True, "storage": storage, "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": {
                        "type": "object", "x-kubernetes-preserve-unknown-fields": True}}}}}
        text, number = {"type": "string"}, {"type": "integer", "maximum": 65535}
        client = {"url": "https://127.0.0.1:%d/convert" % hook.port, "caBundle": self.bundle}
        body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": "hosts." + GROUP},
                "spec": {"group": GROUP, "scope": "Namespaced", "names": {"plural": "hosts", "kind": "Host"},
                         "versions": [version("v1", False, hostPort=text),
                                      version("v2", True, host=text, port=number)],
                         "conversion": {"strategy": "Webhook", "webhook": {
                             "clientConfig": client, "conversionReviewVersions": list(reviews)}}}}
        status, answer = self.post(DEFINITIONS, body)
        self.assertEqual(status, 201, answer)

    def thing(self, name="h", version="v1", **spec):
        return {"apiVersion": GROUP + "/" + version, "kind": "Host", "metadata": {"name": name},
                "spec": spec or {"hostPort": "a:1"}}

    def send(self, method, path, body=None, status=200, kind="application/json"):
        got, answer = self.post(path, body, method, kind) if body is not None else self.ask(method, path)
        self.assertEqual(got, status, answer)
        return answer

    def test_both_ways(self):
        for reviews in (("v1", "v1beta1"), ("v9", "v1beta1")):
            with self.subTest(reviews):
                self.start()
                hook = self.hook(raw=self.converts)
                self.define(hook, reviews)
                made = self.send("POST", OLD, self.thing(), 201)
                self.assertEqual(made["spec"], {"hostPort": "a:1"})
                asked = hook.requests[-1]
                self.assertEqual((asked["desiredAPIVersion"], asked["objects"][0]["spec"]),
                                 (GROUP + "/v2", {"hostPort": "a:1"}))
                self.assertEqual(hook.seen[-1][2]["apiVersion"], "apiextensions.k8s.io/" +
                                 [v for v in reviews if v != "v9"][0])
                count = len(hook.seen)
                new = self.send("GET", NEW + "/h")
                self.assertEqual((new["spec"], new["metadata"]["uid"]),
                                 ({"host": "a", "port": 1}, made["metadata"]["uid"]))
                self.assertEqual(len(hook.seen), count)  # as it is stored
                old = self.send("GET", OLD + "/h")
                self.assertEqual((old["spec"], old["apiVersion"]), ({"hostPort": "a:1"}, GROUP + "/v1"))
                self.send("POST", NEW, self.thing("i", "v2", host="b", port=2), 201)
                listed = self.send("GET", OLD)["items"]
                self.assertEqual([i["spec"] for i in listed], [{"hostPort": "a:1"}, {"hostPort": "b:2"}])
                changed = self.send("PATCH", OLD + "/i", {"spec": {"hostPort": "c:3"}}, kind=MERGE)
                self.assertEqual(changed["metadata"]["generation"], 2)
                self.assertEqual(self.send("GET", NEW + "/i")["spec"], {"host": "c", "port": 3})
                old["status"] = {"ready": True}
                self.assertEqual(self.send("PUT", OLD + "/h/status", old)["status"], {"ready": True})
                self.send("DELETE", OLD + "/h")
                self.assertEqual(self.ask("GET", NEW + "/h")[0], 404)

    def test_a_watch(self):
        self.start()
        hook = self.hook(raw=self.converts)
        self.define(hook)
        self.send("POST", NEW, self.thing("h", "v2", host="a", port=1), 201)
        status, lines = self.ask("GET", OLD + "?watch=true&timeoutSeconds=1")
        self.assertEqual(status, 200)
        event = lines if isinstance(lines, dict) else json.loads(lines)
        self.assertEqual((event["type"], event["object"]["apiVersion"], event["object"]["spec"]),
                         ("ADDED", GROUP + "/v1", {"hostPort": "a:1"}))

    def test_failures(self):
        self.start()
        said = {}

        def answer(review):
            if "text" in said:
                return said["status"], "text/plain", said["text"]
            return self.reply(review, said["response"])

        hook = self.hook(raw=answer)
        self.define(hook)
        self.send("POST", NEW, self.thing("h", "v2", host="a", port=1), 201)
        of = "conversion webhook for %s/v2, Kind=Host " % GROUP
        rows = [
            ({"response": {"result": {"status": "Failure", "message": "not today"}}}, of + "failed: not today"),
            ({"response": {"result": {"status": "Success"}, "convertedObjects": []}},
             of + "returned 0 objects, expected 1"),
            ({"status": 404, "text": b"nothing here"},
             of + "failed: the server could not find the requested resource"),
        ]
        for answered, message in rows:
            with self.subTest(message):
                said.clear()
                said.update(answered)
                self.assertEqual(self.send("GET", OLD + "/h", status=500)["message"], message)
                self.assertEqual(self.send("GET", OLD, status=500)["message"], message)
        said.clear()
        said["response"] = {"result": {"status": "Failure", "message": "no"}}
        self.assertEqual(self.send("POST", OLD, self.thing("n"), 500)["message"],
                         "conversion webhook for %s/v1, Kind=Host failed: no" % GROUP)
        self.assertEqual(self.ask("GET", NEW + "/n")[0], 404)
        self.assertEqual(self.send("GET", NEW + "/h")["spec"], {"host": "a", "port": 1})


class Operator(Hooked):
    """What an operator brings: a definition, and webhooks that mutate and refuse its objects."""

    def test_mutated_and_refused(self):
        self.start()
        spec = {"type": "object", "properties": {"size": {"type": "integer"}, "tier": {"type": "string",
                                                                                     "default": "silver"}}}
        body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": {"name": "boxes." + GROUP},
                "spec": {"group": GROUP, "scope": "Namespaced", "names": {"plural": "boxes", "kind": "Box"},
                         "versions": [{"name": "v1", "served": True, "storage": True, "schema": {
                             "openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}}]}}
        self.assertEqual(self.post(DEFINITIONS, body)[0], 201)
        rule = [{"operations": ["CREATE", "UPDATE"], "apiGroups": [GROUP], "apiVersions": ["v1"],
                 "resources": ["boxes"]}]
        mutating = self.hook(lambda request: {"patch": [
            {"op": "add", "path": "/spec/size", "value": 7}, {"op": "add", "path": "/spec/junk", "value": 1},
            {"op": "remove", "path": "/spec/tier"}]} if "size" not in request["object"]["spec"] else {})
        validating = self.hook(lambda request: {
            "allowed": request["object"]["spec"]["size"] < 10, "status": {"message": "too large"}})
        self.register("Mutating", "m", self.webhook(mutating, rules=rule))
        self.register("Validating", "v", self.webhook(validating, name="b.example.com", rules=rule))
        path = "/apis/%s/v1/namespaces/default/boxes" % GROUP

        def box(name, **spec):
            return {"apiVersion": GROUP + "/v1", "kind": "Box", "metadata": {"name": name}, "spec": spec}

        status, made = self.post(path, box("a"))
        self.assertEqual((status, made["spec"]), (201, {"size": 7, "tier": "silver"}))
        self.assertEqual(validating.requests[-1]["object"]["spec"], {"size": 7, "tier": "silver"})
        status, refused = self.post(path, box("b", size=11))
        self.assertEqual((status, refused["message"]),
                         (400, 'admission webhook "b.example.com" denied the request: too large'))


del Hooked

if __name__ == "__main__":
    unittest.main()
