// SPDX-License-Identifier: Apache-2.0
// The JavaScript client, as it is, against the server that KUBECONFIG names. node_modules is where
// PODGATE_NODE_MODULES says.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const resolve = createRequire(process.env.PODGATE_NODE_MODULES + '/').resolve;
const k8s = await import(pathToFileURL(resolve('@kubernetes/client-node')));

const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);

const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'main', image: 'registry.example/web:1' }] },
};

async function makeNamespace() {
    const made = await core.createNamespace({ body: { metadata: { generateName: 'test-' } } });
    return made.metadata.name;
}

async function fails(code, promise) {
    await assert.rejects(promise, (problem) => {
        assert.equal(problem.code, code, String(problem));
        return true;
    });
}

// Patches in a form other than the client's own choice.
const as = (type) => k8s.setHeaderOptions('Content-Type', type);

test('create, read, list, replace, delete', async () => {
    const namespace = await makeNamespace();
    const made = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' }, data: { k: '1' } } });
    assert.ok(made.metadata.uid);
    assert.ok(made.metadata.creationTimestamp instanceof Date);
    await fails(409, core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' } } }));
    const read = await core.readNamespacedConfigMap({ namespace, name: 'a' });
    read.data.k = '2';
    const replaced = await core.replaceNamespacedConfigMap({ namespace, name: 'a', body: read });
    assert.equal(replaced.data.k, '2');
    await fails(409, core.replaceNamespacedConfigMap({ namespace, name: 'a', body: made }));
    const list = await core.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=a' });
    assert.deepEqual(list.items.map((o) => o.metadata.name), ['a']);
    await core.deleteNamespacedConfigMap({ namespace, name: 'a' });
    await fails(404, core.readNamespacedConfigMap({ namespace, name: 'a' }));
    await fails(422, core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'Not_A_Name' } } }));
});

test('patches of every type', async () => {
    const namespace = await makeNamespace();
    const two = { ...template, spec: { containers: [...template.spec.containers, { name: 'side', image: 'b:1' }] } };
    await apps.createNamespacedDeployment({
        namespace,
        body: { metadata: { name: 'd' }, spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, template: two } },
    });
    const images = (d) => d.spec.template.spec.containers.map((c) => c.image);
    const change = { spec: { template: { spec: { containers: [{ name: 'side', image: 'b:2' }] } } } };
    const at = { namespace, name: 'd' };
    let done = await apps.patchNamespacedDeployment({ ...at, body: change }, as(k8s.PatchStrategy.StrategicMergePatch));
    assert.deepEqual(images(done).sort(), ['b:2', 'registry.example/web:1']);
    const operation = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'c:1' }];
    done = await apps.patchNamespacedDeployment({ ...at, body: operation }, as(k8s.PatchStrategy.JsonPatch));
    assert.equal(images(done)[0], 'c:1');
    done = await apps.patchNamespacedDeployment({ ...at, body: change }, as(k8s.PatchStrategy.MergePatch));
    assert.deepEqual(images(done), ['b:2']);
    const config = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { replicas: 3 } };
    const apply = (more) => apps.patchNamespacedDeployment(
        { ...at, body: config, fieldManager: 'javascript', ...more }, as(k8s.PatchStrategy.ServerSideApply));
    await fails(409, apply({}));
    done = await apply({ force: true });
    assert.equal(done.spec.replicas, 3);
});

test('a watch', async () => {
    const namespace = await makeNamespace();
    const list = await core.listNamespacedConfigMap({ namespace });
    const seen = [];
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const query = { resourceVersion: list.metadata.resourceVersion, allowWatchBookmarks: true };
    await new Promise((resolve, reject) => {
        let request;
        const note = (type, object) => {
            if (type !== 'BOOKMARK' && object.metadata.name !== 'kube-root-ca.crt') {
                seen.push(`${type} ${object.metadata.name}`);
            }
            if (type === 'DELETED') {
                resolve(request.abort());
            }
        };
        new k8s.Watch(config).watch(path, query, note, (problem) => {
            if (problem && problem.name !== 'AbortError') {
                reject(problem);
            }
        }).then(async (controller) => {
            request = controller;
            await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'w' } } });
            await core.deleteNamespacedConfigMap({ namespace, name: 'w' });
        }).catch(reject);
    });
    assert.deepEqual(seen, ['ADDED w', 'DELETED w']);
});

test('an informer', async () => {
    const namespace = await makeNamespace();
    const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'informed=yes' });
    const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list, 'informed=yes');
    const waiting = new Map();
    const next = (what) => new Promise((resolve) => waiting.set(what, resolve));
    for (const verb of ['add', 'update', 'delete']) {
        informer.on(verb, (o) => waiting.get(`${verb} ${o.metadata.name}`)?.(o));
    }
    const body = (name, data) => ({ metadata: { name, labels: { informed: 'yes' } }, data });
    await core.createNamespacedConfigMap({ namespace, body: body('first') });
    let event = next('add first');
    await informer.start();
    await event;
    event = next('add second');
    await core.createNamespacedConfigMap({ namespace, body: body('second', { a: '1' }) });
    await event;
    event = next('update second');
    await core.replaceNamespacedConfigMap({ namespace, name: 'second', body: body('second', { a: '2' }) });
    await event;
    event = next('delete first');
    await core.deleteNamespacedConfigMap({ namespace, name: 'first' });
    await event;
    assert.equal(informer.get('second', namespace).data.a, '2');
    assert.deepEqual(informer.list(namespace).map((o) => o.metadata.name), ['second']);
    await informer.stop();
});

test('the API of any object', async () => {
    const namespace = await makeNamespace();
    const manifests = [
        { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace }, spec: { ports: [{ port: 80 }] } },
        {
            apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace },
            spec: { selector: { matchLabels: { app: 'web' } }, template },
        },
        {
            apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'web', namespace },
            rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
        },
    ];
    for (const manifest of manifests) {
        await fails(404, objects.read(manifest));
        await objects.create(manifest);
        const read = await objects.read(manifest);
        assert.equal(read.kind, manifest.kind);
        const patched = await objects.patch(
            { ...manifest, metadata: { ...manifest.metadata, labels: { patched: 'yes' } } },
            undefined, undefined, undefined, undefined, k8s.PatchStrategy.MergePatch);
        assert.equal(patched.metadata.labels.patched, 'yes');
        const list = await objects.list(manifest.apiVersion, manifest.kind, namespace);
        assert.ok(list.items.some((o) => o.metadata.name === 'web'));
        await objects.delete(manifest, undefined, undefined, undefined, undefined, 'Background');
        await fails(404, objects.read(manifest));
    }
});

test('pages', async () => {
    const namespace = await makeNamespace();
    const names = Array.from({ length: 23 }, (_, i) => `page-${String(i).padStart(2, '0')}`);
    await Promise.all(names.map((name) => core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { p: 'y' } } } })));
    const found = [];
    let more;
    do {
        const page = await core.listNamespacedConfigMap({ namespace, limit: 10, labelSelector: 'p=y', _continue: more });
        found.push(...page.items.map((o) => o.metadata.name));
        more = page.metadata._continue;
    } while (more);
    assert.deepEqual(found, names);
});

test('another identity', async () => {
    const namespace = await makeNamespace();
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: 'walker' } } });
    const answer = await core.createNamespacedServiceAccountToken({
        namespace, name: 'walker', body: { spec: { audiences: [], expirationSeconds: 3600 } },
    });
    const other = new k8s.KubeConfig();
    other.loadFromClusterAndUser(config.getCurrentCluster(), { name: 'walker', token: answer.status.token });
    const theirs = other.makeApiClient(k8s.CoreV1Api);
    await fails(403, theirs.listNamespacedSecret({ namespace }));
    other.loadFromClusterAndUser(config.getCurrentCluster(), { name: 'nobody', token: 'wrong' });
    await fails(401, other.makeApiClient(k8s.CoreV1Api).listNamespacedSecret({ namespace }));
});

test('exec says that nothing runs', async () => {
    const namespace = await makeNamespace();
    const exec = new k8s.Exec(config);
    await assert.rejects(exec.exec(namespace, 'missing', 'main', ['true'], null, null, null, false));
});
