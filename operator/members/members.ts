import type { control, topo } from '../../proto/index.ts';

/** The operator's way to the routers and storage nodes: their control service, by its address. */
export interface Members {
  /** What the process there says of itself. Rejects when it doesn't answer in time. */
  getState(address: string): Promise<control.GetStateResponse>;
  /** Hands over a topology and waits for the acknowledgement. Rejects when there is none in time. */
  pushTopology(address: string, topology: topo.Topology): Promise<control.PushTopologyResponse>;
  /**
   * From now on, `owner` speaks to these addresses only; what nobody speaks to is let go of. To be called before the
   * first call to an address.
   */
  retain(owner: string, addresses: ReadonlySet<string>): void;
  close(): void;
}
