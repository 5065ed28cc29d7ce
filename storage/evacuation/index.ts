export { decideEnd, type EvacuationBounds, type Situation, type Verdict } from './decide.ts';
export { Evacuation } from './evacuation.ts';
