import { type ReactElement, useId } from "react";
import { inOneLine, serveWords } from "../data/rule-words.ts";
import { conditionOf, type NewServing, type RuleDraft } from "../data/use-new-serving.ts";

interface ServingProps {
  readonly serving: NewServing;
  readonly variants: readonly string[];
  readonly nameOf: (environment: string) => string;
}

/** For engineers: the default of each environment, and its rules in their order. */
export function ServingFields({ serving, variants, nameOf }: ServingProps): ReactElement {
  return (
    <>
      {serving.places.map(({ environment, default: usual, rules }) => (
        <fieldset className="pad foot serving" key={environment}>
          <legend className="hidden-label">What {nameOf(environment)} gets</legend>
          <h3>{nameOf(environment)}</h3>
          <ol className="rules">
            {rules.map((rule, index) => (
              <RuleRow
                key={"keep" in rule ? `keep ${rule.keep}` : `fresh ${rule.fresh}`}
                rule={rule}
                place={`rule ${index + 1} of ${nameOf(environment)}`}
                variants={variants}
                change={(next) => serving.setRules(environment, next === undefined ? rules.toSpliced(index, 1) : rules.toSpliced(index, 1, next))}
                up={index === 0 ? undefined : () => serving.setRules(environment, rules.toSpliced(index - 1, 2, rule, ...rules.slice(index - 1, index)))}
              />
            ))}
          </ol>
          <div className="buttons">
            <button
              type="button"
              className="button"
              onClick={() =>
                serving.setRules(environment, [...rules, { fresh: Math.max(0, ...rules.map(freshOf)) + 1, id: "", condition: "", serve: variants[0] ?? "on" }])
              }
            >
              Add a rule in {nameOf(environment)}
            </button>
            <label className="field inline">
              Otherwise, everybody gets
              <select value={usual} onChange={(event) => serving.setDefault(environment, event.target.value)}>
                {[...new Set([usual, ...variants])].map((variant) => (
                  <option key={variant}>{variant}</option>
                ))}
              </select>
            </label>
          </div>
        </fieldset>
      ))}
      {serving.problem !== undefined && <p className="pad problem">{serving.problem}</p>}
    </>
  );
}

const freshOf = (rule: RuleDraft): number => ("fresh" in rule ? rule.fresh : 0);

interface RuleProps {
  readonly rule: RuleDraft;
  readonly place: string;
  readonly variants: readonly string[];
  /** Undefined: it goes. */
  readonly change: (next: RuleDraft | undefined) => void;
  readonly up: (() => void) | undefined;
}

function RuleRow({ rule, place, variants, change, up }: RuleProps): ReactElement {
  const id = useId();
  return (
    <li>
      {"keep" in rule ? (
        <span>
          {rule.id !== undefined && <span className="muted">{rule.id}: </span>}
          {rule.if === undefined ? "everybody" : <code>{inOneLine(rule.if)}</code>} gets <b>{serveWords(rule.serve)}</b>
        </span>
      ) : (
        <span className="fresh-rule">
          <label className="field" htmlFor={`${id}-id`}>
            Id
            <input id={`${id}-id`} maxLength={100} value={rule.id} onChange={(event) => change({ ...rule, id: event.target.value })} />
          </label>
          <label className="field" htmlFor={`${id}-if`}>
            Who, as JSON; nothing is everybody
            <input
              id={`${id}-if`}
              aria-invalid={!conditionOf(rule.condition).isReadable}
              placeholder={'{ "plan": { "in": ["pro"] } }'}
              value={rule.condition}
              onChange={(event) => change({ ...rule, condition: event.target.value })}
            />
          </label>
          <label className="field" htmlFor={`${id}-serve`}>
            Gets
            <select id={`${id}-serve`} value={rule.serve} onChange={(event) => change({ ...rule, serve: event.target.value })}>
              {variants.map((variant) => (
                <option key={variant}>{variant}</option>
              ))}
            </select>
          </label>
        </span>
      )}
      <span className="buttons">
        {up !== undefined && (
          <button type="button" className="button" aria-label={`Move ${place} up`} onClick={up}>
            Up
          </button>
        )}
        <button type="button" className="button" aria-label={`Take out ${place}`} onClick={() => change(undefined)}>
          Take out
        </button>
      </span>
    </li>
  );
}
