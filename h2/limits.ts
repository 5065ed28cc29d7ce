/** The bounds of a server. Every queue and every wait has one; units come last. */
export interface Limits {
  /**
   * SETTINGS_MAX_CONCURRENT_STREAMS; further ones are refused as not processed. Default 10,000. Well above 100: some
   * clients count to 100 on their side, and their count drifts, so more than that arrive.
   */
  readonly exchangesPerConnectionMax: number;
  /** Headers of one request, as HTTP/2 counts them; larger ones reset their stream. Default 16 KiB. */
  readonly headerListBytesMax: number;
  /** The same as it is on the wire, over all its frames; a larger one ends the connection. Default 32 KiB. */
  readonly headerBlockBytesMax: number;
  /** What a client's encoder may remember of headers. Default 4 KiB, which is also the least. */
  readonly headerTableBytesMax: number;
  /** Flow-control window of one request's body. Default 256 KiB. */
  readonly receiveWindowBytes: number;
  /** Flow-control window of everything a connection sends, and the most that is held for paused handlers. Default 1 MiB. */
  readonly connectionWindowBytes: number;
  /**
   * What may wait for a client that doesn't read, beside the bodies of responses: answers to its PINGs, SETTINGS and
   * requests. A client over it is cut. Default 256 KiB.
   */
  readonly unsentBytesMax: number;
  /** A client is asked this often whether it is there; one that says nothing from one time to the next is cut. Default 30 s. */
  readonly pingIntervalMs: number;
  /** How long a client may take to confirm that it heard of the connection's end. Default 1 s, more than a round trip. */
  readonly goawayMsMax: number;
  /** How long a client may take to hang up after the last word was said to it. Default 2 s. */
  readonly lingerMsMax: number;
  /** How often all of these times are looked at. Default 250 ms. */
  readonly sweepMs: number;
}

export const defaultLimits: Limits = {
  exchangesPerConnectionMax: 10_000,
  headerListBytesMax: 16 * 1024,
  headerBlockBytesMax: 32 * 1024,
  headerTableBytesMax: 4_096,
  receiveWindowBytes: 256 * 1024,
  connectionWindowBytes: 1024 * 1024,
  unsentBytesMax: 256 * 1024,
  pingIntervalMs: 30_000,
  goawayMsMax: 1_000,
  lingerMsMax: 2_000,
  sweepMs: 250,
};
