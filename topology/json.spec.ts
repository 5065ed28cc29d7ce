import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topo } from '../proto/index.ts';
import { parseTopology, TopologyError, topologyToJson } from './json.ts';
import { sampleTopology } from './sample.ts';

function errorOf(text: string): TopologyError {
  try {
    parseTopology(text);
  } catch (error) {
    if (error instanceof TopologyError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('topology as JSON', () => {
  it('is read as it was written', () => {
    const settings = {
      ...(sampleTopology().settings as topo.Settings),
      resumeZero: topo.ResumeZero.NEWEST,
    };
    for (const topology of [sampleTopology(), sampleTopology({ settings, caches: [] })]) {
      expect(parseTopology(topologyToJson(topology))).toEqual(topology);
    }
  });

  it('is the same text for equal topologies, whatever the order of their fields', () => {
    const sample = sampleTopology();
    const reversed = Object.fromEntries(
      Object.entries(sample).toReversed(),
    ) as unknown as topo.Topology;
    expect(topologyToJson(reversed)).toBe(topologyToJson(sample));
  });

  it('passes over fields that a newer operator wrote', () => {
    const document = JSON.parse(topologyToJson(sampleTopology())) as object;
    expect(parseTopology(JSON.stringify({ ...document, moving: {} }))).toEqual(sampleTopology());
  });

  it.each([
    ['', /^not a topology: not JSON: /],
    ['{', /not JSON/],
    [
      '[]',
      /^not a topology: the document must be an object, is a list; version must be an object, is missing/,
    ],
    ['null', /the document must be an object, is null/],
    [
      '{"version":{"term":"1"}}',
      /version.term must be a number, is a string; version.epoch must be a number, is missing/,
    ],
    [
      topologyToJson(sampleTopology()).replace('"demo-storage-0",', '7,'),
      /ring\.0 must be text, is a number|must be text/,
    ],
    [
      topologyToJson(sampleTopology()).replace('"nothing"', '"all"'),
      /settings.resumeZero must be "nothing" or "newest"/,
    ],
    [topologyToJson(sampleTopology({ ring: [] })), /^not a topology: the ring is empty/],
  ])('refuses what is broken (%#)', (text, message) => {
    expect(errorOf(text).message).toMatch(message);
  });

  it('throws nothing but a TopologyError, whatever it is given', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(errorOf(text).problems).not.toEqual([]);
      }),
    );
    const values = fc.json().map((text) => JSON.parse(text) as unknown);
    const document = JSON.parse(topologyToJson(sampleTopology())) as Record<string, unknown>;
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(document)), values, (field, value) => {
        try {
          parseTopology(JSON.stringify({ ...document, [field]: value }));
        } catch (error) {
          expect(error).toBeInstanceOf(TopologyError);
        }
      }),
    );
  });
});
