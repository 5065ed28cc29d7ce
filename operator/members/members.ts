import type { control, topo } from '../../proto/index.ts';

/** The operator's way to the routers and storage nodes: their control service, by its address. */
export interface Members {
  /**
   * What the process there says of itself. Rejects when it doesn't answer in time, or is of another cluster.
   *
   * @param cluster namespace/name/uid
   */
  getState(address: string, cluster: string): Promise<control.GetStateResponse>;
  /**
   * Hands over a topology and waits for the acknowledgement. Rejects when there is none in time.
   *
   * @param confirms the standstill of the member that was seen before the topology was decided on; 0: none
   */
  pushTopology(
    address: string,
    topology: topo.Topology,
    confirms: number,
  ): Promise<control.PushTopologyResponse>;
  /**
   * Asks a router to leave the rotation and to move its clients within this time, or a storage node that was told to
   * end to end now. Resolves at once, with what there is to move; asking again is harmless. Rejects when it doesn't answer in time.
   */
  drain(address: string, withinMs: number): Promise<control.DrainResponse>;
  /**
   * Asks a router to move this many connections elsewhere within this time, and to stay in the rotation. Resolves with
   * how many it moves; rejects when it doesn't answer in time.
   */
  shed(address: string, connections: number, withinMs: number): Promise<control.ShedResponse>;
  /**
   * From now on, `owner` speaks to these addresses only; what nobody speaks to is let go of. To be called before the
   * first call to an address.
   */
  retain(owner: string, addresses: ReadonlySet<string>): void;
  close(): void;
}
