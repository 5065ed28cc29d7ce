/** The bounds of the links of one storage node; defaults and effects stand in `storage/config.ts`. */
export interface LinkBounds {
  readonly linksMax: number;
  readonly linkBytesMax: number;
  readonly linkInFlightBytesMax: number;
  readonly linkMessageBytesMax: number;
  readonly batchBytesMax: number;
  readonly replayBytesMax: number;
  readonly linkHeartbeatMs: number;
  readonly linkSilenceMsMax: number;
  readonly linkLateMsMax: number;
  readonly stopMsMax: number;
}
