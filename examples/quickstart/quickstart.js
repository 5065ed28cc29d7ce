// Publishes to a topic and subscribes to it, with the Momento SDK, on a Topicplane cluster at 127.0.0.1:8080.
import {
  CredentialProvider,
  MomentoErrorCode,
  TopicClient,
  TopicConfigurations,
  TopicPublishResponse,
  TopicSubscribeResponse,
} from '@gomomento/sdk';

const cache = 'default';
const topic = 'quickstart';
const hostname = process.env.TOPICPLANE_HOST ?? '127.0.0.1';
const port = Number(process.env.TOPICPLANE_PORT ?? 8080);

const client = new TopicClient({
  // Plain text, no key. Without hostname and port: 127.0.0.1:8080.
  credentialProvider: CredentialProvider.forMomentoLocal({ hostname, port }),
  configuration: TopicConfigurations.Default.latest(),
});

let received = 0;
const subscription = await client.subscribe(cache, topic, {
  onItem: (item) => {
    received += 1;
    console.log(`received ${item.sequenceNumber()}: ${item.valueString()}`);
  },
  onDiscontinuity: (gap) => console.log(`items are missing: ${gap.toString()}`),
  onError: (error) => console.error(`the subscription has failed: ${error.toString()}`),
});
if (subscription.type === TopicSubscribeResponse.Error) giveUp('subscribe', subscription);

for (const text of ['hello', 'world', 'good night']) {
  const answer = await client.publish(cache, topic, text);
  if (answer.type === TopicPublishResponse.Error) giveUp('publish', answer);
}

while (received < 3) await new Promise((resolve) => setTimeout(resolve, 10));
subscription.unsubscribe();

/** Says what to do, then what the SDK says. */
function giveUp(what, error) {
  if (error.errorCode() === MomentoErrorCode.SERVER_UNAVAILABLE) {
    console.error(
      `No cluster answers at ${hostname}:${port}. Start one in the root of the repository: npm start`,
    );
  }
  console.error(`could not ${what}: ${error.toString()}`);
  process.exit(1);
}
