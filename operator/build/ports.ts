import type { Component } from '../names.ts';
import type { ContainerPort } from '../store.ts';

/** What each component serves. The process is told each by `--<name>-address`. */
export const ports: Readonly<Record<Component, readonly ContainerPort[]>> = {
  router: [
    { name: 'client', containerPort: 8080 },
    { name: 'control', containerPort: 8082 },
    { name: 'admin', containerPort: 8083 },
  ],
  storage: [
    { name: 'link', containerPort: 8081 },
    { name: 'control', containerPort: 8082 },
    { name: 'admin', containerPort: 8083 },
  ],
};
