import type { Stage } from './acting.ts';
import { eventEnvelope, personOf } from './places.ts';
import { describeView } from './web-api.ts';
import { directMessage, homeIdOf } from './workspace.ts';

/** Someone opens the app's Home tab; the app is notified and publishes its contents. */
export async function openHome({ workspace, delivery }: Stage, what: { readonly as: string }): Promise<void> {
  const person = personOf(workspace, what.as);
  const present = workspace.views.get(homeIdOf(person.id));
  const event = {
    type: 'app_home_opened',
    user: person.id,
    channel: directMessage(workspace, person.id).id,
    tab: 'home',
    event_ts: workspace.nextTs(),
    ...(present === undefined ? {} : { view: describeView(present, workspace) }),
  };
  await delivery.deliver('events_api', eventEnvelope(workspace, event));
}
