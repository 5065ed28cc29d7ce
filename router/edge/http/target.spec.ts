import { describe, expect, it } from 'vitest';
import { targetOf } from './target.ts';

const nameIn = (path: string): unknown => {
  const target = targetOf(path);
  return typeof target === 'object' ? target.name : target;
};

describe('the target of a request', () => {
  it('names cache and topic, percent-encoded', () => {
    expect(nameIn('/topics/c%20a/%C3%A9%2F%3F%25+?x=1')).toEqual({ cache: 'c a', topic: 'é/?%+' });
    expect(nameIn('http://host:80/topics/c/t')).toEqual({ cache: 'c', topic: 't' });
  });

  it('that is elsewhere is not one', () => {
    expect(nameIn('/other/c/t')).toBeUndefined();
  });

  it('whose names are more or fewer than two is wrong', () => {
    expect(nameIn('/topics/c')).toContain('must be /topics/{cache}/{topic}');
    expect(nameIn('/topics/c/t/u')).toContain('must be /topics/{cache}/{topic}');
  });

  it('whose names are no percent-encoded UTF-8 is wrong', () => {
    // The last one is what headers hold for the bytes of an é that was not encoded.
    for (const topic of ['%ff', '%c3', '%', '%zz', '\u00c3\u00a9']) {
      expect(nameIn(`/topics/c/${topic}`)).toContain('not percent-encoded UTF-8');
    }
  });
});
