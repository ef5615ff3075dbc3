-module(spawn_exit).
-export([main/1]).

main(N) ->
    Alive = erlang:system_info(process_count),
    measure:report(fun() -> batches(N, Alive) end).

batches(Left, Alive) when Left > 0 ->
    spawn_batch(1000),
    wait_until(Alive),
    batches(Left - 1000, Alive);
batches(_, _) -> ok.

spawn_batch(0) -> ok;
spawn_batch(Left) ->
    spawn(fun() -> ok end),
    spawn_batch(Left - 1).

wait_until(Alive) ->
    case erlang:system_info(process_count) > Alive of
        true -> erlang:yield(), wait_until(Alive);
        false -> ok
    end.
