import type { Frame, Position, Refusal, StartAt } from '../../../router/index.ts';
import type { Pipe } from './network.ts';

/** What a client says to a router on one connection. */
export type ToRouter =
  | { readonly is: 'subscribe'; readonly topic: string; readonly start: StartAt }
  /** So many bytes of frames were taken by the application. */
  | { readonly is: 'read'; readonly bytes: number }
  | { readonly is: 'publish'; readonly id: number; readonly topic: string; readonly text: string };

export type ToClient =
  | { readonly is: 'frame'; readonly frame: Frame }
  /** The stream is over; undefined: with OK. */
  | { readonly is: 'ended'; readonly refusal: Refusal | undefined }
  | { readonly is: 'answer'; readonly id: number; readonly result: Position | Refusal }
  /** GOAWAY: new requests go elsewhere. */
  | { readonly is: 'leave' };

export type ClientPipe = Pipe<ToRouter, ToClient>;

export const cache = 'c';
