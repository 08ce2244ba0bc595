// Annotations in a changed object's metadata: the cluster itself shows what was done
// (docs/architecture.md#one-execution).

/** Id of the approval that changed the object last. */
export const lastApprovalKey = 'imagecheck.dev/last-approval';
/** `ID@TIME,…`: approvals before that one, and when each was replaced. */
export const earlierApprovalsKey = 'imagecheck.dev/earlier-approvals';
/** Which operations of the last approval were done: one plan may set two entries of one Secret. */
export const lastOperationsKey = 'imagecheck.dev/last-operations';
/** Digest of the last approval's intent: an approval is continued only with the plan that it was begun with. */
export const lastPlanKey = 'imagecheck.dev/last-plan';
