import {
  type Clock,
  createRegistry,
  type Registry,
  silentLogger,
  systemClock,
} from '../../../runtime/index.ts';
import { Traffic } from '../../traffic/index.ts';
import type { EdgeConfig } from '../config.ts';
import { type Edge, type EdgeOptions, startEdge } from '../edge.ts';
import { FakeService } from './fake-service.ts';

export interface TestEdge {
  readonly edge: Edge;
  readonly service: FakeService;
  readonly registry: Registry;
  readonly port: number;
  /** host:port */
  readonly address: string;
}

/** An edge on a free port of 127.0.0.1, over a fake service. Close it with `edge.close()`. */
export async function testEdge(
  config: Partial<EdgeConfig> = {},
  clock: Clock = systemClock,
  options: Pick<EdgeOptions, 'canaryKey' | 'certificate' | 'isServing' | 'shedding'> = {},
): Promise<TestEdge> {
  const service = new FakeService();
  const registry = createRegistry('router', 'test');
  const traffic = new Traffic();
  traffic.follow(['cache']);
  const parts = { service, clock, log: silentLogger, registry, traffic, config };
  const edge = startEdge({ ...parts, ...options });
  const port = await edge.listen('127.0.0.1:0');
  return { edge, service, registry, port, address: `127.0.0.1:${port}` };
}
