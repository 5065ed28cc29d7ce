import type { UnaryMethod } from './call.ts';

/** `cache_client.Ping/Ping`: whether something answers here; needs no credential. */
export const ping: UnaryMethod = {
  tooLarge: 'request limit',
  invoke(_message, call) {
    call.answer(new Uint8Array(0));
    return undefined;
  },
};
