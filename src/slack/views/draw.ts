import type { OutboxMessage } from '../../model/message.ts';
import type { Drawn } from '../blocks/blocks.ts';
import { drawAsk } from './ask.ts';
import type { Offering } from './offers.ts';
import { drawChoice, drawExplanation, drawInvitation, drawNotice } from './plain.ts';
import { drawPlan } from './plan.ts';
import { drawReport } from './report.ts';
import { drawResult } from './result.ts';

/** Blocks and fallback text of a message; whatever its view contains, the result is within Slack's limits. */
export function draw({ id, body }: Pick<OutboxMessage, 'id' | 'body'>, offering?: Offering): Drawn {
  switch (body.view) {
    case 'ask':
      return drawAsk(body);
    case 'report':
      return drawReport(body, id, offering);
    case 'choice':
      return drawChoice(body, id);
    case 'notice':
      return drawNotice(body);
    case 'explanation':
      return drawExplanation(body);
    case 'plan':
      return drawPlan(body.approval, body.progress);
    case 'result':
      return drawResult(body.approval);
    case 'invitation':
    default:
      return drawInvitation(body, id);
  }
}
