import fc from 'fast-check';
import { expect, it } from 'vitest';
import { publishing } from '../../../proto/index.ts';
import { Acknowledgements } from './acknowledgements.ts';

it('are as a list of all items has them, in whatever order these are answered', () => {
  const steps = fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat(), fc.boolean()), { maxLength: 60 });
  fc.assert(
    fc.property(steps, (script) => {
      const acknowledgements = new Acknowledgements();
      const open: number[] = [];
      const answered: boolean[] = [];
      for (const [count, choice, refused] of script) {
        for (let n = 0; n < count; n += 1) {
          const item = acknowledgements.take();
          open.push(item);
          answered[item] = false;
        }
        for (let n = 0; n < 200 && open.length > 0; n += 1) {
          const [item = 0] = open.splice(choice % open.length, 1);
          const problem = { code: 'unavailable' as const, message: `no ${item}` };
          acknowledgements.answered(item, refused ? problem : undefined);
          answered[item] = true;
        }
        const first = answered.indexOf(false, 1);
        const all = first < 0 ? Math.max(0, answered.length - 1) : first - 1;
        const told = publishing.PublishResponse.decode(acknowledgements.tell());
        expect(told.acknowledged).toBe(all);
        expect(told.refused.every(({ code, item }) => code === 14 && answered[item])).toBe(true);
        expect(acknowledgements.news).toBe(false);
      }
    }),
  );
});
