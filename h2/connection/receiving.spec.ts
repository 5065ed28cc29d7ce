import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../limits.ts';
import { Receiving } from './receiving.ts';
import { RequestBody } from './request-body.ts';
import type { Sending } from './sending.ts';
import type { Stream } from './stream.ts';

describe('what is held for a paused handler', () => {
  const limits = { ...defaultLimits, connectionWindowBytes: 100_000 };
  const piece = Buffer.alloc(10_000);

  function held(): { receiving: Receiving; request: RequestBody; given: number[] } {
    const given: number[] = [];
    const sending = {
      frame: (frame: Uint8Array) => void given.push(Buffer.from(frame).readUInt32BE(9)),
    };
    const receiving = new Receiving(sending as unknown as Sending, limits);
    const request = new RequestBody([], undefined, 100_000);
    const stream = { request, isHeard: true, handler: { data() {} } } as unknown as Stream;
    request.isPaused = true;
    for (let pieces = 0; pieces < 6; pieces += 1) {
      receiving.arrived(piece.length);
      receiving.body(stream, request, piece, piece.length);
    }
    return { receiving, request, given };
  }

  it('is counted, and the client gets no room for it', () => {
    const { receiving, given } = held();
    expect(receiving.heldBytes).toBe(60_000);
    expect(given).toEqual([]);
  });

  it('is given back to the client when nobody will take it any more', () => {
    const { receiving, request, given } = held();
    receiving.drop(request);
    expect(receiving.heldBytes).toBe(0);
    expect(given).toEqual([50_000]);
    expect(receiving.arrived(90_000)).toBe(true);
  });
});
