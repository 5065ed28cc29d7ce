/** One figure of one member, as a source has it. */
export interface Sample {
  readonly member: string;
  /** What is measured: `connections`, `cpu`, ... */
  readonly dimension: string;
  /** Used of what can be used; 1 is full. */
  readonly ratio: number;
  /** Since 1970; when it was measured. */
  readonly atMs: number;
}

export interface DimensionLoad {
  readonly dimension: string;
  /** Of all members together, in members that are full: 2.5 fills two and a half. */
  readonly load: number;
  readonly hottest: { readonly member: string; readonly ratio: number };
}

/** What a tier carries, at one time. */
export interface TierLoad {
  /** Since 1970. */
  readonly atMs: number;
  /** Members that reported, and those that should have. */
  readonly reporting: number;
  readonly serving: number;
  /** The one that asks for most members first; never empty. */
  readonly dimensions: readonly [DimensionLoad, ...DimensionLoad[]];
}
