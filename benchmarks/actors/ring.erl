-module(ring).
-export([main/1]).

main(Hops) ->
    Next = chain(999, self()),
    measure:report(fun() -> laps(Hops div 1000, Next) end).

chain(0, Next) -> Next;
chain(Left, Next) -> chain(Left - 1, spawn(fun() -> member(Next) end)).

laps(0, _) -> ok;
laps(Left, Next) ->
    Next ! Left,
    receive _ -> laps(Left - 1, Next) end.

member(Next) ->
    receive N -> Next ! N + 1 end,
    member(Next).
