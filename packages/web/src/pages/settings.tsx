import type { ReactElement } from "react";
import type { Me } from "../data/console-data.ts";
import type { ConsoleState } from "../data/live-console.ts";
import { KeySettings } from "../parts/key-settings.tsx";
import { NoticeSettings } from "../parts/notice-settings.tsx";
import { OwnAccount } from "../parts/own-account.tsx";
import { PeopleSettings } from "../parts/people-settings.tsx";
import { SampleSettings } from "../parts/sample-settings.tsx";
import { EnvironmentSettings, LaterSettings } from "../parts/server-settings.tsx";
import { SourceSettings } from "../parts/source-settings.tsx";
import { TriggerSettings } from "../parts/trigger-settings.tsx";

/** Who may do what, what programs connect with, and what the server reads. */
export function Settings({ console: shown, me }: { readonly console: ConsoleState; readonly me: Me }): ReactElement {
  return (
    <>
      <h1 className="headline">Settings</h1>
      <div className="settings">
        <div className="stack-wide">
          <PeopleSettings version={shown.decided} mayManage={me.can["manageAccounts"] === true} me={me.account.id} />
          <EnvironmentSettings environments={shown.environments} />
          <TriggerSettings version={shown.decided} environments={shown.environments} flags={shown.flags} mayManage={me.can["manageTriggers"] === true} />
          <KeySettings version={shown.decided} environments={shown.environments} mayManage={me.can["manageSdkKeys"] === true} />
        </div>
        <div className="stack-wide">
          <OwnAccount me={me} />
          <SourceSettings health={shown.health} />
          <NoticeSettings version={shown.decided} mayTry={me.can["manageAccounts"] === true} />
          <SampleSettings version={shown.decided} nameOf={(key) => shown.environments.find((one) => one.key === key)?.name ?? key} />
          <LaterSettings />
        </div>
      </div>
    </>
  );
}
