import { createLazyRoute } from "@tanstack/react-router";
import { GamePage } from "@/features/game/game-page";

export const Route = createLazyRoute("/inside/games/$gameId")({ component: GameRoute });

function GameRoute() {
  const navigate = Route.useNavigate();
  return (
    <GamePage
      gameId={Route.useParams().gameId}
      wanted={Route.useSearch()}
      onChoose={(search) => void navigate({ to: ".", search, replace: true, resetScroll: false })}
    />
  );
}
