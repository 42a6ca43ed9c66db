import { type ReactElement, useState } from "react";
import { to } from "../data/address.ts";
import type { EnvironmentListing, FlagListing, Me } from "../data/console-data.ts";
import { flagName } from "../data/flag-name.ts";
import type { DryRun, PlanDraft, ReleaseView, ApprovingRole, WaveContent } from "../data/release-data.ts";
import { conflictSentence, roleNames } from "../data/release-sentences.ts";
import { newCommand, Refused, send } from "../data/requests.ts";
import { useResource } from "../data/resource.ts";
import { editAction, whoMay } from "../data/role-words.ts";
import { useCustomers } from "../data/use-customers.ts";
import { fieldOf, startOf, usualWaves, withStart } from "../data/wave-starts.ts";
import { fromField, viewerZone, zoneName } from "../data/when.ts";
import { EarlyField } from "../parts/early-field.tsx";
import { useEnvironmentShown } from "../parts/environment-chip.tsx";
import { Icon } from "../parts/icon.tsx";
import { PlannedLines } from "../parts/planned-lines.tsx";
import { Forbidden, Shown } from "../parts/shown.tsx";
import { MomentInput } from "../parts/moment-input.tsx";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const roles: readonly ApprovingRole[] = ["engineer", "product", "marketing", "customerSuccess"];
const risks = [
  ["invisible", "Nobody will notice"],
  ["minor", "A small change"],
  ["visible", "People will see it"],
  ["workflowChanging", "It changes how people work"],
] as const;
const audiences = [
  ["internal", "Ourselves and tests"],
  ["early", "The early track"],
  ["standard", "The standard track"],
  ["late", "The late track"],
  ["tenth", "A tenth of the rest"],
  ["everybody", "Everybody who is left"],
] as const;
type AudienceWord = (typeof audiences)[number][0];

const audienceOf = (word: AudienceWord): WaveContent["audience"] => (word === "everybody" ? {} : word === "tenth" ? { share: 10_000 } : { tracks: [word] });
const wordOf = ({ tracks, share }: WaveContent["audience"]): AudienceWord => (share === undefined ? (tracks?.[0] ?? "everybody") : "tenth");

interface PlanProps {
  readonly id: string | undefined;
  readonly me: Me;
  readonly flags: readonly FlagListing[];
  readonly environments: readonly EnvironmentListing[];
}

/** Plans a new release, or changes the plan of one: nothing is decided before "Save". */
export function Plan({ id, me, flags, environments }: PlanProps): ReactElement {
  if (id === undefined) return <PlanForm flags={flags} environments={environments} />;
  return <EditPlan id={id} me={me} flags={flags} environments={environments} />;
}

function EditPlan({ id, me, flags, environments }: PlanProps & { readonly id: string }): ReactElement {
  const release = useResource<ReleaseView>(`/api/releases/${encodeURIComponent(id)}`, 0);
  return (
    <Shown resource={release} what="the plan">
      {(known) =>
        me.can[editAction(known)] === true ? (
          <PlanForm flags={flags} environments={environments} release={known} />
        ) : (
          <Forbidden
            what="how this plan is changed"
            problem={{ message: "It is planned, and a change of it changes when customers get it.", fix: `${whoMay(editAction(known))} may change it.` }}
          />
        )
      }
    </Shown>
  );
}

interface FormProps {
  readonly flags: readonly FlagListing[];
  readonly environments: readonly EnvironmentListing[];
  readonly release?: ReleaseView;
}

function PlanForm({ flags, environments, release }: FormProps): ReactElement {
  const [plan, setPlan] = useState<PlanDraft>(
    () =>
      release?.content ?? {
        title: "",
        environment: environments.find((one) => one.protected)?.key ?? "production",
        flags: [],
        risk: "visible",
        zone: viewerZone,
        waves: usualWaves(),
        approvals: ["product", "customerSuccess"],
      },
  );
  useEnvironmentShown(plan.environment);
  const [dry, setDry] = useState<DryRun>();
  const [problem, setProblem] = useState<Refused>();
  const [isBusy, setBusy] = useState(false);
  const change = (part: Partial<PlanDraft>): void => {
    setPlan((before) => ({ ...before, ...part }));
    setDry(undefined);
  };
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (error) {
      setProblem(error instanceof Refused ? error : new Refused(0, "unknown", String(error), "Try again."));
    } finally {
      setBusy(false);
    }
  };
  const tryIt = (): Promise<void> =>
    attempt(async () =>
      setDry(await send<DryRun>("POST", "/api/releases/dry-run", { content: plan, ...(release === undefined ? {} : { release: release.release }) })),
    );
  const save = (): Promise<void> =>
    attempt(async () => {
      const edit = release === undefined ? {} : { release: release.release, expectedHash: release.contentHash };
      const saved = await send<{ readonly release: string }>("POST", "/api/releases", { command: newCommand(), content: plan, ...edit });
      location.hash = to("release", { id: saved.release });
    });
  return (
    <>
      <p className="over">
        <a href={to("releases")}>Releases</a> / {release === undefined ? "a new one" : release.content.title}
      </p>
      <h1 className="headline">{release === undefined ? "Who gets what, and when?" : "Change the plan"}</h1>
      <form
        className="release"
        onSubmit={(event) => {
          event.preventDefault();
          void (dry === undefined ? tryIt() : save());
        }}
      >
        <div className="stack-wide">
          <section className="card pad stack" aria-label="What">
            <label className="field">
              What do customers get?
              <input
                value={plan.title}
                maxLength={120}
                required
                placeholder="Photos on site reports"
                onChange={(event) => change({ title: event.target.value })}
              />
            </label>
            <FlagPicker plan={plan} flags={flags} change={change} />
            <label className="field">
              How much does it change for them?
              <select value={plan.risk} onChange={(event) => change({ risk: event.target.value as PlanDraft["risk"] })}>
                {risks.map(([value, word]) => (
                  <option key={value} value={value}>
                    {word}
                  </option>
                ))}
              </select>
            </label>
          </section>
          <Waves plan={plan} change={change} />
          <EarlyField
            plan={plan}
            replace={(next) => {
              setPlan(next);
              setDry(undefined);
            }}
          />
          <fieldset className="card pad choices">
            <legend>Who has to agree before it starts?</legend>
            {roles.map((role) => (
              <label key={role}>
                <input
                  type="checkbox"
                  checked={plan.approvals?.includes(role) === true}
                  onChange={(event) =>
                    change({ approvals: roles.filter((each) => (each === role ? event.target.checked : plan.approvals?.includes(each) === true)) })
                  }
                />
                {roleNames[role]}
              </label>
            ))}
          </fieldset>
        </div>
        <div className="stack-wide">
          <DryRunCard dry={dry} problem={problem} isBusy={isBusy} tryIt={tryIt} isEdit={release !== undefined} />
        </div>
      </form>
    </>
  );
}

type Change = (part: Partial<PlanDraft>) => void;

function FlagPicker({ plan, flags, change }: { readonly plan: PlanDraft; readonly flags: readonly FlagListing[]; readonly change: Change }): ReactElement {
  const left = flags.filter(
    ({ kind, key, environments }) => kind === "release" && environments[plan.environment] !== undefined && !plan.flags.some(({ flag }) => flag === key),
  );
  return (
    <div className="field">
      <label htmlFor="add-flag">Flags that it turns on</label>
      <ul className="chips">
        {plan.flags.map(({ flag }) => (
          <li key={flag}>
            {flagName(flag)}
            <button type="button" aria-label={`Take out ${flagName(flag)}`} onClick={() => change({ flags: plan.flags.filter((each) => each.flag !== flag) })}>
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      <select
        id="add-flag"
        value=""
        onChange={(event) => {
          if (event.target.value !== "") change({ flags: [...plan.flags, { flag: event.target.value, serve: "on" }] });
        }}
      >
        <option value="">{plan.flags.length === 0 ? "Choose a flag" : "Add another"}</option>
        {left.map(({ key }) => (
          <option key={key} value={key}>
            {flagName(key)} ({key})
          </option>
        ))}
      </select>
    </div>
  );
}

function Waves({ plan, change }: { readonly plan: PlanDraft; readonly change: Change }): ReactElement {
  const set = (index: number, part: Partial<WaveContent>): void =>
    change({ waves: plan.waves.map((wave, at) => (at === index ? { ...wave, ...part } : wave)) });
  const last = plan.waves.at(-1);
  const add = (): void =>
    change({
      waves: [
        ...plan.waves,
        { name: `Wave ${plan.waves.length + 1}`, audience: {}, start: { atMs: startOf(last) + (last?.bakeMs ?? 0) + DAY_MS }, bakeMs: DAY_MS },
      ],
    });
  return (
    <section className="card" aria-labelledby="waves">
      <h2 id="waves">
        Waves, times in {zoneName} <small className="dim">a later start moves the waves behind it by as much</small>
      </h2>
      <ol className="waves">
        {plan.waves.map((wave, index) => (
          <li key={index}>
            <label className="field">
              Name
              <input value={wave.name} maxLength={120} required onChange={(event) => set(index, { name: event.target.value })} />
            </label>
            <label className="field">
              For
              <select value={wordOf(wave.audience)} onChange={(event) => set(index, { audience: audienceOf(event.target.value as AudienceWord) })}>
                {audiences.map(([value, word]) => (
                  <option key={value} value={value}>
                    {word}
                  </option>
                ))}
              </select>
            </label>
            <label className="field">
              {"local" in wave.start ? "At, on each customer's clock" : "At"}
              <MomentInput
                required
                value={fieldOf(wave)}
                {...("local" in wave.start ? { clock: "their clock" } : {})}
                onChange={(event) => change({ waves: withStart(plan.waves, index, event.target.value) })}
              />
            </label>
            <label className="field">
              Watched for (days)
              <input
                type="number"
                min={0}
                max={92}
                step="any"
                value={Number((wave.bakeMs / DAY_MS).toFixed(3))}
                onChange={(event) => set(index, { bakeMs: Math.round(Number(event.target.value) * DAY_MS) })}
              />
            </label>
            <label className="check">
              <input
                type="checkbox"
                checked={"local" in wave.start}
                onChange={(event) => set(index, { start: event.target.checked ? { local: fieldOf(wave) } : { atMs: fromField(fieldOf(wave)) } })}
              />
              on each customer's own clock
            </label>
            {plan.waves.length > 1 && (
              <button
                type="button"
                className="row-kill"
                aria-label={`Take out ${wave.name}`}
                onClick={() => change({ waves: plan.waves.filter((_, at) => at !== index) })}
              >
                Take out
              </button>
            )}
          </li>
        ))}
      </ol>
      <p className="pad">
        <button type="button" className="button" onClick={add}>
          <Icon name="plus" />
          Another wave
        </button>
      </p>
    </section>
  );
}

interface DryRunProps {
  readonly dry: DryRun | undefined;
  readonly problem: Refused | undefined;
  readonly isBusy: boolean;
  readonly isEdit: boolean;
  readonly tryIt: () => Promise<void>;
}

/** What was typed stays here, to be carried over by hand: nobody's words are merged or overwritten. */
function StaleFix(): ReactElement {
  return (
    <>
      What you have typed stays on this page; nothing of it was saved.{" "}
      <a href={location.href} target="_blank" rel="noreferrer">
        See the plan as it is now
      </a>{" "}
      and make your change there.
    </>
  );
}

/** What the plan would do, before anything is decided. */
function DryRunCard({ dry, problem, isBusy, isEdit, tryIt }: DryRunProps): ReactElement {
  const customers = useCustomers(0);
  const nowMs = Date.now();
  return (
    <section className="card" aria-labelledby="dry-run" aria-live="polite">
      <h2 id="dry-run">Dry run</h2>
      <div className="pad stack">
        {dry === undefined && !problem && <p className="muted">See who gets it when, and what stands in the way. Nothing is saved by looking.</p>}
        {problem && (
          <p className="problem" role="alert">
            {problem.message} {problem.code === "staleContent" ? <StaleFix /> : problem.fix}
          </p>
        )}
        {dry && (
          <>
            <ul className="approval-effect">
              <PlannedLines release={dry.view} nowMs={nowMs} />
              <li>
                <b>{dry.view.counts.notIncluded ?? 0}</b>
                <span>{dry.view.counts.notIncluded === 1 ? "customer never gets" : "customers never get"} it by this plan</span>
              </li>
            </ul>
            {dry.conflicts.map((conflict) => (
              <p key={JSON.stringify(conflict)} className="note warn">
                <Icon name="warn" />
                {conflictSentence(conflict, (wave) => dry.view.waves[wave]?.name ?? "A wave", customers.nameOf, Date.now())}
              </p>
            ))}
            {dry.conflicts.length === 0 && (
              <p className="note">
                <Icon name="check" />
                Nothing stands in the way.
              </p>
            )}
          </>
        )}
      </div>
      <div className="pad buttons foot">
        <button
          type={dry === undefined ? "submit" : "button"}
          className={dry === undefined ? "button primary" : "button"}
          disabled={isBusy}
          {...(dry === undefined ? {} : { onClick: () => void tryIt() })}
        >
          {dry === undefined ? "See what would happen" : "Look again"}
        </button>
        {dry !== undefined && (
          <button type="submit" className="button primary" disabled={isBusy}>
            {isEdit ? "Save the changed plan" : "Save as a draft"}
          </button>
        )}
      </div>
    </section>
  );
}
