/** Bounds of a client's stream, which has its connection to itself. */
export interface ClientBounds {
  /**
   * Flow-control window of the response, at least 65,535: what the server may send ahead. What arrives is handed on at
   * once, so nothing of this size is ever held.
   */
  readonly receiveWindowBytes: number;
  /** Headers and trailers of the response, each as HTTP/2 counts them. */
  readonly headerListBytesMax: number;
  /** The same as they are on the wire, over all their frames. */
  readonly headerBlockBytesMax: number;
  /** CONTINUATION frames of one header block. Default 16. */
  readonly continuationsPerBlockMax: number;
}

export const defaultClientBounds: ClientBounds = {
  receiveWindowBytes: 8 * 1024 * 1024,
  headerListBytesMax: 16 * 1024,
  headerBlockBytesMax: 32 * 1024,
  continuationsPerBlockMax: 16,
};
