/** A member that is asked to go: a router moves its clients, a storage node that was told to end ends with what it has. */
export interface Drain {
  readonly member: string;
  /** Of its control service. */
  readonly address: string;
  readonly withinMs: number;
}
