import { type Fields, fields, type KubeObject, ownerReference, texts } from '../objects/object.ts';
import { typeOf } from '../write/admission.ts';
import type { ControllerContext } from './controller.ts';

/** The manager name of all workload controllers. */
export const controllerManager = 'kube-controller-manager';

/**
 * Creates a pod from an owner's template; refusals of the API are thrown and reported by an event, as real controllers
 * do.
 */
export function createPod(
  { store, writes, emit }: ControllerContext,
  owner: KubeObject,
  component: string,
  options: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly spec?: Fields;
    readonly template?: Fields;
  },
): KubeObject {
  const template = options.template ?? fields(owner, 'spec', 'template');
  const namespace = owner.metadata.namespace ?? '';
  const annotations = texts(template, 'metadata', 'annotations');
  const body = {
    metadata: {
      ...(options.name === undefined ? { generateName: `${owner.metadata.name}-` } : { name: options.name }),
      labels: { ...texts(template, 'metadata', 'labels'), ...options.labels },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...fields(template, 'spec'), ...options.spec },
  };
  try {
    const pod = writes.create(typeOf(store, 'pods'), namespace, body, { manager: controllerManager });
    emit(owner, component, {
      type: 'Normal',
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod.metadata.name}`,
    });
    return pod;
  } catch (error) {
    const message = `Error creating: ${error instanceof Error ? error.message : String(error)}`;
    emit(owner, component, { type: 'Warning', reason: 'FailedCreate', message });
    throw error;
  }
}
