import { type ReactElement, useEffect, useRef, useState } from "react";

/** How long the button has to be kept pressed: twice what phones take for a long press, so no slip; short enough at 3 a.m. */
const HOLD_MS = 1_200;

interface PressAndHoldProps {
  readonly label: string;
  /** What goes on, while something does. */
  readonly busy?: string | undefined;
  /** Pressing it does nothing: why stands beside it. */
  readonly disabled: boolean;
  readonly onHeld: () => void;
}

/** The kill button: kept pressed by finger, mouse, Enter or Space; letting go before the end does nothing. */
export function PressAndHold({ label, busy, disabled, onHeld }: PressAndHoldProps): ReactElement {
  const button = useRef<HTMLButtonElement>(null);
  const frame = useRef(0);
  const began = useRef(0);
  const [pressed, setPressed] = useState(false);
  const isOff = disabled || busy !== undefined;

  const stop = (): void => {
    cancelAnimationFrame(frame.current);
    began.current = 0;
    setPressed(false);
    button.current?.style.setProperty("--pressed", "0");
  };

  const step = (now: number): void => {
    if (began.current === 0) began.current = now;
    const part = Math.min(1, (now - began.current) / HOLD_MS);
    button.current?.style.setProperty("--pressed", String(part));
    if (part < 1) frame.current = requestAnimationFrame(step);
    else {
      stop();
      onHeld();
    }
  };

  const start = (): void => {
    if (isOff || pressed) return;
    setPressed(true);
    frame.current = requestAnimationFrame(step);
  };

  useEffect(() => () => cancelAnimationFrame(frame.current), []);

  return (
    <button
      ref={button}
      type="button"
      className="press"
      disabled={isOff}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start();
      }}
      onPointerUp={stop}
      onPointerCancel={stop}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        if (!event.repeat) start();
      }}
      onKeyUp={stop}
      onBlur={stop}
    >
      <span>{label}</span>
      <small>{busy ?? (disabled ? "Not possible, as it says above" : pressed ? "Keep pressed …" : "Press and keep pressed")}</small>
    </button>
  );
}
