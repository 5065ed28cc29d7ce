import type { LoadSize } from '../../support/load.ts';

/** Every kind of client, and little enough beside a control plane on a small machine: 150 publishes a second. */
export const modestLoad: LoadSize = {
  topics: 20,
  publishesPerSecond: 5,
  hotPublishesPerSecond: 50,
  light: { hot: 20, others: 20, perClient: 10 },
  sdk: { hot: 5, others: 15, perClient: 10 },
};
