# SPDX-License-Identifier: Apache-2.0
"""The clients for asyncio: kubernetes_asyncio, and the official client's own."""

import asyncio

import kubernetes.aio
import kubernetes.aio.client
import kubernetes.aio.config
import kubernetes.aio.watch
import kubernetes_asyncio
import kubernetes_asyncio.client
import kubernetes_asyncio.config
import kubernetes_asyncio.watch
from rehearsal import SECONDS_MAX, Rehearsal, each_version


@each_version
class Asyncio(Rehearsal):
    async def walk(self, library):
        api = await library.config.new_client_from_config(self.served.kubeconfigs["owner"])
        try:
            core = library.client.CoreV1Api(api)
            listed = await core.list_namespaced_config_map(self.namespace)
            seen = asyncio.create_task(self.follow(library, core, listed.metadata.resource_version))
            made = await asyncio.gather(*(core.create_namespaced_config_map(
                self.namespace, {"metadata": {"name": "m-%d" % i}}) for i in range(20)))
            self.assertEqual([m.metadata.name for m in made], ["m-%d" % i for i in range(20)])
            done = await core.patch_namespaced_config_map("m-0", self.namespace, {"data": {"a": "b"}})
            self.assertEqual(done.data, {"a": "b"})
            await core.delete_namespaced_config_map("m-0", self.namespace)
            with self.assertRaises(library.client.ApiException) as caught:
                await core.read_namespaced_config_map("m-0", self.namespace)
            self.assertEqual(caught.exception.status, 404)
            events = await asyncio.wait_for(seen, SECONDS_MAX)
            self.assertEqual(sorted(events[:20]), sorted(("ADDED", "m-%d" % i) for i in range(20)))
            self.assertEqual(events[20:], [("MODIFIED", "m-0"), ("DELETED", "m-0")])
        finally:
            await api.close()

    async def follow(self, library, core, version):
        events = []
        async with library.watch.Watch().stream(core.list_namespaced_config_map, self.namespace,
                                                resource_version=version) as stream:
            async for event in stream:
                events.append((event["type"], event["object"].metadata.name))
                if event["type"] == "DELETED":
                    return events

    def test_kubernetes_asyncio(self):
        asyncio.run(self.walk(kubernetes_asyncio))

    def test_official(self):
        asyncio.run(self.walk(kubernetes.aio))
