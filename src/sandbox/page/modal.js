import { $, api, element, state } from './shared.js';

/** Inputs of a modal are drawn here; everything else in it comes from the server's renderer. */
export function drawModal(view) {
  const dialog = $('modal');
  if (view === undefined) {
    dialog.close();
    dialog.replaceChildren();
    delete dialog.dataset.hash;
    delete dialog.dataset.view;
    return;
  }
  if (dialog.dataset.hash === view.hash) return;
  dialog.dataset.hash = view.hash;
  dialog.dataset.view = view.id;
  const form = element('form', { method: 'dialog', style: 'display:block;padding:0' });
  const body = element('div', { className: 'body' });
  view.parts.forEach((part) =>
    body.append(part.html === undefined ? drawInput(view, part.block) : element('div', { innerHTML: part.html })),
  );
  form.append(element('header', { textContent: view.title }), body, drawFooter(view));
  form.addEventListener('submit', (event) => submitModal(event, view));
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
}

function drawFooter(view) {
  const close = element('button', {
    type: 'button',
    textContent: view.close,
    onclick: () => api('POST', '/api/view/close', { viewId: view.id }),
  });
  return element(
    'footer',
    {},
    close,
    view.submit === undefined
      ? ''
      : element('button', { type: 'submit', className: 'primary', textContent: view.submit }),
  );
}

function drawInput(view, block) {
  const input = block.element ?? block.accessory ?? block.elements[0];
  const label = element('label', { className: 'field', textContent: block.label?.text ?? block.text?.text ?? '' });
  const field = drawField(view, input, block);
  field.dataset.block = block.block_id;
  field.dataset.action = input.action_id;
  field.dataset.type = input.type;
  label.append(field, element('span', { className: 'error' }));
  return label;
}

function drawField(view, input, block) {
  if (input.type === 'plain_text_input') {
    return element(input.multiline ? 'textarea' : 'input', {
      value: input.initial_value ?? '',
      placeholder: input.placeholder?.text ?? '',
    });
  }
  const select = element('select');
  const initial = input.initial_option;
  const put = (options) =>
    select.replaceChildren(
      new Option(input.placeholder?.text ?? 'Choose', ''),
      ...options.map(({ text, value }) => new Option(text.text, value)),
    );
  if (input.type === 'external_select') {
    put(initial === undefined ? [] : [initial]);
    api('POST', '/api/options', { as: state.person, viewId: view.id, actionId: input.action_id, value: '' })
      .then((answer) => {
        put(answer.options ?? (answer.option_groups ?? []).flatMap((group) => group.options));
        select.value = initial?.value ?? '';
      })
      .catch(() => undefined);
  } else put(input.options ?? []);
  select.value = initial?.value ?? '';
  if (block.dispatch_action === true || block.type !== 'input') {
    select.addEventListener('change', () =>
      api('POST', '/api/click', { as: state.person, viewId: view.id, actionId: input.action_id, value: select.value }),
    );
  }
  return select;
}

async function submitModal(event, view) {
  event.preventDefault();
  const values = {};
  for (const field of event.target.querySelectorAll('[data-action]')) {
    const chosen = field.selectedOptions?.[0];
    const value =
      field.dataset.type === 'plain_text_input'
        ? { type: field.dataset.type, value: field.value || null }
        : {
            type: field.dataset.type,
            selected_option:
              field.value === ''
                ? null
                : { text: { type: 'plain_text', text: chosen?.text ?? field.value }, value: field.value },
          };
    values[field.dataset.block] = { ...values[field.dataset.block], [field.dataset.action]: value };
  }
  const answer = await api('POST', '/api/view/submit', { as: state.person, viewId: view.id, values });
  for (const field of event.target.querySelectorAll('[data-action]')) {
    field.parentElement.querySelector('.error').textContent = answer.errors?.[field.dataset.block] ?? '';
  }
}
