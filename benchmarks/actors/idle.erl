-module(idle).
-export([main/1]).

main(N) -> measure:report(fun() -> batches(N) end).

batches(Left) when Left > 0 ->
    start(1000, self()),
    take(1000),
    batches(Left - 1000);
batches(_) -> ok.

start(0, _) -> ok;
start(Left, Back) ->
    spawn(fun() -> idle(Back) end) ! Left,
    start(Left - 1, Back).

take(0) -> ok;
take(Left) -> receive _ -> take(Left - 1) end.

idle(Back) ->
    receive N -> Back ! N end,
    idle(Back).
