import { type AuditDelivery, type AuditDeliveryDeps, startAuditDelivery } from '../flows/audit/deliver-audit.ts';
import { createAuditLines } from '../http/audit-lines.ts';
import { createAuditWebhook } from '../http/audit-webhook.ts';
import type { AuditSetting } from '../model/approval/approval-settings.ts';

/**
 * Starts delivering audit records to the configured sinks, and trimming what Redis keeps. Every long-running process
 * may do it: only one at a time delivers to each sink.
 */
export function deliverAuditTo(setting: AuditSetting, deps: AuditDeliveryDeps): AuditDelivery {
  return startAuditDelivery(
    [
      ...(setting.stdout ? [createAuditLines(process.stdout)] : []),
      ...(setting.webhook === undefined ? [] : [createAuditWebhook(setting.webhook)]),
    ],
    deps,
  );
}
