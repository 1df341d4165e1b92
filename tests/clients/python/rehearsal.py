# SPDX-License-Identifier: Apache-2.0
"""What the tests with Python's clients share: a server for each version, a namespace for each test."""

import itertools
import os
import time
import unittest

from kubernetes import client, config
from served import Served

PROGRAM = os.environ["PODGATE"]
SECONDS_MAX = 60
NUMBERS = itertools.count(1)

# Policies on pods are another matter than clients: no policy is to be needed.
OPTIONS = {minor: ("--kubernetes-version", "1.%d" % minor, "--nodes", "1",
                   "--disable-admission-plugins", "PodSecurityPolicy") for minor in (20, 37)}


def each_version(case):
    """A test class for each version of the server, named after it."""
    for minor in OPTIONS:
        name = "%s_1_%d" % (case.__name__, minor)
        made = type(name, (case, unittest.TestCase), {"minor": minor, "__module__": case.__module__})
        vars(__import__(case.__module__))[name] = made
    return case


class Rehearsal:
    """Mixed into test classes by each_version: one server a class."""

    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.served = Served(PROGRAM, OPTIONS[cls.minor])

    @classmethod
    def tearDownClass(cls):
        trouble = cls.served.end()
        if trouble:
            raise RuntimeError(trouble)

    def setUp(self):
        self.api = self.as_user("owner")
        self.core = client.CoreV1Api(self.api)
        self.namespace = "test-%d" % next(NUMBERS)
        self.core.create_namespace({"metadata": {"name": self.namespace}})
        self.wait_for(self.core.read_namespaced_service_account, "default", self.namespace)
        client.Configuration.set_default(self.api.configuration)

    def wait_for(self, read, *arguments):
        """What a controller is about to make."""
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            try:
                return read(*arguments)
            except client.ApiException as problem:
                if problem.status != 404 or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def as_user(self, user):
        """An ApiClient of that user's kubeconfig; `owner` is the administrator, with a certificate."""
        made = config.new_client_from_config(self.served.kubeconfigs[user])
        self.addCleanup(made.close)
        return made

    def as_token(self, token):
        """An ApiClient that sends this bearer token."""
        settings = client.Configuration()
        settings.host = self.served.server
        settings.ssl_ca_cert = self.authority_file()
        settings.cert_file = settings.key_file = None
        settings.api_key = {"BearerToken": "Bearer " + token}
        made = client.ApiClient(settings)
        self.addCleanup(made.close)
        return made

    def authority_file(self):
        path = os.path.join(self.served.folder, "authority.crt")
        with open(path, "w", encoding="utf-8") as out:
            out.write(self.served.authority)
        return path

    def fails(self, status, reason, call, *arguments, **more):
        """The call is refused with this HTTP status and reason; the Status that was answered."""
        with self.assertRaises(client.ApiException) as caught:
            call(*arguments, **more)
        answer = self.api.deserialize(caught.exception.body, "object", "application/json")
        self.assertEqual((caught.exception.status, answer["reason"]), (status, reason), answer)
        self.assertEqual((answer["kind"], answer["code"]), ("Status", status))
        return answer

    def config_map(self, name, data=None, labels=None):
        return self.core.create_namespaced_config_map(
            self.namespace, {"metadata": {"name": name, "labels": labels}, "data": data or {}})
