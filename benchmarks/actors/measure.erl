%% The frame of the programs in Erlang: `erl -run measure main PROGRAM N` runs PROGRAM:main(N) in a process of its own.
-module(measure).
-export([main/1, report/1]).

main([Program, N]) ->
    spawn(fun() ->
        apply(list_to_atom(Program), main, [list_to_integer(N)]),
        halt()
    end).

%% Runs the body and prints the milliseconds it took.
report(Body) ->
    Since = erlang:monotonic_time(microsecond),
    Body(),
    io:format("~.3f~n", [(erlang:monotonic_time(microsecond) - Since) / 1000]).
