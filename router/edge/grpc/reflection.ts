import type { Connection } from '../../../h2/index.ts';
import { type DescribedFile, describedFiles, reflection } from '../../../proto/index.ts';
import type { CallContext } from '../context.ts';
import type { Stream, Streams } from '../streams.ts';
import type { Call, MessageStream, StreamMethod } from './call.ts';
import { invalidArgument, statusNumbers } from './status.ts';

type Request = reflection.ServerReflectionRequest;
type Answer = reflection.ServerReflectionResponse['messageResponse'];

/** `grpc.reflection.v1.ServerReflection/ServerReflectionInfo`: what can be called here, and how. */
export const reflect: StreamMethod = {
  tooLarge: 'request limit',
  open(call, context) {
    const stream = new Reflection(call, context);
    // Last, as it may end the call.
    context.streams.add(stream);
    return stream;
  },
};

const byName = new Map(describedFiles.map((file) => [file.name, file]));
const bySymbol = new Map(
  describedFiles.flatMap((file) => file.symbols.map((symbol) => [symbol, file] as const)),
);

/** One client that asks. Answers are larger than questions: one that doesn't read them is not listened to any more. */
class Reflection implements MessageStream, Stream {
  readonly connection: Connection;
  readonly isSubscription = false;
  readonly informed = true;
  readonly #call: Call;
  readonly #streams: Streams;
  readonly #requestsMax: number;
  #requests = 0;
  #unread = false;

  constructor(call: Call, { config, streams }: CallContext) {
    this.connection = call.exchange.connection;
    this.#call = call;
    this.#streams = streams;
    this.#requestsMax = config.reflectionRequestsMax;
  }

  message(message: Uint8Array): void {
    this.#requests += 1;
    if (this.#unread || this.#requests > this.#requestsMax) {
      const text = `ask no more than ${this.#requestsMax} times on a stream, and read the answers`;
      return this.#call.fail({ code: 'resource-exhausted', message: text });
    }
    const request = decode(message);
    if (!request) return this.#call.fail(notDecoded);
    const answer: reflection.ServerReflectionResponse = {
      validHost: request.host,
      originalRequest: request,
      messageResponse: answerTo(request),
    };
    this.#unread = !this.#call.send(reflection.ServerReflectionResponse.encode(answer).finish());
  }

  requestEnded(): void {
    this.#call.succeed();
  }

  /** Its client is moved. */
  finish(): void {
    this.#streams.delete(this);
    this.#call.succeed();
  }

  drained(): void {
    this.#unread = false;
  }

  closed(): void {
    this.#streams.delete(this);
  }
}

const notDecoded = invalidArgument('the request is not a valid ServerReflectionRequest');

function decode(message: Uint8Array): Request | undefined {
  try {
    return reflection.ServerReflectionRequest.decode(message);
  } catch {
    return undefined;
  }
}

function answerTo({ messageRequest: asked }: Request): Answer {
  switch (asked?.$case) {
    case 'listServices': {
      const service = describedFiles.flatMap((file) => file.services.map((name) => ({ name })));
      return { $case: 'listServicesResponse', value: { service } };
    }
    case 'fileByFilename':
      return descriptors(byName.get(asked.value), asked.value);
    case 'fileContainingSymbol':
      return descriptors(bySymbol.get(asked.value), asked.value);
    case 'fileContainingExtension':
      return problem('not-found', 'extensions are not described');
    case 'allExtensionNumbersOfType':
      return problem('not-found', 'extensions are not described');
    case undefined:
      return problem('invalid-argument', 'the request asks for nothing');
  }
}

/** The file with all that it depends on, which saves the client from asking. */
function descriptors(file: DescribedFile | undefined, what: string): Answer {
  if (!file) return problem('not-found', `nothing is named ${JSON.stringify(what)}`);
  const wanted = new Set([file]);
  for (const { dependencies } of wanted) {
    for (const name of dependencies) {
      const dependency = byName.get(name);
      if (dependency) wanted.add(dependency);
    }
  }
  const fileDescriptorProto = [...wanted].map(({ base64 }) => Buffer.from(base64, 'base64'));
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

function problem(code: 'not-found' | 'invalid-argument', errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode: statusNumbers[code], errorMessage } };
}
