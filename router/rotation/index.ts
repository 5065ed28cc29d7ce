/** Whether clients should be sent to this router, and how they are moved away. */
export { notReadyBecause, type State } from './machine.ts';
export { Rotation, type RotationParts } from './rotation.ts';
