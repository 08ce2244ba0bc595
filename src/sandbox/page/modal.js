import { liveButtons } from './buttons.js';
import { $, api, element, state } from './shared.js';

/** Draws the inputs of a modal; everything else in it comes from the server's renderer. */
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
  const body = element('div', { className: 'body' }, ...drawParts(view));
  form.append(element('header', { textContent: view.title }), body, drawFooter(view));
  form.addEventListener('submit', (event) => submitModal(event, view));
  dialog.replaceChildren(form);
  if (!dialog.open) dialog.showModal();
}

/** The blocks of a view: the page's own fields, and everything else as rendered by the server. */
export function drawParts(view) {
  return view.parts.map((part) =>
    part.html === undefined
      ? drawInput(view, part.block)
      : liveButtons(element('div', { innerHTML: part.html }), part.buttons, { viewId: view.id }),
  );
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
  const isGroup = input.type === 'checkboxes' || input.type === 'radio_buttons';
  const title = block.label?.text ?? block.text?.text ?? '';
  const label = element(isGroup ? 'fieldset' : 'label', { className: 'field' });
  label.append(element(isGroup ? 'legend' : 'span', { textContent: title }));
  if (block.optional === true) label.append(element('small', { textContent: ' (optional)' }));
  const field = drawField(view, input, block);
  field.dataset.block = block.block_id;
  field.dataset.action = input.action_id;
  field.dataset.type = input.type;
  label.append(field);
  if (block.hint !== undefined) label.append(element('span', { className: 'hint', textContent: block.hint.text }));
  label.append(element('span', { className: 'error' }));
  return label;
}

const isMany = (type) => type === 'checkboxes' || type.startsWith('multi_');

function drawField(view, input, block) {
  const dispatches = block.dispatch_action === true || block.type !== 'input';
  const chosen = (value) =>
    api('POST', '/api/click', { as: state.person, viewId: view.id, actionId: input.action_id, value });
  if (input.type === 'plain_text_input') {
    return element(input.multiline ? 'textarea' : 'input', {
      value: input.initial_value ?? '',
      placeholder: input.placeholder?.text ?? '',
      ...(dispatches ? { onchange: (event) => chosen(event.target.value) } : {}),
    });
  }
  if (input.type === 'checkboxes' || input.type === 'radio_buttons') return drawTicks(input, dispatches, chosen);
  const select = element('select', { multiple: isMany(input.type) });
  const initial = input.initial_options ?? (input.initial_option === undefined ? [] : [input.initial_option]);
  fillSelect(select, view, input, initial);
  if (dispatches) select.addEventListener('change', () => chosen(valuesOf(select).join(',')));
  return select;
}

function fillSelect(select, view, input, initial) {
  const put = (options) => {
    const none = select.multiple ? [] : [new Option(input.placeholder?.text ?? 'Choose', '')];
    select.replaceChildren(...none, ...options.map(({ text, value }) => new Option(text.text, value)));
    const values = initial.map(({ value }) => value);
    for (const option of select.options) option.selected = values.includes(option.value);
    if (!select.multiple && values.length === 0) select.value = '';
  };
  put(input.options ?? (input.option_groups ?? []).flatMap((group) => group.options));
  if (!input.type.endsWith('external_select')) return;
  put(initial);
  api('POST', '/api/options', { as: state.person, viewId: view.id, actionId: input.action_id, value: '' })
    .then((answer) => put(answer.options ?? (answer.option_groups ?? []).flatMap((group) => group.options)))
    .catch(() => undefined);
}

/** Checkboxes and radio buttons, each with its own label. */
function drawTicks(input, dispatches, chosen) {
  const type = input.type === 'checkboxes' ? 'checkbox' : 'radio';
  const initial = [...(input.initial_options ?? []), input.initial_option].map((option) => option?.value);
  const ticks = input.options.map(({ text, value }) => {
    const tick = element('input', { type, name: input.action_id, value, checked: initial.includes(value) });
    return element('label', { className: 'tick' }, tick, text.text);
  });
  const group = element('div', { className: 'ticks' }, ...ticks);
  if (dispatches) group.addEventListener('change', () => chosen(valuesOf(group).join(',')));
  return group;
}

function chosenIn(field) {
  if (field.selectedOptions !== undefined) return [...field.selectedOptions].filter(({ value }) => value !== '');
  return [...field.querySelectorAll('input:checked')];
}

const valuesOf = (field) => chosenIn(field).map(({ value }) => value);

/** The value of a field, as in `view.state.values`. */
function held(field) {
  const { type } = field.dataset;
  if (type === 'plain_text_input') return { type, value: field.value || null };
  const options = chosenIn(field).map((option) => ({
    text: { type: 'plain_text', text: option.text ?? option.parentElement.textContent },
    value: option.value,
  }));
  return isMany(type) ? { type, selected_options: options } : { type, selected_option: options[0] ?? null };
}

async function submitModal(event, view) {
  event.preventDefault();
  const fields = [...event.target.querySelectorAll('[data-action]')];
  const values = {};
  for (const field of fields) {
    values[field.dataset.block] = { ...values[field.dataset.block], [field.dataset.action]: held(field) };
  }
  const answer = await api('POST', '/api/view/submit', { as: state.person, viewId: view.id, values });
  for (const field of fields) {
    const place = field.closest('.field').querySelector('.error');
    place.textContent = answer.errors?.[field.dataset.block] ?? '';
  }
}
