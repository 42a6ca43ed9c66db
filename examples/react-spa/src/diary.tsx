import { Flag, useFlag, useIdentify } from "@sluice/react";
import type { ReactElement } from "react";

export interface DiaryProps {
  readonly fetchToken: () => Promise<string | undefined>;
}

export function Diary({ fetchToken }: DiaryProps): ReactElement {
  const identify = useIdentify();
  const hasWeek = useFlag("web.week-view", false);

  const signIn = async (who: string): Promise<void> => {
    await fetch(`/sign-in?who=${who}`, { method: "POST" });
    await identify(await fetchToken());
  };

  return (
    <main>
      <h1>{hasWeek ? "This week" : "Today"}</h1>
      <Flag name="web.photo-pins" fallback={<p>Photos are in the list.</p>}>
        <p>Photos are on the plan.</p>
      </Flag>
      <button type="button" onClick={() => void signIn("bob")}>
        Sign in as Bob
      </button>
    </main>
  );
}
