import type { ReactNode } from "react";

/** An empty or broken state: what is so, and what to do next. */
export function Notice({
  title,
  children,
  action,
  isAlarm = false,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  readonly isAlarm?: boolean;
}) {
  return (
    <div
      role={isAlarm ? "alert" : "status"}
      className="flex max-w-xl flex-col items-start gap-3 rounded-lg border border-line bg-surface p-6"
    >
      <h2 className={`text-xl ${isAlarm ? "text-alarm" : ""}`}>{title}</h2>
      {children !== undefined && <div className="text-dim">{children}</div>}
      {action !== undefined && <div className="mt-2 flex flex-wrap gap-3">{action}</div>}
    </div>
  );
}
