import type { OutboxMessage } from '../../model/message.ts';
import type { Drawn } from '../blocks.ts';
import { drawAsk } from './ask.ts';
import { drawChoice, drawExplanation, drawInvitation, drawNotice } from './plain.ts';
import { drawReport } from './report.ts';

/** Blocks and fallback text of a message; whatever its view holds, the result is within Slack's limits. */
export function draw({ id, body }: Pick<OutboxMessage, 'id' | 'body'>): Drawn {
  switch (body.view) {
    case 'ask':
      return drawAsk(body);
    case 'report':
      return drawReport(body, id);
    case 'choice':
      return drawChoice(body, id);
    case 'notice':
      return drawNotice(body);
    case 'explanation':
      return drawExplanation(body);
    case 'invitation':
    default:
      return drawInvitation(body, id);
  }
}
