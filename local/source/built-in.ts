/** The cluster that runs when no file is given; also the file to begin with. */
export const builtInCluster = `# A TopicCluster: run it with \`topicplane local --file <this file>\`, edit it while it runs.
apiVersion: topicplane.dev/v1alpha1
kind: TopicCluster
metadata:
  name: local
spec:
  # The namespaces that topics live in. Topics need no declaration.
  caches:
    - name: default
    - name: cache
      # limits: { publishesPerSecond: 1000, subscriptions: 500 }   # of this cache, for each router; 0: none
  # The tier that clients speak to.
  router:
    replicas: 2
  # The tier that owns topics and keeps their recent items in memory.
  storage:
    replicas: 2
    history:
      items: 256
      bytes: 1048576
      ageSeconds: 120
  limits:
    messageBytes: 1048576
`;
