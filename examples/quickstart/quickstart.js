// Publishes to a topic and subscribes to it, with the Momento SDK, on a Topicplane cluster at 127.0.0.1:8080.
import {
  CredentialProvider,
  TopicClient,
  TopicConfigurations,
  TopicPublishResponse,
  TopicSubscribeResponse,
} from '@gomomento/sdk';

const cache = 'default';
const topic = 'greetings';

const client = new TopicClient({
  // Plain text, no key. { hostname, port } name another address.
  credentialProvider: CredentialProvider.forMomentoLocal({
    hostname: process.env.TOPICPLANE_HOST ?? '127.0.0.1',
    port: Number(process.env.TOPICPLANE_PORT ?? 8080),
  }),
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
if (subscription.type === TopicSubscribeResponse.Error) {
  console.error(`could not subscribe: ${subscription.toString()}`);
  process.exit(1);
}

for (const text of ['hello', 'world', 'good night']) {
  const answer = await client.publish(cache, topic, text);
  if (answer.type === TopicPublishResponse.Error) {
    console.error(`could not publish: ${answer.toString()}`);
    process.exit(1);
  }
}

while (received < 3) await new Promise((resolve) => setTimeout(resolve, 10));
subscription.unsubscribe();
