//! What the comparison says breaks somebody, and yet was accepted: each with the reason, which stands in docs/contract-changes.md.

/// What the description only says by now of what was always so, since the contract was written down; of each, how it always was.
pub(super) const TRUER: [(&str, &str); 27] = [
    ("`BatchRequest`: wants other members together now: else", TOGETHER),
    ("`BatchRequest`: wants other members together now: if", TOGETHER),
    ("`BatchRequest`: wants other members together now: then", TOGETHER),
    ("`CollectorRequest`: wants other members together now: else", PASSPORT),
    ("`CollectorRequest`: wants other members together now: if", PASSPORT),
    ("`CollectorRequest`: wants other members together now: then", PASSPORT),
    ("`GET /api/v1/audit query kind[]`: is one of some words now", OTHERS_REFUSED),
    ("`GET /api/v1/certificates query correction`: is one of some words now", OTHERS_REFUSED),
    ("`GET /api/v1/certificates query registration`: is one of some words now", OTHERS_REFUSED),
    ("`GET /api/v1/certificates query state[]`: is one of some words now", OTHERS_REFUSED),
    ("`GET /api/v1/certificates/imports query state`: is one of some words now", OTHERS_REFUSED),
    ("`GET /api/v1/exports/audit.csv query kind[]`: is one of some words now", OTHERS_REFUSED),
    ("`GET /api/v1/exports/audit.jsonl query kind[]`: is one of some words now", OTHERS_REFUSED),
    ("`HandOverRequest`: wants other members together now: not", TOGETHER),
    ("`MaterialCheckRequest`: wants other members together now: if", EXPLAINED),
    ("`MaterialCheckRequest`: wants other members together now: then", EXPLAINED),
    ("`MaterialRequest`: wants other members together now: if", EXPLAINED),
    ("`MaterialRequest`: wants other members together now: then", EXPLAINED),
    ("`OrganizationRequest`: wants other members together now: else", TOGETHER),
    ("`OrganizationRequest`: wants other members together now: if", TOGETHER),
    ("`PersonRequest`: wants other members together now: else", PASSPORT),
    ("`PersonRequest`: wants other members together now: if", PASSPORT),
    ("`PersonRequest`: wants other members together now: then", PASSPORT),
    ("`TokenRequest`: wants other members together now: dependentRequired", TOGETHER),
    ("`TokenRequest`: wants other members together now: not", TOGETHER),
    ("`WaiverRequest`: wants other members together now: else", TOGETHER),
    ("`WaiverRequest`: wants other members together now: if", TOGETHER),
];
const TOGETHER: &str = "whatever is otherwise was refused";
const OTHERS_REFUSED: &str = "others were refused";
const PASSPORT: &str = "a passport was refused without its country, and another document with one";
const EXPLAINED: &str = "the reason `other` was refused without a remark";
/// What breaks whoever relied on it, and was put right all the same, since nothing had been released; of each, why. To be emptied by the first release.
pub(super) const BEFORE_RELEASE: [(&str, &str); 28] = [
    ("`BatchRequest.assignee`: is gone", "`POST /api/v1/batches/assign` has it"),
    ("`BatchRequest.reason`: is gone", "the batches `release` and `assign` have it"),
    ("`CalendarView.years`: is gone", "every list has its rows as `items`"),
    ("`CertificateListView.next`: format is null now, not \"uuid\"", CURSOR),
    ("`GET /api/v1/certificates query after`: maxLength is 49 now, not null", CURSOR),
    (
        r#"`GET /api/v1/certificates query after`: pattern is "^certificates\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" now, not null"#,
        CURSOR,
    ),
    ("`GET /api/v1/certificates/imports query after`: maxLength is 44 now, not null", CURSOR),
    (
        r#"`GET /api/v1/certificates/imports query after`: pattern is "^imports\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" now, not null"#,
        CURSOR,
    ),
    ("`GET /api/v1/webhooks/{id}/attempts query after`: maxLength is 45 now, not null", CURSOR),
    (
        r#"`GET /api/v1/webhooks/{id}/attempts query after`: pattern is "^attempts\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" now, not null"#,
        CURSOR,
    ),
    ("`ImportListView.next`: format is null now, not \"uuid\"", CURSOR),
    ("`CertificateCorrectedEventView.data.reason`: may be null now", NOTED),
    ("`CertificateCorrectionDeclinedEventView.data.reason`: may be null now", NOTED),
    ("`CertificateLockReportWithdrawnEventView.data.reason`: may be null now", NOTED),
    ("`CertificateRegistrationRejectedEventView.data.reason`: may be null now", NOTED),
    ("`CertificateSuspensionWithdrawnEventView.data.reason`: may be null now", NOTED),
    ("`CorrectedCertificateEventView.data.reason`: may be null now", NOTED),
    ("`CorrectionDeclinedCertificateEventView.data.reason`: may be null now", NOTED),
    ("`Hold.reason`: may be null now", NOTED),
    ("`HoldLiftedEventView.data.reason`: may be null now", NOTED),
    ("`HoldView.reason`: may be null now", NOTED),
    ("`LockReportWithdrawnCertificateEventView.data.reason`: may be null now", NOTED),
    ("`PendingCorrection.reason`: may be null now", NOTED),
    ("`PendingCorrectionView.reason`: may be null now", NOTED),
    ("`RegistrationRejectedCertificateEventView.data.reason`: may be null now", NOTED),
    ("`Suspension.reason`: may be null now", NOTED),
    ("`SuspensionView.reason`: may be null now", NOTED),
    ("`SuspensionWithdrawnCertificateEventView.data.reason`: may be null now", NOTED),
];
const CURSOR: &str = "a text that only `after` of the same list takes";
const NOTED: &str = "what the hall notes for itself is no matter of other systems; the staff reads it as before";
