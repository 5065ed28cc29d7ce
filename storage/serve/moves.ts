import type { Mover } from '../handoff/index.ts';

/** What links and the moves of topics need of each other. */
export type Moves = Pick<
  Mover,
  'linkOpened' | 'linkClosed' | 'receive' | 'answered' | 'wait' | 'depart'
>;
