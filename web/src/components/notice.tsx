import type { ReactNode } from "react";

/** An empty or broken state: what is so, and what to do next. */
export function Notice({
  title,
  children,
  action,
  isAlarm = false,
  heading: Heading = "h1",
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  readonly isAlarm?: boolean;
  /** The page's own heading, unless it has another. */
  readonly heading?: "h1" | "h2";
}) {
  return (
    <div
      role={isAlarm ? "alert" : "status"}
      className="flex max-w-xl flex-col items-start gap-3 rounded-lg border border-line bg-surface p-6"
    >
      <Heading className={`text-xl wrap-anywhere ${isAlarm ? "text-alarm" : ""}`}>{title}</Heading>
      {children !== undefined && <div className="text-dim">{children}</div>}
      {action !== undefined && <div className="mt-2 flex flex-wrap gap-3">{action}</div>}
    </div>
  );
}
