-module(spawn_answer).
-export([main/1]).

main(N) -> measure:report(fun() -> batches(N) end).

batches(Left) when Left > 0 ->
    spawn_batch(1000, self()),
    take(1000),
    batches(Left - 1000);
batches(_) -> ok.

spawn_batch(0, _) -> ok;
spawn_batch(Left, Back) ->
    spawn(fun() -> Back ! 1 end),
    spawn_batch(Left - 1, Back).

take(0) -> ok;
take(Left) -> receive _ -> take(Left - 1) end.
