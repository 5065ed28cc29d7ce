import type { Connection } from '../../../h2/index.ts';
import { describedFiles, health } from '../../../proto/index.ts';
import type { CallContext } from '../context.ts';
import type { Deadline, Timed } from '../deadlines.ts';
import type { Stream } from '../streams.ts';
import type { Call, CallStream, UnaryMethod } from './call.ts';
import { invalidArgument } from './status.ts';

const ServingStatus = health.HealthCheckResponse_ServingStatus;
type ServingStatus = health.HealthCheckResponse_ServingStatus;

const services: ReadonlySet<string> = new Set(describedFiles.flatMap((file) => file.services));

/** `grpc.health.v1.Health/Check`: SERVING while this router is in the rotation, for all services alike. */
export const check: UnaryMethod = {
  tooLarge: 'request limit',
  invoke(message, call, context) {
    const service = serviceIn(message);
    if (service === undefined) call.fail(notDecoded);
    else if (service !== '' && !services.has(service)) {
      const what = JSON.stringify(service);
      call.fail({ code: 'not-found', message: `no service is named ${what}` });
    } else call.answer(encode(statusOf(service, context)));
    return undefined;
  },
};

/** `grpc.health.v1.Health/Watch`: the status now and whenever it changes. */
export const watch: UnaryMethod = {
  tooLarge: 'request limit',
  invoke(message, call, context) {
    const service = serviceIn(message);
    if (service !== undefined) return new Watch(service, call, context);
    call.fail(notDecoded);
    return undefined;
  },
};

const notDecoded = invalidArgument('the request is not a valid HealthCheckRequest');

function serviceIn(message: Uint8Array): string | undefined {
  try {
    return health.HealthCheckRequest.decode(message).service;
  } catch {
    return undefined;
  }
}

function statusOf(service: string, { isServing }: CallContext): ServingStatus {
  if (service !== '' && !services.has(service)) return ServingStatus.SERVICE_UNKNOWN;
  return isServing() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
}

function encode(status: ServingStatus): Uint8Array {
  return health.HealthCheckResponse.encode({ status }).finish();
}

/** Looks again at an interval, until the client is gone or moved. */
class Watch implements CallStream, Stream, Timed {
  readonly connection: Connection;
  readonly isSubscription = false;
  readonly informed = true;
  readonly #service: string;
  readonly #call: Call;
  readonly #context: CallContext;
  #told: ServingStatus | undefined;
  #deadline: Deadline | undefined;

  constructor(service: string, call: Call, context: CallContext) {
    this.connection = call.exchange.connection;
    this.#service = service;
    this.#call = call;
    this.#context = context;
    this.deadlineDue();
    // Last, as it may end the call.
    context.streams.add(this);
  }

  deadlineDue(): void {
    const status = statusOf(this.#service, this.#context);
    if (status !== this.#told) this.#call.send(encode(status));
    this.#told = status;
    const { wheel, config } = this.#context;
    this.#deadline = wheel.schedule(config.healthWatchMs, this);
  }

  finish(): void {
    this.#leave();
    this.#call.succeed();
  }

  drained(): void {}

  closed(): void {
    this.#leave();
  }

  #leave(): void {
    this.#context.wheel.cancel(this.#deadline);
    this.#context.streams.delete(this);
  }
}
