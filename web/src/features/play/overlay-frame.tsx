import { type ReactNode, useEffect, useRef } from "react";

/** Dims the picture and sets something in its middle. It stays inside the stage, so that it is there in full screen too. */
export function OverlayFrame({
  label,
  isModal = false,
  children,
}: {
  readonly label: string;
  /** With buttons in it, of which the first gets the focus. */
  readonly isModal?: boolean;
  readonly children: ReactNode;
}) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isModal) frame.current?.querySelector<HTMLElement>("button:enabled")?.focus({ preventScroll: true });
  }, [isModal]);
  return (
    <div
      ref={frame}
      {...(isModal ? { role: "dialog", "aria-label": label } : {})}
      className="absolute inset-0 flex overflow-y-auto bg-screen/88 p-4 text-center low:p-2"
    >
      <div className="m-auto max-w-lg [&_p]:text-balance">{children}</div>
    </div>
  );
}
