import { credentials, type ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { health, reflection } from '../../../proto/index.ts';
import { ManualClock } from '../../../runtime/index.ts';
import { type TestEdge, testEdge } from '../testing/index.ts';

let test: TestEdge;
let clock: ManualClock;
let isServing: boolean;

beforeEach(async () => {
  clock = new ManualClock();
  isServing = true;
  test = await testEdge({ reflectionRequestsMax: 5 }, clock, { isServing: () => isServing });
});

afterEach(async () => {
  test.edge.close();
  await expect.poll(() => clock.pending).toBe(0);
});

describe('the health service', () => {
  let client: health.HealthClient;
  beforeEach(() => {
    client = new health.HealthClient(test.address, credentials.createInsecure());
  });
  afterEach(() => client.close());

  const check = (service: string): Promise<string> =>
    new Promise((resolve) => {
      client.check({ service }, (error, answer) =>
        resolve(error ? error.details : String(answer.status)),
      );
    });

  it('says whether this router wants clients', async () => {
    expect(await check('')).toBe('1');
    expect(await check('cache_client.pubsub.Pubsub')).toBe('1');
    isServing = false;
    expect(await check('')).toBe('2');
    expect(await check('other')).toBe('no service is named "other"');
  });

  it('tells who watches when it changes, and is no subscription', async () => {
    const told: number[] = [];
    const stream = client.watch({ service: '' });
    const over = new Promise<ServiceError | undefined>((resolve) => {
      stream.on('error', (error) => resolve(error as ServiceError));
      stream.on('end', () => resolve(undefined));
    });
    stream.on('data', ({ status }: health.HealthCheckResponse) => told.push(status));
    await expect.poll(() => told).toEqual([1]);
    expect(test.edge.subscriptions()).toBe(0);
    clock.advance(5_000);
    isServing = false;
    clock.advance(1_000);
    await expect.poll(() => told).toEqual([1, 2]);
    void test.edge.drain(4_000);
    clock.advance(3_000);
    expect(await over).toBeUndefined();
    await expect.poll(() => test.edge.connections()).toBe(0);
  });

  it('watches services that are not there, too', async () => {
    const stream = client.watch({ service: 'other' });
    const { status } = await new Promise<health.HealthCheckResponse>((resolve) =>
      stream.once('data', resolve),
    );
    expect(status).toBe(3);
    stream.on('error', () => {});
    stream.cancel();
    await expect.poll(() => test.edge.calls()).toBe(0);
  });
});

describe('server reflection', () => {
  let client: reflection.ServerReflectionClient;
  beforeEach(() => {
    client = new reflection.ServerReflectionClient(test.address, credentials.createInsecure());
  });
  afterEach(() => client.close());

  type Asked = reflection.ServerReflectionRequest['messageRequest'];

  async function ask(...asked: Asked[]) {
    const stream = client.serverReflectionInfo();
    const answers: reflection.ServerReflectionResponse['messageResponse'][] = [];
    const over = new Promise<string>((resolve) => {
      stream.on('error', (error) => resolve((error as ServiceError).details));
      stream.on('end', () => resolve(''));
    });
    stream.on('data', (answer: reflection.ServerReflectionResponse) =>
      answers.push(answer.messageResponse),
    );
    for (const messageRequest of asked) stream.write({ host: '', messageRequest });
    stream.end();
    return { failure: await over, answers };
  }

  it('lists what can be called', async () => {
    const { answers } = await ask({ $case: 'listServices', value: '' });
    const [answer] = answers;
    const services = answer?.$case === 'listServicesResponse' ? answer.value.service : [];
    expect(services.map(({ name }) => name).sort()).toEqual([
      'cache_client.Ping',
      'cache_client.pubsub.Pubsub',
      'control_client.ScsControl',
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'topicplane.publish.v1.PublishService',
    ]);
  });

  it('describes a symbol with all that it depends on', async () => {
    const symbol = 'cache_client.pubsub.Pubsub.Publish';
    const { answers } = await ask({ $case: 'fileContainingSymbol', value: symbol });
    const [answer] = answers;
    const files =
      answer?.$case === 'fileDescriptorResponse' ? answer.value.fileDescriptorProto : [];
    const named = files.map((file) => /^\n.([\w/.]+\.proto)/.exec(file.toString())?.[1]);
    expect(named).toContain('client/pubsub.proto');
    expect(named).toContain('client/common.proto');
  });

  it('says what it does not know, and goes on', async () => {
    const { answers, failure } = await ask(
      { $case: 'fileByFilename', value: 'none.proto' },
      { $case: 'fileContainingSymbol', value: 'none.None' },
      { $case: 'allExtensionNumbersOfType', value: 'none.None' },
      undefined,
    );
    const codes = answers.map((answer) =>
      answer?.$case === 'errorResponse' ? answer.value.errorCode : undefined,
    );
    expect([codes, failure]).toEqual([[5, 5, 5, 3], '']);
  });

  it('ends with who asks too much', async () => {
    const question: Asked = { $case: 'listServices', value: '' };
    const { failure } = await ask(...Array.from({ length: 6 }, () => question));
    expect(failure).toContain('ask no more than 5 times');
  });

  it('lets a client that asks nothing be moved', async () => {
    const stream = client.serverReflectionInfo();
    const over = new Promise((resolve) => {
      stream.on('error', resolve);
      stream.on('end', () => resolve('ended'));
    });
    const answered = new Promise((resolve) => stream.once('data', resolve));
    stream.write({ host: '', messageRequest: { $case: 'listServices', value: '' } });
    await answered;
    const drained = test.edge.drain(4_000);
    clock.advance(3_000);
    expect(await over).toBe('ended');
    await expect.poll(() => test.edge.connections()).toBe(0);
    clock.advance(50);
    expect(await drained).toEqual({ ended: 1, cut: 0 });
  });
});
