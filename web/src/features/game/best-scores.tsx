import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { fetchScores, type Game, type ScoreList } from "@/api/client";
import { describeOptions, type Options } from "@/api/options";
import { Button } from "@/components/button";
import { formatNumber } from "@/components/format-number";
import { formatWhen } from "@/components/format-when";

/** The best that people did with these options, each person once. Nobody's name is told. */
export function BestScores({ game, options }: { readonly game: Game; readonly options: Options }) {
  const scores = useQuery({
    queryKey: ["scores", game.id, options],
    queryFn: () => fetchScores(game.id, options),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  const how = describeOptions(game, options);
  return (
    <section aria-labelledby="best-scores">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h2 id="best-scores" className="text-2xl">
          Best scores
        </h2>
        {how !== null && <p className="text-dim">{how}</p>}
      </div>
      <div className={`mt-4 ${scores.isPlaceholderData ? "opacity-60" : ""}`}>
        {scores.isPending && <p className="text-dim">Looking them up…</p>}
        {scores.isError && (
          <div role="alert" className="flex flex-wrap items-center gap-4">
            <p className="text-dim">The scores couldn't be had just now.</p>
            <Button size="small" onClick={() => void scores.refetch()}>
              Try again
            </Button>
          </div>
        )}
        {scores.isSuccess &&
          (scores.data.scores.length === 0 ? (
            <p className="max-w-prose text-dim">
              Nobody has finished {how === null ? "this game" : "it like this"} yet. Yours could be the first
              score on the board.
            </p>
          ) : (
            <Table game={game} list={scores.data} />
          ))}
      </div>
    </section>
  );
}

function Table({ game, list }: { readonly game: Game; readonly list: ScoreList }) {
  const { scores, n_episodes, n_players } = list;
  const cell = "py-2 pr-4";
  return (
    <table className="w-full max-w-2xl border-collapse text-left">
      <caption className="mb-2 caption-bottom pt-3 text-left text-sm text-dim">
        {count(n_episodes, "finished game")} by {count(n_players, "player")}
        {n_episodes > n_players && ", each with their best"}.
      </caption>
      <thead>
        <tr className="legend border-b border-line">
          <th scope="col" className={`w-12 font-normal ${cell}`}>
            <span className="sr-only">Place</span>
          </th>
          <th scope="col" className={`font-normal ${cell}`}>
            {formHeading(game.metric)}
          </th>
          <th scope="col" className={`font-normal ${cell}`}>
            Who
          </th>
          <th scope="col" className="py-2 text-right font-normal">
            When
          </th>
        </tr>
      </thead>
      <tbody>
        {scores.map(({ metric, own, time }, index) => (
          // Everybody is in the list once, and it is drawn anew as a whole.
          // biome-ignore lint/suspicious/noArrayIndexKey: a place is what it is
          <tr key={index} className={`border-b border-line ${own ? "font-semibold text-accent" : ""}`}>
            <td className={`numeric text-sm ${own ? "" : "text-dim"} ${cell}`}>{findPlace(scores, index)}</td>
            <td className={`numeric whitespace-nowrap ${cell}`}>{formatNumber(metric)}</td>
            <td className={cell}>{own ? "You" : "Another player"}</td>
            <td className={`py-2 text-right text-sm whitespace-nowrap ${own ? "" : "text-dim"}`}>
              {formatWhen(time)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** "Score (points)"; "Moves" say what they are counted in. */
function formHeading({ name, unit }: Game["metric"]): string {
  return name.toLowerCase() === unit.toLowerCase() ? name : `${name} (${unit})`;
}

/** Equals share a place. */
function findPlace(scores: ScoreList["scores"], index: number): number {
  return scores.findIndex(({ metric }) => metric === scores[index]?.metric) + 1;
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${formatNumber(n)} ${what}s`;
}
