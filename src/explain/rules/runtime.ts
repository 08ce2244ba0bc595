import type { Rule } from './rule.ts';

/** Failures on the node after the pull: start, memory, disk. */
export const runtimeRules: readonly Rule[] = [
  {
    id: 'exec-format',
    pattern: /exec format error|cannot execute binary file/i,
    conclude: { cause: 'exec_format', confidence: 'likely', also: ['platform_mismatch'] },
    confirm:
      'Compare the architecture in the image’s config with the node’s; if they match, check the script’s first line.',
    inLogs: true,
  },
  {
    id: 'oom-killed',
    pattern:
      /OOMKilled|OOM-killed|oom[-_]kill(?:er)?\b|out of memory: kill(?:ed)? process|memory cgroup out of memory|low on resource: memory/i,
    conclude: { cause: 'out_of_memory', confidence: 'certain' },
    confirm: 'Read reason and exit code of the last termination, and the memory limit of the container.',
    inLogs: true,
  },
  {
    id: 'out-of-memory',
    pattern:
      /java\.lang\.OutOfMemoryError|JavaScript heap out of memory|runtime: out of memory|std::bad_alloc|\bMemoryError\b|cannot allocate memory|CUDA out of memory|exit(?:ed with)? (?:code|status):? 137\b|signal: killed/i,
    conclude: { cause: 'out_of_memory', confidence: 'possible', also: ['application_crash'] },
    confirm: 'Read reason and exit code of the last termination: OOMKilled proves it.',
    inLogs: true,
  },
  {
    id: 'disk-full',
    pattern:
      /no space left on device|disk quota exceeded|low on resource: ephemeral-storage|DiskPressure|FreeDiskSpaceFailed|ImageGCFailed|InvalidDiskCapacity|\bENOSPC\b/i,
    when: ({ text }) => !/inotify|file watchers/i.test(text),
    conclude: { cause: 'disk_full', confidence: 'certain', also: ['layer_extract_failed'] },
    confirm: 'Read the node’s DiskPressure condition and free space.',
    inLogs: true,
  },
  {
    id: 'streaming-device',
    pattern:
      /overlaybd|failed to enable target for|kernel\/config\/target\/core|(?:soci|stargz|nydus).{0,150}?(?:unavailable|refused|no such file|failed|error)|remote snapshot|snapshotter .{0,60}?(?:not loaded|was not found|unavailable)/i,
    conclude: {
      cause: 'lazy_pull_backend_unavailable',
      confidence: 'likely',
      also: ['streaming_mirror_unavailable'],
    },
    confirm: 'Compare with other nodes; check whether the deployed digest is that of a streaming artifact.',
  },
];

/**
 * The image exists, but its command doesn't. Stands after the rules above, which are more specific for the same
 * messages.
 */
export const startRules: readonly Rule[] = [
  {
    id: 'command-missing',
    pattern:
      /executable file not found in \$PATH|exec: .{0,300}?(?:no such file or directory|permission denied)|exec user process caused.{0,60}?no such file or directory|exec \S{1,300}: (?:no such file or directory|permission denied)|OCI runtime create failed|failed to create (?:containerd|shim) task/i,
    conclude: {
      cause: 'application_crash',
      confidence: 'likely',
      also: ['exec_format'],
      meaning: 'The image was pulled, but its start command isn’t in it, isn’t executable, or lacks its interpreter.',
      next: 'Compare command and entrypoint with the image’s contents; look for Windows line endings in a start script.',
    },
    confirm: 'Read entrypoint and command from the image’s config and the pod’s spec.',
    inLogs: true,
  },
];
