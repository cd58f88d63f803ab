import { lazy, Suspense, useState } from "react";
import { formButtonClass } from "@/components/button";
import { Icon } from "@/components/icons";
import { useMe } from "./use-account";

const loadMenu = () => import("./account-menu");
const AccountMenu = lazy(async () => ({ default: (await loadMenu()).AccountMenu }));

const buttonClass = formButtonClass({ look: "quiet", size: "small" }, "-mr-3 min-w-0");

/** Who is here. The menu behind it is loaded when somebody reaches for it: a first visit does not need it. */
export function AccountButton() {
  const [isWanted, setWanted] = useState(false);
  const button = (
    <button
      type="button"
      aria-haspopup="menu"
      aria-expanded={isWanted}
      className={buttonClass}
      onPointerEnter={() => void loadMenu()}
      onFocus={() => void loadMenu()}
      onClick={() => setWanted(true)}
    >
      <AccountName />
    </button>
  );
  if (!isWanted) return button;
  return (
    <Suspense fallback={button}>
      <AccountMenu className={buttonClass}>
        <AccountName />
      </AccountMenu>
    </Suspense>
  );
}

function AccountName() {
  const me = useMe();
  const name = me.data === undefined || me.data.guest ? "Guest" : (me.data.email ?? "Player");
  return (
    <>
      <Icon name="person" />
      <span className="max-w-[38vw] truncate sm:max-w-56">{name}</span>
    </>
  );
}
