import { styleText } from 'node:util';

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Colours a text, or leaves it as it is when its reader has no colours. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;

/** NO_COLOR, FORCE_COLOR and TERM are honoured; what is no terminal gets no colours unless FORCE_COLOR asks for them. */
export function paintFor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Paint {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '0';
  if (env['NO_COLOR'] && !forced) return plain;
  if (!forced && !(stream.isTTY && stream.hasColors(env))) return plain;
  return (colour, text) => styleText(colour, text, { validateStream: false });
}
