import { liveButtons } from './buttons.js';
import { drawModal, drawParts } from './modal.js';
import { offerNamespaces, watchNamespace } from './pods.js';
import { $, api, element, notice, state } from './shared.js';

const clock = (ts) => new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });

/** One message; its blocks arrive as HTML from the server's renderer. */
function drawMessage(message, inThread) {
  const bot = message.bot !== undefined;
  const body = element('div', { className: 'body', innerHTML: message.html });
  liveButtons(body, message.buttons, { messageTs: message.ts });
  const openThread =
    inThread || message.ephemeral
      ? undefined
      : element('button', {
          className: 'replies',
          type: 'button',
          textContent:
            message.replies === 0 ? 'Reply' : `${message.replies} ${message.replies === 1 ? 'reply' : 'replies'}`,
          onclick: () => show({ thread: message.ts }),
        });
  const explain = element('button', {
    type: 'button',
    textContent: 'Explain this error',
    onclick: () =>
      api('POST', '/api/shortcut', { as: state.person, messageTs: message.ts, callbackId: message.explainId }),
  });
  const who = element(
    'div',
    { className: 'who' },
    message.name,
    bot ? element('span', { className: 'app', textContent: 'APP' }) : '',
  );
  who.append(element('time', { textContent: clock(message.ts) }));
  const item = element(
    'li',
    { className: `message${bot ? ' bot' : ''}${message.ephemeral ? ' ephemeral' : ''}` },
    element('div', { className: 'avatar', textContent: bot ? '⎈' : message.name[0].toUpperCase() }),
    element(
      'div',
      {},
      element('div', { className: 'tools' }, message.ephemeral ? '' : explain),
      message.ephemeral ? element('div', { className: 'only-you', textContent: 'Only visible to you' }) : '',
      who,
      body,
      openThread,
    ),
  );
  item.dataset.ts = message.ts;
  return item;
}

function fill(list, messages, inThread) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const signature = JSON.stringify(messages);
  if (list.dataset.signature === signature) return;
  list.dataset.signature = signature;
  list.replaceChildren(...messages.map((message) => drawMessage(message, inThread)));
  if (messages.length === 0)
    list.append(
      element('li', {
        className: 'empty',
        textContent: 'Nothing here yet. Choose a story on the left, or type /imagecheck help.',
      }),
    );
  // Scrolls to the beginning of a report, even if it is longer than the pane.
  if (inThread) list.lastElementChild?.scrollIntoView({ block: 'start' });
  else if (atEnd) list.scrollTop = list.scrollHeight;
}

async function refresh() {
  const query = new URLSearchParams({
    as: state.person,
    channel: state.channel,
    ...(state.thread === undefined ? {} : { thread: state.thread }),
  });
  const page = await api('GET', `/page/state?${query}`);
  state.person = page.person;
  fillOptions(page);
  $('title').textContent = `# ${page.channel.name}`;
  $('topic').textContent = page.channel.hasBot ? '' : 'imagecheck is not in this channel';
  fill($('messages'), page.messages, false);
  $('thread').hidden = page.replies === undefined;
  if (page.replies !== undefined) fill($('replies'), page.replies, true);
  drawModal(page.views.at(-1));
  drawHome(page.home);
  offerNamespaces(page.stories);
}

/** The app's Home tab for the current person: the app publishes one for each person. */
function drawHome(view) {
  $('home').hidden = !state.home;
  $('messages').hidden = $('composer').hidden = state.home;
  if (!state.home) return;
  $('title').textContent = 'imagecheck';
  $('topic').textContent = 'Home';
  const signature = `${state.person} ${view?.hash ?? ''}`;
  if ($('home').dataset.signature === signature) return;
  $('home').dataset.signature = signature;
  const nothing = element('p', { className: 'empty', textContent: 'imagecheck has published nothing here yet.' });
  $('home').replaceChildren(...(view === undefined ? [nothing] : drawParts(view)));
}

async function openHome() {
  show({ home: true, thread: undefined });
  await api('POST', '/api/home', { as: state.person });
}

function fillOptions(page) {
  const people = $('person');
  if (people.options.length === 0)
    people.append(...page.people.map(({ name, realName }) => new Option(`${realName} (@${name})`, name)));
  people.value = state.person;
  $('channels').replaceChildren(
    element(
      'li',
      {},
      element('button', {
        type: 'button',
        textContent: '⌂ imagecheck · Home',
        ariaCurrent: String(state.home),
        onclick: () => void openHome(),
      }),
    ),
    ...page.channels.map(({ id, name, im }) =>
      element(
        'li',
        {},
        element('button', {
          type: 'button',
          textContent: im ? `✉ ${name}` : `# ${name}`,
          ariaCurrent: String(!state.home && id === page.channel.id),
          onclick: () => show({ channel: id, thread: undefined, home: false }),
        }),
      ),
    ),
  );
  const signature = JSON.stringify(page.stories);
  if ($('stories').dataset.signature === signature) return;
  const open = new Set([...$('stories').querySelectorAll('details[open]')].map(({ dataset }) => dataset.story));
  $('stories').dataset.signature = signature;
  const incidents = page.stories.filter(({ twinOf }) => twinOf === undefined);
  $('stories').replaceChildren(...incidents.map((story) => drawIncident(story, page.stories, open)));
}

/** An incident, followed by its lookalikes with a different cause. */
function drawIncident(story, stories, open) {
  const twins = stories.filter(({ twinOf }) => twinOf === story.id);
  if (twins.length === 0) return element('li', {}, drawStory(story));
  const count =
    twins.length === 1 ? 'Lookalike with a different cause' : `${twins.length} lookalikes with a different cause`;
  const details = element(
    'details',
    { open: open.has(story.id) },
    element('summary', { textContent: count }),
    ...twins.map(drawStory),
  );
  details.dataset.story = story.id;
  return element('li', {}, drawStory(story), details);
}

const stateTexts = { off: 'click to set up', starting: 'setting up…', stopping: 'taking down…', failed: 'failed' };

function drawStory(story) {
  const state = element('span', { className: `state ${story.state}`, textContent: stateTexts[story.state] ?? '' });
  return element(
    'button',
    { type: 'button', className: 'story', onclick: () => chooseStory(story) },
    state,
    element('b', { textContent: story.title }),
    element('span', { textContent: story.problem ?? story.summary }),
    element('code', { textContent: story.command }),
  );
}

async function chooseStory(story) {
  if (story.state !== 'ready') await api('POST', `/api/stories/${story.id}`);
  if (state.home) show({ home: false });
  watchNamespace(story.namespaces[0]);
  $('text').value = story.command;
  $('text').focus();
}

function show(change) {
  Object.assign(state, change);
  void refresh();
}

async function send(event, input, thread) {
  event.preventDefault();
  const text = input.value.trim();
  if (text === '') return;
  input.value = '';
  try {
    await api('POST', '/api/act', {
      as: state.person,
      channel: state.channel,
      text,
      ...(thread === undefined ? {} : { thread }),
    });
  } catch {
    input.value = text;
  }
}

$('person').addEventListener('change', (event) => {
  show({ person: event.target.value });
  if (state.home) void openHome();
});
$('composer').addEventListener('submit', (event) => void send(event, $('text'), undefined));
$('reply').addEventListener('submit', (event) => void send(event, $('reply-text'), state.thread));
$('close-thread').addEventListener('click', () => show({ thread: undefined }));
$('modal').addEventListener('cancel', () => {
  const open = $('modal').dataset.view;
  if (open !== undefined) void api('POST', '/api/view/close', { viewId: open });
});
for (const [input, form] of [
  ['text', 'composer'],
  ['reply-text', 'reply'],
]) {
  $(input).addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      $(form).requestSubmit();
    }
  });
}

/** The server reports changes; a burst of changes causes one refresh. */
let pending = false;
const changes = new EventSource('/page/changes');
changes.addEventListener('error', () =>
  notice('The sandbox isn’t responding: it was stopped. See the terminal.', true),
);
changes.addEventListener('open', () => {
  $('notice').hidden = true;
});
changes.addEventListener('message', () => {
  if (pending) return;
  pending = true;
  setTimeout(() => {
    pending = false;
    void refresh();
  }, 50);
});
await refresh();
