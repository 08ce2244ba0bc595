/**
 * Text as Slack's composer changes it when a person types it into a message: entities escaped, a mention of the bot
 * turned into its id, addresses and domain-like words turned into links.
 */
export function mangle(text: string, bot: { readonly name: string; readonly id: string }): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replaceAll(`@${bot.name}`, `<@${bot.id}>`).split(/(\s+)/).map(link).join('');
}

function link(word: string): string {
  if (word.startsWith('<')) return word;
  if (/^https?:\/\/\S+$/.test(word)) return `<${word}>`;
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(word)) return `<mailto:${word}|${word}>`;
  return /^([a-z0-9-]+\.)+(com|org|net|io|dev|app)$/i.test(word) ? `<http://${word}|${word}>` : word;
}
