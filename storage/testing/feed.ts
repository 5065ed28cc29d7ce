import type { Feed } from '../topics/index.ts';

/** One that nobody looks at. */
export const quietFeed: Feed = {
  router: '',
  sureMs: () => 0,
  item() {},
  moved() {},
  orphaned() {},
};
