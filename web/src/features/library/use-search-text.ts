import { useEffect, useEffectEvent, useRef, useState } from "react";

/** Browsers refuse to change the address too often. */
const settleMs = 200;

/** The text of a search field: at once on the page, a moment later in the address, and from there when that changes by itself. */
export function useSearchText(
  inAddress: string,
  onSettled: (text: string) => void,
): readonly [string, (text: string) => void] {
  const [text, setText] = useState(inAddress);
  const settled = useRef(inAddress);
  const settle = useEffectEvent(() => {
    settled.current = text;
    onSettled(text);
  });
  useEffect(() => {
    if (text === settled.current) return;
    const timer = setTimeout(settle, settleMs);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    if (inAddress === settled.current) return;
    settled.current = inAddress;
    setText(inAddress);
  }, [inAddress]);
  return [text, setText];
}
