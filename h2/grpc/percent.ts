/** Longer messages are cut: they travel in a header, whose size clients bound. */
export const messageBytesMax = 1024;

/**
 * The `grpc-message` form of a text (gRPC over HTTP/2, "Status-Message"): UTF-8 bytes other than visible ASCII and
 * space, and `%`, become %XX. At most `messageBytesMax` bytes of the text are taken, never a part of a character.
 */
export function percentEncode(text: string): string {
  if (text.length <= messageBytesMax && /^[ -$&-~]*$/.test(text)) return text;
  let encoded = '';
  let taken = 0;
  for (const character of text) {
    const bytes = Buffer.from(character, 'utf8');
    taken += bytes.length;
    if (taken > messageBytesMax) break;
    encoded += /^[ -$&-~]$/.test(character) ? character : escaped(bytes);
  }
  return encoded;
}

function escaped(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return out;
}
