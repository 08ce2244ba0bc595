import { $, element } from './shared.js';

const everyMs = 700;
let namespaces = '';

/** Lists the namespaces of the stories that are set up. */
export function offerNamespaces(stories) {
  const found = stories.filter(({ state }) => state === 'ready').flatMap((story) => story.namespaces);
  if (namespaces === found.join()) return;
  namespaces = found.join();
  const select = $('pods-namespace');
  const { value } = select;
  select.replaceChildren(...found.map((name) => new Option(name, name)));
  if (found.includes(value)) select.value = value;
}

/** Selects the namespace of a story when someone opens it. */
export function watchNamespace(name) {
  if (name !== undefined) $('pods-namespace').value = name;
}

async function look() {
  const namespace = $('pods-namespace').value;
  if (!$('pods').open || namespace === '' || document.hidden) return;
  const response = await fetch(`/api/pods/${encodeURIComponent(namespace)}`).catch(() => undefined);
  if (response?.ok !== true) return;
  const { workloads } = await response.json();
  const signature = JSON.stringify(workloads);
  const table = $('pods-table');
  if (table.dataset.signature === signature) return;
  table.dataset.signature = signature;
  table.replaceChildren(...workloads.flatMap(drawWorkload));
}

function drawWorkload({ workload, pods }) {
  const heading = element('th', { colSpan: 4, scope: 'rowgroup', textContent: workload });
  return [element('tr', {}, heading), ...pods.map(drawPod)];
}

const calm = /^(Running|Succeeded|Completed)$/;
const moving = /^(Pending|ContainerCreating|PodInitializing|Terminating)/;

/** Without registry and owner, and with a short digest. */
const shortImage = (image) =>
  image
    .split('/')
    .at(-1)
    .replace(/@sha256:(\w{7})\w+/, '@sha256:$1…');

function drawPod({ name, status, ready, images }) {
  const mood = calm.test(status) ? 'calm' : moving.test(status) ? 'moving' : 'bad';
  const lines = images.map(({ image, digest }) =>
    element('div', { title: image }, element('code', { textContent: shortImage(image) }), ` ${digest}`),
  );
  return element(
    'tr',
    {},
    element('td', { textContent: name }),
    element('td', { className: mood, textContent: status }),
    element('td', { textContent: ready }),
    element('td', {}, ...lines),
  );
}

$('pods').addEventListener('toggle', () => void look());
$('pods-namespace').addEventListener('change', () => void look());
// Only Slack notifies the page of changes, the cluster doesn't.
setInterval(() => void look(), everyMs);
