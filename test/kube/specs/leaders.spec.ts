import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { control, type topo } from '../../../proto/index.ts';
import { measured, round } from '../../support/measured.ts';
import { pushTopology } from '../../support/member-calls.ts';
import { until } from '../../support/until.ts';
import { kubeconfig, ProcessKubelet, sharedPlane } from '../index.ts';
import { Gate, type OperatorProcess, Scene, type TestCluster } from '../scene/index.ts';

const finishedWithinMs = 60_000;
/** What renews a Lease is sent in less, what makes an object or a status in more; each carries a token of 1000. */
const renewalBytesMax = 1_900;
/** Time for an old leader to do wrong. */
const temptationMs = 3_000;
const spec = {
  caches: [{ name: 'cache' }],
  router: { replicas: 1 },
  storage: { replicas: 1 },
};
const withCache = (name: string) => ({ ...spec, caches: [...spec.caches, { name }] });

let kubelet: ProcessKubelet;
let scene: Scene;
let cluster: TestCluster;
const operators = new Map<string, OperatorProcess>();

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('leaders');
  cluster = scene.cluster('demo');
  for (const name of ['one', 'two']) operators.set(name, await scene.operator(name));
  await cluster.become(spec);
});

afterAll(async () => {
  await scene?.close();
  await kubelet?.stop();
});

/** The one operator that leads; whoever stands still isn't asked. */
async function leader(): Promise<OperatorProcess> {
  return until('one leader', finishedWithinMs, async () => {
    const all = [...operators.values()];
    const leads = await Promise.all(all.map((each) => each.isLeading()));
    const leading = all.filter((_, n) => leads[n]);
    return leading.length === 1 ? leading[0] : undefined;
  });
}

async function other(than: OperatorProcess): Promise<OperatorProcess> {
  const found = [...operators.values()].find((each) => each !== than);
  if (!found) throw new Error('there is no other operator');
  return found;
}

/** What it was when it began to stand still. */
interface Overslept {
  readonly old: OperatorProcess;
  readonly recorded: topo.Topology;
  readonly pushed: number;
}

const pushesOf = (operator: OperatorProcess) =>
  operator.metric('topicplane_operator_topology_pushes_total', { result: 'acknowledged' });
/** The operator leads, and the cluster is as its spec says in the term of that operator. */
async function settledBy(operator: OperatorProcess): Promise<void> {
  await until(`${operator.name} leads`, finishedWithinMs, () => operator.isLeading());
  await until('its term is on record', finishedWithinMs, async () => {
    return (await termOf()) === (await operator.leader()).term;
  });
  await cluster.settled(finishedWithinMs);
}

/** How everything is; the status, to be seen when it changes. */
async function state() {
  return { status: (await cluster.get()).status, versions: await cluster.versions() };
}

/**
 * How everything is once it is the same for a while. What members say of themselves makes no event: it is in the status
 * once the operator looks again, up to two seconds later.
 */
async function steady(): ReturnType<typeof state> {
  return until('nothing changes', finishedWithinMs, async () => {
    const before = await state();
    await delay(2_500);
    return isDeepStrictEqual(await state(), before) ? before : undefined;
  });
}

const termOf = async () => (await cluster.topology()).version?.term ?? 0;
const reconciles = (operator: OperatorProcess) =>
  operator.metric('topicplane_operator_reconciles_total');

describe('of two operators', () => {
  it('exactly one acts', async () => {
    const acting = await leader();
    const waiting = await other(acting);
    const mark = scene.plane.auditMark();
    await cluster.become(withCache('more'));
    expect(await reconciles(acting)).toBeGreaterThan(0);
    expect(await reconciles(waiting)).toBe(0);
    expect(await waiting.metric('topicplane_operator_topology_pushes_total')).toBe(0);
    // Of the one that waits there is nothing but reading.
    expect(await writesOf(waiting)).toBe(0);
    expect(scene.requestsSince(mark).filter(({ verb }) => verb === 'patch').length).toBeGreaterThan(
      0,
    );
    // Both know who leads, and both are well.
    expect((await waiting.leader()).leader).toBe((await acting.leader()).leader);
    for (const { admin } of operators.values()) {
      expect((await fetch(`http://${admin}/readyz`)).status).toBe(200);
    }
  });

  it('the other finishes what the leader was killed in', async () => {
    const killed = await leader();
    const successor = await other(killed);
    const term = await termOf();
    const before = await cluster.versions();
    const edit = { ...spec, router: { replicas: 2 }, storage: { replicas: 2 } };
    await cluster.apply(edit);
    await until('the leader has begun', 60_000, async () => {
      const now = await cluster.versions();
      return Object.keys(now).some((name) => name !== 'itself' && now[name] !== before[name]);
    });
    killed.signal('SIGKILL');
    const startMs = performance.now();
    operators.delete(killed.name);
    await until('the other leads', finishedWithinMs, () => successor.isLeading());
    const ledMs = performance.now();
    await cluster.settled(finishedWithinMs);
    const doneMs = performance.now();
    measured(
      `leader killed in a reconcile: the other leads after ${round((ledMs - startMs) / 1000, 1)} s, ` +
        `has finished after ${round((doneMs - startMs) / 1000, 1)} s (Lease of 4 s)`,
    );
    expect(doneMs - startMs).toBeLessThan(finishedWithinMs);
    expect(await termOf()).toBeGreaterThan(term);
    expect((await cluster.states()).length).toBe(4);
  });

  it('one that ends in order hands over at once', async () => {
    operators.set('three', await scene.operator('three'));
    const ending = await leader();
    const successor = await other(ending);
    const { leader: held } = await ending.leader();
    const leases = scene.namespace.path('leases', 'coordination.k8s.io/v1');
    const holders = async () => {
      const all = await scene.api.list<{ spec?: { holderIdentity?: string } }>(leases);
      return all.map(({ spec }) => spec?.holderIdentity);
    };
    expect(await holders()).toContain(held);
    const startMs = performance.now();
    await ending.stop();
    expect(await holders(), 'it gave its Lease back').not.toContain(held);
    operators.delete(ending.name);
    await until('the other leads', finishedWithinMs, () => successor.isLeading());
    measured(`handed over in ${round(performance.now() - startMs)} ms`);
  });
});

describe('a leader that stood still', () => {
  it('until its Lease was taken does nothing when it goes on', async () => {
    operators.set('four', await scene.operator('four'));
    const old = await leader();
    const successor = await other(old);
    old.signal('SIGSTOP');
    await until('the other leads', finishedWithinMs, () => successor.isLeading());
    await cluster.become(withCache('of-the-successor'), finishedWithinMs);
    const [before, term] = [await steady(), await termOf()];
    const mark = scene.plane.auditMark();
    old.signal('SIGCONT');
    await delay(temptationMs);
    await expectUntouched(before, term, mark);
    expect(await old.isLeading()).toBe(false);
    expect((await old.leader()).leader).toBe((await successor.leader()).leader);
    await old.stop();
    operators.delete(old.name);
  });

  /** Stands still while another leads, and leads on by its own clock: for two minutes, whatever became of the Lease. */
  async function overslept(wanted: typeof spec): Promise<Overslept> {
    for (const operator of operators.values()) await operator.stop();
    operators.clear();
    const longLease = [
      '--lease-duration',
      '130',
      '--renew-deadline',
      '120',
      '--retry-period',
      '60',
    ];
    const old = await scene.operator('old', { more: longLease });
    await settledBy(old);
    await cluster.become(wanted);
    const [recorded, pushed] = [await cluster.topology(), await pushesOf(old)];
    old.signal('SIGSTOP');
    // As after a partition that lasted longer than the Lease.
    const leases = scene.namespace.path('leases', 'coordination.k8s.io/v1');
    for (const { metadata } of await scene.api.list(leases)) {
      await scene.api.delete(`${leases}/${metadata.name}`);
    }
    const successor = await scene.operator('successor');
    operators.set('successor', successor);
    await settledBy(successor);
    return { old, recorded, pushed };
  }

  it('and believes that it still leads does nothing, although its successor found nothing to do', async () => {
    const { old, recorded, pushed } = await overslept(spec);
    const topology = await cluster.topology();
    expect(topology.version?.term).toBeGreaterThan(recorded.version?.term ?? 0);
    expect({ ...topology, version: recorded.version }).toEqual(recorded);
    const [before, term] = [await steady(), await termOf()];
    const mark = scene.plane.auditMark();
    old.signal('SIGCONT');
    await delay(temptationMs);
    await expectUntouched(before, term, mark);
    expect(await pushesOf(old)).toBe(pushed);
    expect(await old.isLeading()).toBe(false);
    await old.stop();
  });

  it('and believes when it goes on that it still leads is not heard by anyone', async () => {
    const { old, recorded, pushed } = await overslept(withCache('of-the-old'));
    await cluster.become(withCache('of-the-successor'), finishedWithinMs);
    const [before, term] = [await steady(), await termOf()];
    expect(term).toBeGreaterThan(recorded.version?.term ?? 0);
    const mark = scene.plane.auditMark();
    old.signal('SIGCONT');
    await delay(temptationMs);
    await expectUntouched(before, term, mark);
    expect(await pushesOf(old)).toBe(pushed);
    // What it might have sent, had it looked away at the wrong moment: members go by the term.
    const late = { ...recorded, version: { term: recorded.version?.term ?? 0, epoch: 1_000_000 } };
    for (const member of ['demo-router-0', 'demo-storage-0']) {
      const answer = await pushTopology(await cluster.controlAddress(member), late);
      expect(answer.outcome).toBe(control.PushOutcome.STALE);
      expect(answer.version?.term).toBe(term);
    }
    await old.stop();
  });
});

describe('what an old leader sent before it lost the Lease', () => {
  let gate: Gate;
  let old: OperatorProcess;
  /** By which its requests are known. */
  let token: string;
  beforeEach(async () => {
    for (const operator of operators.values()) await operator.stop();
    operators.clear();
    gate = await Gate.listen(scene.plane.server);
    const credentials = await scene.credentials();
    token = idOfToken(credentials);
    old = await scene.operator('slow', { server: gate.url, kubeconfig: credentials });
    await settledBy(old);
  });
  afterEach(async () => {
    gate.open();
    await old.stop();
    gate.end();
  });

  /** At once: kubectl would take its time, and the leader leads for three seconds more. */
  async function edit(wanted: object): Promise<void> {
    await scene.api.patch(cluster.path, { spec: wanted });
  }

  /** Keeps what the leader sends because of something that happens, until another leads and has done the same. */
  async function overtaken(happens: () => Promise<void> | void): Promise<void> {
    // What it still has to tell of before would be on its way first.
    await steady();
    gate.close();
    await happens();
    await until('its write is on its way', 60_000, () => gate.heldBytesMax > renewalBytesMax);
    const successor = await scene.operator('quick');
    operators.set('quick', successor);
    await settledBy(successor);
  }

  /** What is kept arrives. */
  async function refused(resource: string): Promise<void> {
    const [before, term] = [await steady(), await termOf()];
    const mark = scene.plane.auditMark();
    gate.open();
    const late = await until('the write arrives', 60_000, () => {
      return scene.requestsSince(mark).find(({ tokenId, verb, resource: what }) => {
        return tokenId === token && verb === 'patch' && what === resource;
      });
    });
    expect(late.code).toBe(409);
    await delay(temptationMs);
    await expectUntouched(before, term, mark);
  }

  it('a topology is refused when it arrives', async () => {
    await cluster.become(spec);
    const term = await termOf();
    await overtaken(() => edit(withCache('late')));
    expect(await termOf()).toBeGreaterThan(term);
    await cluster.become(withCache('later'), finishedWithinMs);
    await refused('configmaps');
  });

  it('a number of replicas is refused when it arrives', async () => {
    await cluster.become(spec);
    // More at once; fewer only when those that go have been drained.
    await overtaken(() => edit({ ...spec, router: { replicas: 2 } }));
    await cluster.become(spec, finishedWithinMs);
    await refused('statefulsets');
  });

  it('a status is refused when it arrives', async () => {
    await cluster.become(spec);
    await overtaken(() => {
      process.kill(kubelet.pod(scene.namespace.name, 'demo-router-0').pid, 'SIGKILL');
    });
    await refused('topicclusters/status');
  });
});

describe('an operator that is set up wrongly', () => {
  const saidBy = (operator: OperatorProcess, words: string) =>
    operator.log.filter(({ msg }) => msg.includes(words));
  let rightful: OperatorProcess;
  beforeAll(async () => {
    for (const operator of operators.values()) await operator.stop();
    operators.clear();
    rightful = await scene.operator('rightful');
    operators.set('rightful', rightful);
    await settledBy(rightful);
  });

  it('because it may not have its Lease says so, and who can give it the right', async () => {
    const without = await scene.operator('without', { more: ['--lease-name', 'other'] });
    const words = 'check the Role and RoleBinding of the operator';
    await until('it is said', 60_000, () => saidBy(without, words).length > 0);
    await delay(temptationMs);
    expect(saidBy(without, words)).toEqual([
      expect.objectContaining({ error: expect.stringContaining('cannot get resource "leases"') }),
    ]);
    expect(without.command.errors).not.toContain('    at ');
    await without.stop();
  });

  it('because it has another Lease than one that serves the same makes one of the two stand aside, with a warning', async () => {
    const admin = kubeconfig(scene.plane.access(), scene.namespace.name);
    const more = ['--lease-name', 'other'];
    const beside = await scene.operator('beside', { more, kubeconfig: admin });
    const words = 'share one Lease (--lease-name, --lease-namespace)';
    await until('both were told', finishedWithinMs, () => {
      return [rightful, beside].every((each) => saidBy(each, words).length > 0);
    });
    // They don't outbid each other.
    const [before, term] = [await steady(), await termOf()];
    await delay(temptationMs);
    expect([await state(), await termOf()]).toEqual([before, term]);
    const leaders = await Promise.all([rightful, beside].map((each) => each.leader()));
    expect(leaders.map((each) => each.term === term)).toContain(true);
    await cluster.become(withCache('of-one-of-two'), finishedWithinMs);
    await beside.stop();
  });
});

/** As the audit log has it. */
function idOfToken(credentials: string): string {
  const [, claims = ''] = /token: "?[^.]+\.([^.]+)\./.exec(credentials) ?? [];
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti;
}

/** Requests of every kind but those that only read. */
async function writesOf(operator: OperatorProcess): Promise<number> {
  const requests = (labels = {}) =>
    operator.metric('topicplane_operator_api_requests_total', labels);
  const reads = await Promise.all(['get', 'list', 'watch'].map((verb) => requests({ verb })));
  return reads.reduce((left, count) => left - count, await requests());
}

/** Objects and members are as they were, and whatever else was asked of the API server to write was refused. */
async function expectUntouched(
  before: Awaited<ReturnType<typeof state>>,
  term: number,
  mark: number,
): Promise<void> {
  expect(await state()).toEqual(before);
  const written = scene
    .requestsSince(mark)
    .filter(({ resource }) => resource !== 'leases' && resource !== 'events')
    .filter(({ verb, code }) => !['get', 'list', 'watch'].includes(verb) && code < 400);
  expect(written.map(({ verb, uri, code }) => `${verb} ${uri} ${code}`)).toEqual([]);
  const topology = await cluster.topology();
  expect(topology.version?.term).toBe(term);
  for (const state of await cluster.states()) {
    expect(isDeepStrictEqual(state.version, topology.version)).toBe(true);
  }
}
