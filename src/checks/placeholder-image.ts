import { idlingIn } from '../model/snapshot/readable.ts';
import type { ImageProbe } from '../model/snapshot/snapshot.ts';
import { containersText, cut } from '../model/text/words.ts';
import type { Container } from '../model/workload/workload.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { containersOf } from './evidence/per-snapshot.ts';
import { imageName } from './evidence/pull-draft.ts';
import { isImageQuestion } from './evidence/seen.ts';

/** A placeholder image from the configuration runs instead of the real one. */
export const placeholderImage = defineCheck({
  id: 'placeholder-image',
  *run(snapshot) {
    for (const probe of snapshot.images) {
      if (probe.placeholder === undefined) continue;
      if (isImageQuestion(snapshot)) {
        yield { note: `${imageName(probe)} is listed as a placeholder (placeholders in the configuration).` };
        continue;
      }
      const used = containersOf(snapshot, probe).filter(({ type }) => type === 'main');
      const standIns = used.filter(
        (container) => idles(container) || !isNamedAfter(container.name, snapshot.workload.ref.name, probe.text),
      );
      if (used.length > 0 && standIns.length === 0) {
        yield { note: `${imageName(probe)} is listed as a placeholder, but the workload is named after it.` };
      }
      const [first] = standIns;
      if (first === undefined) continue;
      yield standInFor(probe, [first, ...standIns.slice(1)]);
    }
  },
});

function standInFor(probe: ImageProbe, standIns: readonly [Container, ...Container[]]): Draft {
  const idling = standIns.find(idles);
  return {
    status: 'warn',
    cause: 'placeholder_image',
    confidence: idling === undefined ? 'possible' : 'likely',
    title: `${imageName(probe)} is a placeholder image (${containersText(standIns.map(({ name }) => name))})`,
    containers: standIns.map(({ name }) => name),
    images: [probe.text],
    evidence: [
      {
        source: 'spec',
        subject: containersText(standIns.map(({ name }) => name)),
        observed: `image: ${probe.text}`,
      },
      {
        source: 'spec',
        subject: 'configuration',
        observed: `placeholders lists ${cut(probe.placeholder ?? '', 120)}`,
      },
      ...(idling === undefined
        ? []
        : [
            {
              source: 'spec' as const,
              subject: `container ${idling.name}`,
              observed: `command: ${cut([...idling.command, ...idling.args].join(' '), 160)}`,
            },
          ]),
    ],
    conclusion: 'A placeholder stands where your application should run.',
    next: 'Build and publish the real image, then set it and restore its health checks.',
    prevent: { sentence: 'Mark placeholders with a label and an end date so they are found before production.' },
  };
}

function idles({ command, args }: Container): boolean {
  return idlingIn([...command, ...args]).length > 0;
}

/** `web-nginx` with `nginx:alpine` is intended; `operate-ui` with it is not. */
function isNamedAfter(container: string, workload: string, image: string): boolean {
  const name = /([^/:@]+)(?:[:@][^/]*)?$/.exec(image)?.[1] ?? image;
  return container.includes(name) || workload.includes(name);
}
