import type { ObservedMember } from '../observe/index.ts';
import type { Policy } from './policy.ts';
import type { Waits } from './waits.ts';

/**
 * The pods, by uid, whose processes have not answered yet because they were made a moment ago. One that did answer, or
 * was restarted, or takes longer than `replacedMsMax`, has a problem instead.
 */
export function startingPods(
  members: readonly ObservedMember[],
  { waits, policy }: { readonly waits: Waits; readonly policy: Pick<Policy, 'replacedMsMax'> },
): ReadonlySet<string> {
  const starting = members.filter((member) => {
    const answered = `answered/${member.uid}`;
    if (member.state || waits.noted(answered) !== undefined) {
      waits.note(answered, 1);
      return false;
    }
    if (member.ready || member.leaving || member.restarts > 0) return false;
    return !waits.reached(`starting/${member.uid}`, policy.replacedMsMax);
  });
  return new Set(starting.map(({ uid }) => uid));
}

/** What is said of such a pod: what its node says, if that is more than that it isn't ready yet. */
export function whyStarting({ notReadyMessage = '' }: ObservedMember): string {
  const isNews = notReadyMessage !== '' && !/unready status|NotReady$/.test(notReadyMessage);
  return isNews ? notReadyMessage : 'starting';
}
