export const $ = (id) => document.getElementById(id);
export const state = { person: 'ana', channel: 'incidents', thread: undefined, home: false };

export async function api(method, path, body) {
  const response = await fetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) {
    const sentence = [answer.error, answer.remedy].filter(Boolean).join(' ');
    notice(sentence);
    throw new Error(sentence);
  }
  return answer;
}

/** A notice on top of the page; it disappears after six seconds unless it `stays`. */
export function notice(text, stays = false) {
  const box = $('notice');
  box.textContent = text;
  box.hidden = false;
  clearTimeout(notice.timer);
  if (stays) return;
  notice.timer = setTimeout(() => {
    box.hidden = true;
  }, 6000);
}

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}
