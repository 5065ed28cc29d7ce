/**
 * The operator's only way to the world of objects: Kubernetes, or an in-memory store on one machine. Objects have
 * the shape of the Kubernetes API's JSON, cut down to the fields that are used.
 */

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  /** Set by the store: */
  readonly uid?: string;
  /** In an object that is applied: a condition, see `ObjectStore.apply`. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

export interface ContainerPort {
  readonly name: string;
  readonly containerPort: number;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  /** In place of `value`: a field of the pod, such as `metadata.name`. */
  readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly timeoutSeconds?: number;
}

/** Amounts as Kubernetes writes them: `500m`, `2`, `1Gi`. */
export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  readonly args: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly ports: readonly ContainerPort[];
  readonly resources?: Resources;
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly securityContext?: {
    readonly allowPrivilegeEscalation: false;
    readonly readOnlyRootFilesystem: true;
    readonly capabilities: { readonly drop: readonly string[] };
  };
}

export interface Volume {
  readonly name: string;
  readonly configMap: { readonly name: string; readonly optional?: boolean };
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  readonly tolerationSeconds?: number;
}

export interface TopologySpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly whenUnsatisfiable: 'ScheduleAnyway' | 'DoNotSchedule';
  readonly labelSelector: LabelSelector;
}

export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly volumes?: readonly Volume[];
    readonly terminationGracePeriodSeconds: number;
    readonly serviceAccountName?: string;
    readonly automountServiceAccountToken?: boolean;
    readonly enableServiceLinks?: boolean;
    readonly securityContext?: {
      readonly runAsNonRoot: true;
      readonly seccompProfile: { readonly type: 'RuntimeDefault' };
    };
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: readonly Toleration[];
    readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
  };
}

export interface StatefulSet extends KubeObject {
  readonly apiVersion: 'apps/v1';
  readonly kind: 'StatefulSet';
  readonly spec: {
    readonly replicas: number;
    readonly serviceName: string;
    readonly podManagementPolicy: 'Parallel';
    readonly updateStrategy: { readonly type: 'OnDelete' };
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status?: {
    /** The generation that whoever makes the pods has taken notice of. */
    readonly observedGeneration?: number;
  };
}

export interface Pod extends KubeObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Pod';
  readonly spec: PodTemplate['spec'];
  readonly status?: {
    readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
    readonly podIP?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: 'True' | 'False' | 'Unknown';
      readonly reason?: string;
      readonly message?: string;
    }[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly restartCount: number;
      readonly containerID?: string;
      readonly ready: boolean;
      readonly state?: {
        readonly waiting?: { readonly reason?: string; readonly message?: string };
      };
    }[];
  };
}

export interface Service extends KubeObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Service';
  readonly spec: {
    readonly selector: Readonly<Record<string, string>>;
    readonly clusterIP?: 'None';
    readonly publishNotReadyAddresses?: boolean;
    readonly ports: readonly {
      readonly name: string;
      readonly port: number;
      readonly targetPort: string;
    }[];
  };
}

export interface ConfigMap extends KubeObject {
  readonly apiVersion: 'v1';
  readonly kind: 'ConfigMap';
  readonly data: Readonly<Record<string, string>>;
}

export interface ServiceAccount extends KubeObject {
  readonly apiVersion: 'v1';
  readonly kind: 'ServiceAccount';
  readonly automountServiceAccountToken: boolean;
}

export interface PodDisruptionBudget extends KubeObject {
  readonly apiVersion: 'policy/v1';
  readonly kind: 'PodDisruptionBudget';
  readonly spec: {
    readonly maxUnavailable: number;
    readonly unhealthyPodEvictionPolicy: 'AlwaysAllow';
    readonly selector: LabelSelector;
  };
}

/** Kinds and their objects; `TopicCluster` is as the user wrote it, before defaults. */
export interface Kinds {
  TopicCluster: KubeObject & { readonly spec?: unknown; readonly status?: unknown };
  StatefulSet: StatefulSet;
  Pod: Pod;
  Service: Service;
  ConfigMap: ConfigMap;
  ServiceAccount: ServiceAccount;
  PodDisruptionBudget: PodDisruptionBudget;
}
export type Kind = keyof Kinds;

export interface Change {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

/** As the `resourceVersion` of an object that is applied: it must not be there yet. */
export const absentVersion = '';

/** The store failed, for a reason that is known. The message says it to people. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  /** What a person can do about it; undefined: it passes, or nobody knows. */
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}

/** Another wrote first: the object isn't what the writer took it for. Looking again is the answer. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/**
 * Why the store won't have an object.
 * - NameTaken: there is one of that name that belongs to somebody else
 * - ApplyFailed: it is not as the store wants it, or the writer may not write it
 */
export type RefusalCode = 'NameTaken' | 'ApplyFailed';

/** The store won't have the object as it is; the message says why, for people. A person has to do something. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface ObjectStore {
  /** @param namespace undefined: every namespace. */
  list<K extends Kind>(kind: K, namespace: string | undefined): Promise<readonly Kinds[K][]>;
  get<K extends Kind>(kind: K, namespace: string, name: string): Promise<Kinds[K] | undefined>;
  /**
   * Creates the object, or makes the fields it names so (server-side apply). Writes nothing when nothing differs.
   * An object that comes with a `resourceVersion` is written only if it is still at that version (`absentVersion`: only
   * if there is none); rejects with ConflictError otherwise. Rejects with RefusedError when trying again won't help:
   * `NameTaken` only for an object that must not be there yet.
   */
  apply<K extends Kind>(kind: K, object: Kinds[K]): Promise<Kinds[K]>;
  /**
   * The same for the status of a TopicCluster.
   * @param resourceVersion the status is written only if the TopicCluster is still at that version.
   */
  applyStatus(
    namespace: string,
    name: string,
    status: object,
    resourceVersion?: string,
  ): Promise<void>;
  /**
   * What it owned goes with it. Deleting what isn't there is no error.
   * @param uid delete only that very object; another of the same name stays, without an error.
   * Rejects with RefusedError when it may not be deleted.
   */
  delete(kind: Kind, namespace: string, name: string, uid?: string): Promise<void>;
  /** Tells of every change from now on; a change may be told more than once. Returns how to stop. */
  watch(onChange: (change: Change) => void): () => void;
}
