import type { LinkPort } from '../link/index.ts';
import type { Position, TopicName } from '../service.ts';

/**
 * detached: no storage node knows of this router's interest. attaching: the interest is on its way to the owner.
 * live: the owner said where the feed starts; items follow. A link that breaks or a topic that moves leads back to
 * detached; the position is kept and is where the next attach asks to go on.
 */
export type FeedState =
  | { readonly is: 'detached' }
  | {
      readonly is: 'attaching' | 'live';
      readonly on: LinkPort;
      readonly id: number;
      /** How often owners may have changed before. */
      readonly askedAt: number;
    };

/** The items of one topic arriving at this router, shared by all its subscriptions here. */
export interface Feed {
  readonly name: TopicName;
  state: FeedState;
  /** The last item delivered to this router's subscriptions, or where the feed first started. */
  position: Position | undefined;
  /** Clients of another router that went may come back, until then, for what came after. */
  orphans: { readonly after: Position; readonly untilMs: number } | undefined;
}

export function newFeed(name: TopicName): Feed {
  return { name, state: { is: 'detached' }, position: undefined, orphans: undefined };
}
