import type { MemberView } from './status/index.ts';

/** What a local cluster tells while it runs. */
export type LocalEvent =
  /** A member started, became ready, lost its readiness, or is gone. */
  | { readonly kind: 'members'; readonly members: readonly MemberView[] }
  /** Everything asked for is there and serves; told again after each change. */
  | { readonly kind: 'settled' }
  /** A member ended although nobody asked it to; it is started again. */
  | {
      readonly kind: 'died';
      readonly member: string;
      readonly how: string;
      /** The last lines it wrote that are no log events. */
      readonly lastWords: readonly string[];
      readonly logFile: string;
    }
  /** A warning or an error of a member or of the operator. */
  | {
      readonly kind: 'notice';
      readonly from: string;
      readonly level: 'warn' | 'error';
      readonly text: string;
    }
  /** An edit of the cluster's file is being applied. */
  | { readonly kind: 'applied'; readonly file: string }
  /** The cluster's file was edited, and asks for nothing else than before. */
  | { readonly kind: 'unchanged'; readonly file: string }
  /** An edit of the cluster's file is not applied, or it can't be read any more; what runs goes on. */
  | { readonly kind: 'refused'; readonly problems: readonly string[] };
