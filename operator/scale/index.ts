/** How many members each tier is to have: from capacity metrics to decisions, without input or output. */
export * from './decide.ts';
export * from './decision.ts';
export * from './forecast.ts';
export * from './judge.ts';
export * from './lead.ts';
export * from './load.ts';
export * from './memory.ts';
export * from './recorded.ts';
export * from './surge.ts';
export * from './tier-scaling.ts';
