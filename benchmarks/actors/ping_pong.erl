-module(ping_pong).
-export([main/1]).

main(N) ->
    Back = self(),
    Other = spawn(fun() -> echo(Back) end),
    measure:report(fun() -> rounds(N, Other) end).

rounds(0, _) -> ok;
rounds(Left, Other) ->
    Other ! Left,
    receive _ -> rounds(Left - 1, Other) end.

echo(Back) ->
    receive N -> Back ! N end,
    echo(Back).
