import type { Random } from '../simulation/world/random.ts';

/** Where a session is changed. `none`: it is well-formed. */
export type Layer =
  | 'none'
  | 'stream'
  | 'frames'
  | 'hpack'
  | 'fields'
  | 'grpc'
  | 'web'
  | 'protobuf'
  | 'http';

const strange = ['', ' ', '\0', '\r\n', 'é', 'A', ':x', 'transfer-encoding', '-1', '99999999999'];

/** Changes what passes through it on one layer, a few times, as the numbers fall. */
export class Mutator {
  readonly #random: Random;
  readonly layer: Layer;
  /** How often something was changed. */
  mutations = 0;

  constructor(random: Random, layer: Layer) {
    this.#random = random;
    this.layer = layer;
  }

  /** `original`, changed if it is of the layer. */
  bytes(layer: Layer, original: Buffer): Buffer {
    if (layer !== this.layer) return original;
    let bytes = original;
    for (let times = 1 + this.#random.below(3); times > 0; times -= 1) bytes = this.#change(bytes);
    return bytes;
  }

  fields(original: [string, string][]): [string, string][] {
    if (this.layer !== 'fields') return original;
    const random = this.#random;
    const fields = original.map(([name, value]): [string, string] => [name, value]);
    for (let times = 1 + random.below(3); times > 0; times -= 1) {
      this.mutations += 1;
      const at = random.below(fields.length);
      const field = fields[at] ?? ['', ''];
      switch (random.below(6)) {
        case 0:
          fields.splice(at, 1);
          break;
        case 1:
          fields.push([...field]);
          break;
        case 2:
          fields.unshift([random.pick(strange), random.pick(strange)]);
          break;
        case 3:
          field[0] = random.pick([...strange, field[0].toUpperCase(), `${field[0]} `]);
          break;
        case 4:
          field[1] = random.pick([...strange, `${field[1]}\n`, field[1].repeat(20)]);
          break;
        default:
          fields.push(...fields.splice(at, 1));
      }
    }
    return fields;
  }

  /** Whether a thing of the layer is to be changed, one in `oneIn`. */
  strikes(layer: Layer, oneIn: number): boolean {
    if (layer !== this.layer || this.#random.below(oneIn) > 0) return false;
    this.mutations += 1;
    return true;
  }

  #change(bytes: Buffer): Buffer {
    this.mutations += 1;
    const random = this.#random;
    const at = random.below(bytes.length + 1);
    const some = (): Buffer =>
      Buffer.from(Array.from({ length: 1 + random.below(4) }, () => random.below(256)));
    switch (random.below(6)) {
      case 0:
        return Buffer.concat([bytes.subarray(0, at), some(), bytes.subarray(at)]);
      case 1:
        return bytes.subarray(0, at);
      case 2:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(8))]);
      case 3: {
        const from = random.below(bytes.length + 1);
        const copied = bytes.subarray(from, from + random.below(40));
        return Buffer.concat([bytes.subarray(0, at), copied, bytes.subarray(at)]);
      }
      default: {
        const changed = Buffer.from(bytes);
        if (at < bytes.length) {
          const bit = 1 << random.below(8);
          changed[at] = random.chance(0.5)
            ? random.pick([0, 1, 0x7f, 0x80, 0xff])
            : (changed[at] ?? 0) ^ bit;
        }
        return changed;
      }
    }
  }
}
