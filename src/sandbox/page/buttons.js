import { $, api, element, state } from './shared.js';

/** Connects the buttons in a rendered block; `place` says where they are: in a message or a view. */
export function liveButtons(body, buttons, place) {
  const drawn = [...body.querySelectorAll('button.slack_blocks_to_jsx__button_element')];
  drawn.forEach((button, index) => {
    const { actionId, value, url, confirm } = buttons[index] ?? {};
    button.addEventListener('click', async () => {
      if (confirm !== undefined && !(await confirmed(confirm))) return;
      if (url !== undefined) window.open(url, '_blank', 'noopener');
      button.disabled = true;
      await api('POST', '/api/click', {
        as: state.person,
        ...place,
        actionId,
        ...(value === undefined ? {} : { value }),
      }).catch(() => undefined);
      button.disabled = false;
    });
  });
  return body;
}

/** Asks in a separate dialog, on top of whatever is open. */
function confirmed({ title, text, confirm, deny, style }) {
  const dialog = $('confirm');
  const { promise, resolve } = Promise.withResolvers();
  const button = (label, className, answer) =>
    element('button', { type: 'button', className, textContent: label, onclick: () => end(answer) });
  const end = (answer) => {
    dialog.close();
    resolve(answer);
  };
  dialog.addEventListener('cancel', () => resolve(false), { once: true });
  dialog.replaceChildren(
    element('header', { textContent: title.text }),
    element('div', { className: 'body', textContent: text.text }),
    element(
      'footer',
      {},
      button(deny?.text ?? 'No', '', false),
      button(confirm?.text ?? 'Yes', style === 'danger' ? 'danger' : 'primary', true),
    ),
  );
  dialog.showModal();
  return promise;
}
