import { Drills } from "./drills/drills.ts";
import { Guards } from "./guards/guards.ts";
import { TriggerIntake } from "./triggers/trigger-intake.ts";

type Parts = Omit<ConstructorParameters<typeof Drills>[0], "drills"> &
  Omit<ConstructorParameters<typeof Guards>[0], "flags" | "limits"> &
  ConstructorParameters<typeof TriggerIntake>[0] & {
    readonly view: {
      readonly drills: ReturnType<ConstructorParameters<typeof Drills>[0]["drills"]>;
      readonly flags: ReturnType<ConstructorParameters<typeof Guards>[0]["flags"]>;
      readonly guards: ReturnType<ConstructorParameters<typeof Guards>[0]["limits"]>;
    };
    /** What nobody could end must not begin: a relay has no log. */
    readonly isRelay: boolean;
  };

/** What kills without a person asking at that moment, because one has said so before: drills, guards of flags and triggers. */
export class StandingOrders {
  readonly drills: Drills;
  readonly guards: Guards;
  readonly triggers: TriggerIntake;

  constructor(parts: Parts) {
    const { view, isRelay } = parts;
    this.drills = new Drills({ ...parts, drills: () => (isRelay ? [] : view.drills) });
    this.guards = new Guards({ ...parts, flags: () => (isRelay ? [] : view.flags), limits: () => view.guards });
    this.triggers = new TriggerIntake(parts);
  }

  async start(): Promise<void> {
    this.drills.start();
    await this.guards.start();
  }

  stop(): void {
    this.drills.stop();
    this.guards.stop();
  }
}
