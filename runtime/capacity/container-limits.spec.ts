import { describe, expect, it } from 'vitest';
import { containerLimits } from './container-limits.ts';

/** What a machine with these files says; paths are under /sys/fs/cgroup. */
function limits(groups: string, files: Readonly<Record<string, string>>) {
  return containerLimits((path) => {
    return path === '/proc/self/cgroup' ? groups : files[path.replace('/sys/fs/cgroup/', '')];
  });
}

describe('the limits of a container, version 2', () => {
  it('are those of its own root', () => {
    expect(
      limits('0::/\n', { 'cpu.max': '150000 100000\n', 'memory.max': '1073741824\n' }),
    ).toEqual({ cores: 1.5, memoryBytes: 1024 ** 3 });
  });

  it('are none where it says max, and on a machine without any', () => {
    const none = { cores: undefined, memoryBytes: undefined };
    expect(limits('0::/\n', { 'cpu.max': 'max 100000\n', 'memory.max': 'max\n' })).toEqual(none);
    expect(limits('', {})).toEqual(none);
    expect(containerLimits(() => undefined)).toEqual(none);
  });

  it('are the strictest on the way up', () => {
    const found = limits('0::/kube/pod/container\n', {
      'kube/pod/container/cpu.max': 'max 100000\n',
      'kube/pod/container/memory.max': '2000000\n',
      'kube/pod/cpu.max': '200000 100000\n',
      'kube/pod/memory.max': '1000000\n',
      'kube/cpu.max': '800000 100000\n',
    });
    expect(found).toEqual({ cores: 2, memoryBytes: 1_000_000 });
  });

  it('are found though the path is that outside the container', () => {
    const found = limits('0::/../../elsewhere\n', { 'memory.max': '5000\n' });
    expect(found.memoryBytes).toBe(5_000);
  });
});

describe('the limits of a container, version 1', () => {
  const groups = '12:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n1:name=systemd:/docker/x\n0::/\n';

  it('are those of its controllers', () => {
    const found = limits(groups, {
      'cpu/docker/x/cpu.cfs_quota_us': '50000\n',
      'cpu/docker/x/cpu.cfs_period_us': '100000\n',
      'memory/docker/x/memory.limit_in_bytes': '536870912\n',
    });
    expect(found).toEqual({ cores: 0.5, memoryBytes: 512 * 1024 ** 2 });
  });

  it('are those of the root that it sees, where its own path is not', () => {
    const found = limits(groups, {
      'cpu/cpu.cfs_quota_us': '-1\n',
      'cpu/cpu.cfs_period_us': '100000\n',
      'memory/memory.limit_in_bytes': '4096\n',
    });
    expect(found).toEqual({ cores: undefined, memoryBytes: 4_096 });
  });
});
