import { randomBytes } from 'node:crypto';
import { type Authentication, createAuthentication, type Tokens } from './api/authentication.ts';
import { type ClusterFaults, createFaults } from './api/faults.ts';
import { listen } from './api/server.ts';
import { bootstrap } from './bootstrap.ts';
import { createAuthority } from './certificates.ts';
import { type Controller, type ControllerContext, runControllers } from './controllers/controller.ts';
import { daemonSetController } from './controllers/daemon-set.ts';
import { deploymentController } from './controllers/deployment.ts';
import { createEmit } from './controllers/emit.ts';
import { cronJobController, jobController } from './controllers/job.ts';
import { replicaSetController } from './controllers/replica-set.ts';
import { scheduler } from './controllers/scheduler.ts';
import { statefulSetController } from './controllers/stateful-set.ts';
import {
  customTypes,
  expireEvents,
  garbageCollector,
  namespaceController,
  tokenController,
} from './controllers/upkeep.ts';
import { createStore } from './store/store.ts';
import { createWrites } from './write/writes.ts';

/** Options of a simulated cluster; everything has a default. */
export interface ClusterOptions {
  /** Plain HTTP; 0 picks a free port. */
  readonly port?: number;
  /** HTTPS with a certificate of a local authority; 0 takes a free port. */
  readonly httpsPort?: number;
  readonly now?: () => Date;
  /** Bearer tokens in addition to the administrator's: token -> user and groups. */
  readonly tokens?: Tokens;
  /** Name in the kubeconfig. */
  readonly name?: string;
  /** Interval of bookmarks in watches that allow them. */
  readonly bookmarkEveryMs?: number;
}

/** A running cluster. */
export interface SandboxCluster {
  readonly url: string;
  readonly httpsUrl: string;
  /** YAML for `kubectl --kubeconfig`: the HTTPS address, the authority and the administrator's token. */
  readonly kubeconfig: string;
  readonly caPem: string;
  /** Group `system:masters`: may do everything. */
  readonly adminToken: string;
  /** Group `system:nodes`: what a kubelet may do. */
  readonly nodeToken: string;
  readonly faults: ClusterFaults;
  readonly stop: () => Promise<void>;
}

/**
 * Starts the part of the Kubernetes API that imagecheck and kubectl use, on loopback, with its controllers and
 * scheduler. Pods only run when a kubelet registers nodes. Without a token a caller is `system:anonymous`.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<SandboxCluster> {
  const now = options.now ?? (() => new Date());
  const adminToken = randomBytes(24).toString('base64url');
  const nodeToken = randomBytes(24).toString('base64url');
  const authority = createAuthority('imagecheck-sandbox-ca', new Date());
  const store = createStore();
  const writes = createWrites(store, now);
  const authentication = createAuthentication(
    store,
    {
      ...options.tokens,
      [adminToken]: { user: 'admin', groups: ['system:masters'] },
      [nodeToken]: { user: 'system:node:sandbox', groups: ['system:nodes'] },
    },
    now,
  );
  const controllers = { store, writes, now, emit: createEmit(store, writes, now) };
  const stopTypes = customTypes(store);
  const stopControllers = runControllers(store, allControllers(controllers, authentication, authority.caPem));
  bootstrap(store, writes);

  const context = { store, writes, authentication, now, bookmarkEveryMs: options.bookmarkEveryMs ?? 60_000 };
  const faults = createFaults(() => store.compact());
  const http = await listen(context, faults, { port: options.port ?? 0 });
  const tls = authority.issue(['localhost', '127.0.0.1', 'kubernetes', 'kubernetes.default.svc']);
  const https = await listen(context, faults, { port: options.httpsPort ?? 0, tls });
  const sweep = setInterval(() => expireEvents(store, now), 60_000).unref();
  const httpsUrl = `https://127.0.0.1:${https.port}`;
  return {
    url: `http://127.0.0.1:${http.port}`,
    httpsUrl,
    kubeconfig: kubeconfig(options.name ?? 'sandbox', httpsUrl, authority.caPem, adminToken),
    caPem: authority.caPem,
    adminToken,
    nodeToken,
    faults,
    stop: async () => {
      clearInterval(sweep);
      stopControllers();
      stopTypes();
      await Promise.all([http.close(), https.close()]);
    },
  };
}

function allControllers(
  context: ControllerContext,
  authentication: Authentication,
  caPem: string,
): readonly Controller[] {
  return [
    namespaceController(context, caPem),
    tokenController(context, authentication, caPem),
    garbageCollector(context),
    deploymentController(context),
    replicaSetController(context),
    statefulSetController(context),
    daemonSetController(context),
    jobController(context),
    cronJobController(context),
    scheduler(context),
  ];
}

/** A kubeconfig with one context that uses a bearer token. */
export function kubeconfig(name: string, server: string, caPem: string, token: string): string {
  const ca = Buffer.from(caPem).toString('base64');
  return `apiVersion: v1
kind: Config
clusters:
  - name: ${name}
    cluster:
      server: ${server}
      certificate-authority-data: ${ca}
users:
  - name: ${name}
    user:
      token: ${token}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}
current-context: ${name}
`;
}
