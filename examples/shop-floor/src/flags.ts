// Written by `sluice codegen ts` from the flag files. Change those and run it again.

export type BooleanFlag =
  /** Shows on which phones somebody is signed in and ends one of them. release flag, owned by team-accounts, expires 2026-12-15. */
  | "access.device-list"
  /** Lets a guest see one site for a week without an account. release flag, owned by team-accounts, expires 2027-01-05. */
  | "access.guest-links"
  /** Lets the people of a company sign in with the account of their office. permission flag, owned by team-accounts. */
  | "access.single-sign-on"
  /** Rounds amounts in currencies without cents as their banks do. release flag, owned by team-billing, expires 2027-01-19. */
  | "billing.currency-rounding"
  /** Writes a reminder when an invoice is a fortnight late. release flag, owned by team-billing, expires 2027-01-23. */
  | "billing.dunning-letters"
  /** Lets an accountant download the invoice list as CSV. release flag, owned by team-billing, expires 2026-12-18. */
  | "billing.invoice-export"
  /** Writes an invoice from the share of the work that is done. release flag, owned by team-billing, expires 2026-12-12. */
  | "billing.progress-invoices"
  /** Keeps account of the money that is held back until defects are mended. release flag, owned by team-billing, expires 2027-01-02. */
  | "billing.retention-ledger"
  /** Shows who is on leave beside the plan of the week. release flag, owned by team-billing, expires 2027-01-16. */
  | "crew.leave-calendar"
  /** Hands hours over to the payroll of the company every night. permission flag, owned by team-billing. */
  | "crew.payroll-link"
  /** Lets two people of a crew swap a shift; the foreman sees it and can say no. release flag, owned by team-billing, expires 2026-12-14. */
  | "crew.shift-swap"
  /** Shows for which machines somebody holds a licence and until when. release flag, owned by team-billing, expires 2026-12-21. */
  | "crew.skill-cards"
  /** Rounds hours to the quarter, as most payrolls ask for. release flag, owned by team-billing, expires 2027-01-08. */
  | "crew.timesheet-rounding"
  /** Counts the way between two sites as paid time where the law says so. release flag, owned by team-billing, expires 2027-01-10. */
  | "crew.travel-hours"
  /** Lets a foreman name somebody of the crew in an entry, who is then told about it. release flag, owned by team-site, expires 2026-12-11. */
  | "diary.crew-mentions"
  /** Brings back an entry that was being written when the phone ran out of power. release flag, owned by team-site, expires 2027-01-19. */
  | "diary.draft-recovery"
  /** Offers the entries that a site writes every day as templates to fill in. release flag, owned by team-site, expires 2027-01-15. */
  | "diary.entry-templates"
  /** Whether a hint at the first entry makes new crews write a second one. experiment flag, owned by team-site, expires 2026-12-24. */
  | "diary.first-entry-hint"
  /** Puts the photos of the day on the floor plan, where they were taken. release flag, owned by team-site, expires 2027-01-31. */
  | "diary.photo-pins"
  /** Shows subcontractors the entries of their own trade and nothing else. release flag, owned by team-site, expires 2027-01-09. */
  | "diary.subcontractor-view"
  /** Shows the tides beside the weather for sites that stand in the water. release flag, owned by team-site, expires 2027-01-18. */
  | "diary.tide-times"
  /** Lets people on site speak a diary entry and plays it back beside the text. Needs photo pins, which share its storage. release flag, owned by team-site, expires 2026-12-31. */
  | "diary.voice-notes"
  /** Shows today's weather above the diary, with a warning when wind stops the crane. release flag, owned by team-site, expires 2026-12-31. */
  | "diary.weather-strip"
  /** Holds messages back from the evening until the morning of the site. release flag, owned by team-accounts, expires 2027-01-01. */
  | "notify.quiet-hours"
  /** Sends text messages; off keeps them in the app while the provider is down. ops flag, owned by team-accounts. */
  | "notify.text-messages"
  /** Lets a company bring the models of its own architects. permission flag, owned by team-site. */
  | "plans.external-models"
  /** Shows only the layers of the trade that somebody belongs to. release flag, owned by team-site, expires 2027-01-14. */
  | "plans.layer-filter"
  /** Measures lengths and areas on a drawing with a finger. release flag, owned by team-site, expires 2026-12-19. */
  | "plans.measure-tool"
  /** Keeps the drawings of a site on the phone, where there is no network. release flag, owned by team-site, expires 2026-12-31. */
  | "plans.offline-plans"
  /** Prints the approval and its date on every sheet of a drawing. release flag, owned by team-site, expires 2027-01-22. */
  | "plans.print-stamps"
  /** Lays two revisions of a drawing over each other and colours what changed. release flag, owned by team-site, expires 2027-01-07. */
  | "plans.revision-compare"
  /** Serves drawings from the cache near the site; off asks the origin each time. ops flag, owned by team-site. */
  | "plans.tile-cache"
  /** Estimates what a site will cost at its end from what it has cost so far. release flag, owned by team-platform, expires 2027-01-17. */
  | "reports.cost-forecast"
  /** Prints the logo of the company on its reports instead of ours. permission flag, owned by team-platform. */
  | "reports.custom-logo"
  /** Puts the day together as a report, in the background, and says on the board when it was made. release flag, owned by team-platform, expires 2026-12-20. */
  | "reports.daily-report"
  /** Renders reports as PDF; off leaves them as pages while the renderers are overloaded. ops flag, owned by team-platform. */
  | "reports.pdf-rendering"
  /** Adds the photos of the day to the printed report. release flag, owned by team-platform, expires 2027-01-08. */
  | "reports.photo-appendix"
  /** Sends the week of a site to its office as one mail on Friday. release flag, owned by team-platform, expires 2027-01-15. */
  | "reports.weekly-digest"
  /** Reports in three taps what nearly went wrong, without a name if wished. release flag, owned by team-safety, expires 2027-01-03. */
  | "safety.near-miss-form"
  /** Asks for a signed permit before hot work begins. release flag, owned by team-safety, expires 2027-01-15. */
  | "safety.permit-to-work"
  /** Keeps the list of safety talks with the signatures of those who heard them. release flag, owned by team-safety, expires 2027-01-22. */
  | "safety.toolbox-talks"
  /** Books the crane by the hour, with a warning when two trades want it. release flag, owned by team-site, expires 2027-01-04. */
  | "site.crane-bookings"
  /** Lets suppliers choose a time at the gate, so that lorries do not queue on the street. release flag, owned by team-site, expires 2027-01-26. */
  | "site.delivery-slots"
  /** Writes down who came through the gate and when, from the cards at the turnstile. release flag, owned by team-site, expires 2027-01-02. */
  | "site.gate-log"
  /** Puts the papers of a finished building together for its owner. release flag, owned by team-site, expires 2027-01-16. */
  | "site.handover-pack"
  /** Collects what is still to be mended before a building is handed over. release flag, owned by team-site, expires 2026-12-24. */
  | "site.snag-list"
  /** Uploads photos in the background; off while the object store is slow. ops flag, owned by team-platform. */
  | "sync.background-upload"
  /** Says in a sentence what became of an edit that two people made offline. release flag, owned by team-platform, expires 2027-01-12. */
  | "sync.conflict-notes"
  /** Sends only the part of a drawing that changed, which saves most of the upload. release flag, owned by team-platform, expires 2027-01-13. */
  | "sync.delta-upload"
  /** Shows a canary's test device the green lamp; it is switched off in every drill of a kill. release flag, owned by team-platform, expires 2027-01-17. */
  | "sync.fire-drill"
  /** Reminds the yard when a machine is due for its inspection. release flag, owned by team-safety, expires 2027-01-08. */
  | "tools.service-reminders"
  /** Finds a machine by the tag that is glued to it. release flag, owned by team-safety, expires 2026-12-26. */
  | "tools.tag-scanner";

export type StringFlag =
  /** Which layout of the invitation is accepted more often by subcontractors. experiment flag, owned by team-accounts, expires 2026-12-31. */
  | "access.invite-layout"
  /** How often payments are read from the bank; a kill stops it while the bank repairs its side. ops flag, owned by team-billing. */
  | "billing.bank-feed"
  /** Whether a due date in words is paid earlier than one in figures. experiment flag, owned by team-billing, expires 2026-12-28. */
  | "billing.due-date-wording"
  /** Which headline opens the diary: the plain one, what is going on, or the day in numbers. experiment flag, owned by team-site, expires 2026-12-20. */
  | "diary.headline";

export type NumberFlag =
  /** Whether a digest at six in the morning is read more often than one at noon, by the clock of the site. experiment flag, owned by team-accounts, expires 2026-12-22. */
  | "notify.digest-hour"
  /** Whether larger thumbnails, in pixels, let people find a drawing with fewer taps. experiment flag, owned by team-site, expires 2026-12-18. */
  | "plans.thumbnail-size"
  /** How many companies the report worker serves in one round. Lower it when the database is busy; a kill stops the reports. ops flag, owned by team-platform. */
  | "reports.batch-size";

export type ObjectFlag =
  /** Opens the building model of an architect in the browser, up to a size. release flag, owned by team-site, expires 2027-01-11. */
  | "plans.model-viewer"
  /** How large photos are sent. Smaller ones while lines are busy; a kill leaves thumbnails. ops flag, owned by team-platform. */
  | "sync.photo-quality";

declare global {
  /** Clients, hooks and components of Sluice in this program ask for these flags and no others. */
  interface SluiceFlagTypes {
    "access.device-list": boolean;
    "access.guest-links": boolean;
    "access.invite-layout": string;
    "access.single-sign-on": boolean;
    "billing.bank-feed": string;
    "billing.currency-rounding": boolean;
    "billing.due-date-wording": string;
    "billing.dunning-letters": boolean;
    "billing.invoice-export": boolean;
    "billing.progress-invoices": boolean;
    "billing.retention-ledger": boolean;
    "crew.leave-calendar": boolean;
    "crew.payroll-link": boolean;
    "crew.shift-swap": boolean;
    "crew.skill-cards": boolean;
    "crew.timesheet-rounding": boolean;
    "crew.travel-hours": boolean;
    "diary.crew-mentions": boolean;
    "diary.draft-recovery": boolean;
    "diary.entry-templates": boolean;
    "diary.first-entry-hint": boolean;
    "diary.headline": string;
    "diary.photo-pins": boolean;
    "diary.subcontractor-view": boolean;
    "diary.tide-times": boolean;
    "diary.voice-notes": boolean;
    "diary.weather-strip": boolean;
    "notify.digest-hour": number;
    "notify.quiet-hours": boolean;
    "notify.text-messages": boolean;
    "plans.external-models": boolean;
    "plans.layer-filter": boolean;
    "plans.measure-tool": boolean;
    "plans.model-viewer": object;
    "plans.offline-plans": boolean;
    "plans.print-stamps": boolean;
    "plans.revision-compare": boolean;
    "plans.thumbnail-size": number;
    "plans.tile-cache": boolean;
    "reports.batch-size": number;
    "reports.cost-forecast": boolean;
    "reports.custom-logo": boolean;
    "reports.daily-report": boolean;
    "reports.pdf-rendering": boolean;
    "reports.photo-appendix": boolean;
    "reports.weekly-digest": boolean;
    "safety.near-miss-form": boolean;
    "safety.permit-to-work": boolean;
    "safety.toolbox-talks": boolean;
    "site.crane-bookings": boolean;
    "site.delivery-slots": boolean;
    "site.gate-log": boolean;
    "site.handover-pack": boolean;
    "site.snag-list": boolean;
    "sync.background-upload": boolean;
    "sync.conflict-notes": boolean;
    "sync.delta-upload": boolean;
    "sync.fire-drill": boolean;
    "sync.photo-quality": object;
    "tools.service-reminders": boolean;
    "tools.tag-scanner": boolean;
  }
}

/** What an answer may depend on: `targetingKey` is the user. */
export type Context = Readonly<Record<string, unknown>>;

/** A client's questions, about flags that there are. */
export interface TypedFlags {
  getBoolean(key: BooleanFlag, fallback: boolean, context?: Context): boolean;
  getString(key: StringFlag, fallback: string, context?: Context): string;
  getNumber(key: NumberFlag, fallback: number, context?: Context): number;
  getObject(key: ObjectFlag, fallback: unknown, context?: Context): unknown;
}

/** A client as applications make it. */
export interface UntypedFlags {
  getBoolean(key: string, fallback: boolean, context?: Context): boolean;
  getString(key: string, fallback: string, context?: Context): string;
  getNumber(key: string, fallback: number, context?: Context): number;
  getObject(key: string, fallback: never, context?: Context): unknown;
}

/** The same client; a key that no flag has does not compile. */
export function typed(client: UntypedFlags): TypedFlags {
  return client as TypedFlags;
}

/** Shows on which phones somebody is signed in and ends one of them. release flag, owned by team-accounts, expires 2026-12-15. */
export const ACCESS_DEVICE_LIST = "access.device-list";

/** Lets a guest see one site for a week without an account. release flag, owned by team-accounts, expires 2027-01-05. */
export const ACCESS_GUEST_LINKS = "access.guest-links";

/** Which layout of the invitation is accepted more often by subcontractors. experiment flag, owned by team-accounts, expires 2026-12-31. */
export const ACCESS_INVITE_LAYOUT = "access.invite-layout";

/** Lets the people of a company sign in with the account of their office. permission flag, owned by team-accounts. */
export const ACCESS_SINGLE_SIGN_ON = "access.single-sign-on";

/** How often payments are read from the bank; a kill stops it while the bank repairs its side. ops flag, owned by team-billing. */
export const BILLING_BANK_FEED = "billing.bank-feed";

/** Rounds amounts in currencies without cents as their banks do. release flag, owned by team-billing, expires 2027-01-19. */
export const BILLING_CURRENCY_ROUNDING = "billing.currency-rounding";

/** Whether a due date in words is paid earlier than one in figures. experiment flag, owned by team-billing, expires 2026-12-28. */
export const BILLING_DUE_DATE_WORDING = "billing.due-date-wording";

/** Writes a reminder when an invoice is a fortnight late. release flag, owned by team-billing, expires 2027-01-23. */
export const BILLING_DUNNING_LETTERS = "billing.dunning-letters";

/** Lets an accountant download the invoice list as CSV. release flag, owned by team-billing, expires 2026-12-18. */
export const BILLING_INVOICE_EXPORT = "billing.invoice-export";

/** Writes an invoice from the share of the work that is done. release flag, owned by team-billing, expires 2026-12-12. */
export const BILLING_PROGRESS_INVOICES = "billing.progress-invoices";

/** Keeps account of the money that is held back until defects are mended. release flag, owned by team-billing, expires 2027-01-02. */
export const BILLING_RETENTION_LEDGER = "billing.retention-ledger";

/** Shows who is on leave beside the plan of the week. release flag, owned by team-billing, expires 2027-01-16. */
export const CREW_LEAVE_CALENDAR = "crew.leave-calendar";

/** Hands hours over to the payroll of the company every night. permission flag, owned by team-billing. */
export const CREW_PAYROLL_LINK = "crew.payroll-link";

/** Lets two people of a crew swap a shift; the foreman sees it and can say no. release flag, owned by team-billing, expires 2026-12-14. */
export const CREW_SHIFT_SWAP = "crew.shift-swap";

/** Shows for which machines somebody holds a licence and until when. release flag, owned by team-billing, expires 2026-12-21. */
export const CREW_SKILL_CARDS = "crew.skill-cards";

/** Rounds hours to the quarter, as most payrolls ask for. release flag, owned by team-billing, expires 2027-01-08. */
export const CREW_TIMESHEET_ROUNDING = "crew.timesheet-rounding";

/** Counts the way between two sites as paid time where the law says so. release flag, owned by team-billing, expires 2027-01-10. */
export const CREW_TRAVEL_HOURS = "crew.travel-hours";

/** Lets a foreman name somebody of the crew in an entry, who is then told about it. release flag, owned by team-site, expires 2026-12-11. */
export const DIARY_CREW_MENTIONS = "diary.crew-mentions";

/** Brings back an entry that was being written when the phone ran out of power. release flag, owned by team-site, expires 2027-01-19. */
export const DIARY_DRAFT_RECOVERY = "diary.draft-recovery";

/** Offers the entries that a site writes every day as templates to fill in. release flag, owned by team-site, expires 2027-01-15. */
export const DIARY_ENTRY_TEMPLATES = "diary.entry-templates";

/** Whether a hint at the first entry makes new crews write a second one. experiment flag, owned by team-site, expires 2026-12-24. */
export const DIARY_FIRST_ENTRY_HINT = "diary.first-entry-hint";

/** Which headline opens the diary: the plain one, what is going on, or the day in numbers. experiment flag, owned by team-site, expires 2026-12-20. */
export const DIARY_HEADLINE = "diary.headline";

/** Puts the photos of the day on the floor plan, where they were taken. release flag, owned by team-site, expires 2027-01-31. */
export const DIARY_PHOTO_PINS = "diary.photo-pins";

/** Shows subcontractors the entries of their own trade and nothing else. release flag, owned by team-site, expires 2027-01-09. */
export const DIARY_SUBCONTRACTOR_VIEW = "diary.subcontractor-view";

/** Shows the tides beside the weather for sites that stand in the water. release flag, owned by team-site, expires 2027-01-18. */
export const DIARY_TIDE_TIMES = "diary.tide-times";

/** Lets people on site speak a diary entry and plays it back beside the text. Needs photo pins, which share its storage. release flag, owned by team-site, expires 2026-12-31. */
export const DIARY_VOICE_NOTES = "diary.voice-notes";

/** Shows today's weather above the diary, with a warning when wind stops the crane. release flag, owned by team-site, expires 2026-12-31. */
export const DIARY_WEATHER_STRIP = "diary.weather-strip";

/** Whether a digest at six in the morning is read more often than one at noon, by the clock of the site. experiment flag, owned by team-accounts, expires 2026-12-22. */
export const NOTIFY_DIGEST_HOUR = "notify.digest-hour";

/** Holds messages back from the evening until the morning of the site. release flag, owned by team-accounts, expires 2027-01-01. */
export const NOTIFY_QUIET_HOURS = "notify.quiet-hours";

/** Sends text messages; off keeps them in the app while the provider is down. ops flag, owned by team-accounts. */
export const NOTIFY_TEXT_MESSAGES = "notify.text-messages";

/** Lets a company bring the models of its own architects. permission flag, owned by team-site. */
export const PLANS_EXTERNAL_MODELS = "plans.external-models";

/** Shows only the layers of the trade that somebody belongs to. release flag, owned by team-site, expires 2027-01-14. */
export const PLANS_LAYER_FILTER = "plans.layer-filter";

/** Measures lengths and areas on a drawing with a finger. release flag, owned by team-site, expires 2026-12-19. */
export const PLANS_MEASURE_TOOL = "plans.measure-tool";

/** Opens the building model of an architect in the browser, up to a size. release flag, owned by team-site, expires 2027-01-11. */
export const PLANS_MODEL_VIEWER = "plans.model-viewer";

/** Keeps the drawings of a site on the phone, where there is no network. release flag, owned by team-site, expires 2026-12-31. */
export const PLANS_OFFLINE_PLANS = "plans.offline-plans";

/** Prints the approval and its date on every sheet of a drawing. release flag, owned by team-site, expires 2027-01-22. */
export const PLANS_PRINT_STAMPS = "plans.print-stamps";

/** Lays two revisions of a drawing over each other and colours what changed. release flag, owned by team-site, expires 2027-01-07. */
export const PLANS_REVISION_COMPARE = "plans.revision-compare";

/** Whether larger thumbnails, in pixels, let people find a drawing with fewer taps. experiment flag, owned by team-site, expires 2026-12-18. */
export const PLANS_THUMBNAIL_SIZE = "plans.thumbnail-size";

/** Serves drawings from the cache near the site; off asks the origin each time. ops flag, owned by team-site. */
export const PLANS_TILE_CACHE = "plans.tile-cache";

/** How many companies the report worker serves in one round. Lower it when the database is busy; a kill stops the reports. ops flag, owned by team-platform. */
export const REPORTS_BATCH_SIZE = "reports.batch-size";

/** Estimates what a site will cost at its end from what it has cost so far. release flag, owned by team-platform, expires 2027-01-17. */
export const REPORTS_COST_FORECAST = "reports.cost-forecast";

/** Prints the logo of the company on its reports instead of ours. permission flag, owned by team-platform. */
export const REPORTS_CUSTOM_LOGO = "reports.custom-logo";

/** Puts the day together as a report, in the background, and says on the board when it was made. release flag, owned by team-platform, expires 2026-12-20. */
export const REPORTS_DAILY_REPORT = "reports.daily-report";

/** Renders reports as PDF; off leaves them as pages while the renderers are overloaded. ops flag, owned by team-platform. */
export const REPORTS_PDF_RENDERING = "reports.pdf-rendering";

/** Adds the photos of the day to the printed report. release flag, owned by team-platform, expires 2027-01-08. */
export const REPORTS_PHOTO_APPENDIX = "reports.photo-appendix";

/** Sends the week of a site to its office as one mail on Friday. release flag, owned by team-platform, expires 2027-01-15. */
export const REPORTS_WEEKLY_DIGEST = "reports.weekly-digest";

/** Reports in three taps what nearly went wrong, without a name if wished. release flag, owned by team-safety, expires 2027-01-03. */
export const SAFETY_NEAR_MISS_FORM = "safety.near-miss-form";

/** Asks for a signed permit before hot work begins. release flag, owned by team-safety, expires 2027-01-15. */
export const SAFETY_PERMIT_TO_WORK = "safety.permit-to-work";

/** Keeps the list of safety talks with the signatures of those who heard them. release flag, owned by team-safety, expires 2027-01-22. */
export const SAFETY_TOOLBOX_TALKS = "safety.toolbox-talks";

/** Books the crane by the hour, with a warning when two trades want it. release flag, owned by team-site, expires 2027-01-04. */
export const SITE_CRANE_BOOKINGS = "site.crane-bookings";

/** Lets suppliers choose a time at the gate, so that lorries do not queue on the street. release flag, owned by team-site, expires 2027-01-26. */
export const SITE_DELIVERY_SLOTS = "site.delivery-slots";

/** Writes down who came through the gate and when, from the cards at the turnstile. release flag, owned by team-site, expires 2027-01-02. */
export const SITE_GATE_LOG = "site.gate-log";

/** Puts the papers of a finished building together for its owner. release flag, owned by team-site, expires 2027-01-16. */
export const SITE_HANDOVER_PACK = "site.handover-pack";

/** Collects what is still to be mended before a building is handed over. release flag, owned by team-site, expires 2026-12-24. */
export const SITE_SNAG_LIST = "site.snag-list";

/** Uploads photos in the background; off while the object store is slow. ops flag, owned by team-platform. */
export const SYNC_BACKGROUND_UPLOAD = "sync.background-upload";

/** Says in a sentence what became of an edit that two people made offline. release flag, owned by team-platform, expires 2027-01-12. */
export const SYNC_CONFLICT_NOTES = "sync.conflict-notes";

/** Sends only the part of a drawing that changed, which saves most of the upload. release flag, owned by team-platform, expires 2027-01-13. */
export const SYNC_DELTA_UPLOAD = "sync.delta-upload";

/** Shows a canary's test device the green lamp; it is switched off in every drill of a kill. release flag, owned by team-platform, expires 2027-01-17. */
export const SYNC_FIRE_DRILL = "sync.fire-drill";

/** How large photos are sent. Smaller ones while lines are busy; a kill leaves thumbnails. ops flag, owned by team-platform. */
export const SYNC_PHOTO_QUALITY = "sync.photo-quality";

/** Reminds the yard when a machine is due for its inspection. release flag, owned by team-safety, expires 2027-01-08. */
export const TOOLS_SERVICE_REMINDERS = "tools.service-reminders";

/** Finds a machine by the tag that is glued to it. release flag, owned by team-safety, expires 2026-12-26. */
export const TOOLS_TAG_SCANNER = "tools.tag-scanner";
