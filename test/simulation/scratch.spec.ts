import { it } from 'vitest';
import { simulate } from './run.ts';
import type { Kind } from './schedule.ts';
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

it('scratch', async () => {
  const kind = (process.env['KIND'] ?? 'planned') as Kind;
  const from = Number(process.env['FROM'] ?? 1);
  const n = Number(process.env['N'] ?? 20);
  const recording = process.env['REC'] === '1';
  const session = new Session(); session.connect();
  if (process.env['PROF']) { await session.post('Profiler.enable'); await session.post('Profiler.start'); }
  const cpu = process.cpuUsage();
  const start = performance.now();
  let events = 0, virtual = 0, bad = 0;
  const sum: Record<string, number> = {};
  for (let seed = from; seed < from + n; seed++) {
    const o = await simulate(kind, seed, { recording });
    events += o.events; virtual += o.virtualMs;
    for (const [k, v] of Object.entries(o.counts)) sum[k] = (sum[k] ?? 0) + v;
    if (o.problem !== undefined) { bad++; if (bad <= Number(process.env['SHOW'] ?? 5)) console.log(`seed ${seed}: ${o.problem.slice(0, 1500)}\n${o.schedule.join('\n')}`); }
    if (recording) writeFileSync('/tmp/T/trace.txt', o.schedule.join('\n') + '\n' + o.trace.join('\n'));
  }
  const ms = performance.now() - start; const used = process.cpuUsage(cpu); const cpuMs = (used.user + used.system) / 1000;
  if (process.env['PROF']) { const { profile } = await session.post('Profiler.stop'); writeFileSync('/tmp/T/prof/x.cpuprofile', JSON.stringify(profile)); }
  console.log(`${kind}: ${n} seeds, ${bad} bad, ${(ms / n).toFixed(1)} ms/seed, ${(cpuMs / n).toFixed(1)} cpu ms/seed, ${Math.round(events / n)} events/seed, ${Math.round(virtual / n)} virtual ms`, JSON.stringify(sum));
}, 600_000);
