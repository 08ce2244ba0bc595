import type { Writable } from 'node:stream';
import type { AuditSink } from '../ports/audit.ts';

/** Writes audit records as lines `{"audit":RECORD}`; a batch is delivered once the stream has accepted it. */
export function createAuditLines(stream: Writable): AuditSink {
  return {
    name: 'stdout',
    send: (records) =>
      new Promise((resolve, reject) => {
        const lines = records.map((record) => `${JSON.stringify({ audit: record })}\n`).join('');
        stream.write(lines, (error) => (error instanceof Error ? reject(error) : resolve()));
      }),
  };
}
