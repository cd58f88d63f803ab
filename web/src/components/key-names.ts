export interface KeyName {
  /** As it stands on the key. */
  readonly label: string;
  /** As one says it. */
  readonly spoken: string;
}

const special: Readonly<Record<string, KeyName>> = {
  ArrowUp: { label: "↑", spoken: "Up arrow" },
  ArrowDown: { label: "↓", spoken: "Down arrow" },
  ArrowLeft: { label: "←", spoken: "Left arrow" },
  ArrowRight: { label: "→", spoken: "Right arrow" },
  Space: { label: "Space", spoken: "Space bar" },
  Enter: { label: "Enter", spoken: "Enter" },
  Escape: { label: "Esc", spoken: "Escape" },
  ShiftLeft: { label: "Shift", spoken: "Left Shift" },
  ShiftRight: { label: "Shift", spoken: "Right Shift" },
  ControlLeft: { label: "Ctrl", spoken: "Left Control" },
  ControlRight: { label: "Ctrl", spoken: "Right Control" },
  Backspace: { label: "⌫", spoken: "Backspace" },
  Comma: { label: ",", spoken: "Comma" },
  Period: { label: ".", spoken: "Full stop" },
  Slash: { label: "/", spoken: "Slash" },
  Semicolon: { label: ";", spoken: "Semicolon" },
  Minus: { label: "−", spoken: "Minus" },
  Equal: { label: "=", spoken: "Equals" },
};

/** The name of a `KeyboardEvent.code` as it is printed on the most common keyboards. */
export function nameKey(code: string): KeyName {
  const known = special[code];
  if (known !== undefined) return known;
  const plain = /^(?:Key|Digit)(.)$/.exec(code)?.[1];
  if (plain !== undefined) return { label: plain, spoken: plain };
  const numpad = /^Numpad(.+)$/.exec(code)?.[1];
  if (numpad !== undefined) return { label: `Num ${numpad}`, spoken: `${numpad} on the number pad` };
  return { label: code, spoken: code };
}
