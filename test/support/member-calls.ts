import { ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { control, type topo } from '../../proto/index.ts';

/** What a member holds, by its control port (host:port). */
export function getState(address: string): Promise<control.GetStateResponse> {
  return call(address, (stub, done) => stub.getState({ cluster: '' }, done));
}

/** Asks a member what it holds, over and over on one connection, until `isEnough`, which is told each answer at once. */
export async function watchState(
  address: string,
  isEnough: (state: control.GetStateResponse) => boolean,
): Promise<void> {
  const stub = new control.ControlServiceClient(address, ChannelCredentials.createInsecure());
  try {
    let over = false;
    while (!over) {
      over = await new Promise<boolean>((resolve, reject) => {
        stub.getState({ cluster: '' }, (error, state) => {
          if (error) reject(error);
          else resolve(isEnough(state));
        });
      });
    }
  } finally {
    stub.close();
  }
}

/** Pushes a topology as the operator would. */
export function pushTopology(
  address: string,
  topology: topo.Topology,
): Promise<control.PushTopologyResponse> {
  return call(address, (stub, done) => stub.pushTopology({ topology, confirms: 0 }, done));
}

/** The value of one metric of a member without regard to labels, by its admin port (host:port). */
export async function metric(address: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(name) && !each.startsWith('#'));
  if (line === undefined) throw new Error(`${address} has no metric ${name}`);
  return Number(line.slice(line.lastIndexOf(' ') + 1));
}

/** One call of a member's control service (host:port). */
export async function call<T>(
  address: string,
  ask: (
    stub: control.ControlServiceClient,
    done: (error: ServiceError | null, response: T) => void,
  ) => unknown,
): Promise<T> {
  const stub = new control.ControlServiceClient(address, ChannelCredentials.createInsecure());
  try {
    return await new Promise<T>((resolve, reject) => {
      ask(stub, (error, response) => (error ? reject(error) : resolve(response)));
    });
  } finally {
    stub.close();
  }
}
