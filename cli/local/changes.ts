import type { MemberView } from '../../local/index.ts';

/** What a person should hear of a new look at the members, compared with the one before. */
export function memberChanges(
  before: readonly MemberView[],
  now: readonly MemberView[],
): readonly string[] {
  const known = new Map(before.map((member) => [member.name, member]));
  const names = new Set(now.map(({ name }) => name));
  return [
    ...now.flatMap((member) => {
      const was = known.get(member.name);
      if (member.ready && !was?.ready) return [`${member.name} is ready`];
      if (!was?.ready || member.ready) return [];
      if (member.reason === 'stopping') return [`${member.name} is stopping`];
      // Its end is an event of its own.
      if (member.pid === undefined) return [];
      return [`${member.name} is not ready: ${member.reason}`];
    }),
    ...before.filter(({ name }) => !names.has(name)).map(({ name }) => `${name} is gone`),
  ];
}
