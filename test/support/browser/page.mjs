// What runs in the page: one client of the browser SDK, driven by the spec.
import {
  CredentialProvider,
  TopicClient,
  TopicConfigurations,
  TopicPublish,
  TopicSubscribe,
} from '@gomomento/sdk-web';

const heard = { items: [], errors: [], discontinuities: 0 };
let client;

globalThis.topicplane = {
  /** @param origin scheme://host:port of the cluster */
  connect(origin) {
    const apiKey = btoa(JSON.stringify({ endpoint: 'cluster.example', api_key: 'key' }));
    const endpointOverrides = {
      cacheEndpoint: origin,
      controlEndpoint: origin,
      tokenEndpoint: origin,
    };
    client = new TopicClient({
      configuration: TopicConfigurations.Browser.latest(),
      credentialProvider: CredentialProvider.fromString({ apiKey, endpointOverrides }),
    });
  },
  async subscribe(cache, topic) {
    const response = await client.subscribe(cache, topic, {
      onItem: (item) => heard.items.push(item.value()),
      onError: (error) => heard.errors.push(error.toString()),
      onDiscontinuity: () => (heard.discontinuities += 1),
    });
    return response instanceof TopicSubscribe.Subscription ? 'subscribed' : response.toString();
  },
  async publish(cache, topic, value) {
    const response = await client.publish(cache, topic, value);
    return response instanceof TopicPublish.Success ? 'published' : response.toString();
  },
  heard: () => heard,
};
