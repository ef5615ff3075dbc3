-module(fan_in).
-export([main/1]).

main(N) ->
    Back = self(),
    measure:report(fun() ->
        Other = spawn(fun() -> sink(N, Back) end),
        send(N, Other),
        receive _ -> ok end
    end).

send(0, _) -> ok;
send(Left, Other) ->
    Other ! Left,
    send(Left - 1, Other).

sink(0, Back) -> Back ! 0;
sink(Left, Back) -> receive _ -> sink(Left - 1, Back) end.
